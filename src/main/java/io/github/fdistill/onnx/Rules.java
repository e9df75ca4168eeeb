package io.github.fdistill.onnx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What each op of ONNX becomes; whatever is not here is refused by its name. */
final class Rules {
  private static final Map<String, Rule> ALL = new HashMap<>();

  static {
    List.of(
            Shapes.RULES,
            Joins.RULES,
            Elementwise.RULES,
            Activations.RULES,
            Reductions.RULES,
            Norms.RULES,
            Products.RULES,
            Convolutions.RULES,
            Padding.RULES,
            Pools.RULES,
            Resizing.RULES)
        .forEach(ALL::putAll);
  }

  private Rules() {}

  /** All ops that become something in a network. */
  static Set<String> names() {
    return Set.copyOf(ALL.keySet());
  }

  static Optional<Rule> of(OnnxNode node) {
    return node.domain().isEmpty() ? Optional.ofNullable(ALL.get(node.op())) : Optional.empty();
  }
}
