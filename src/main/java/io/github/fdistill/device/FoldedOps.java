package io.github.fdistill.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.OpDef;

/**
 * The ops that TensorFlow's optimiser computes once, before the first run: constants, known shapes,
 * and what depends on those alone.
 */
final class FoldedOps {
  private static final Set<String> OF_A_SHAPE = Set.of("Shape", "ShapeN", "Size", "Rank");

  private final Map<String, OpDef> definitions;
  private final Map<String, Boolean> known = new HashMap<>();

  /**
   * @param definitions of every op type
   */
  FoldedOps(Map<String, OpDef> definitions) {
    this.definitions = definitions;
  }

  /** Whether it is computed once. Asked of a graph's ops in any order. */
  boolean has(GraphOperation op) {
    Deque<GraphOperation> open = new ArrayDeque<>();
    open.push(op);
    while (!open.isEmpty()) {
      GraphOperation next = open.peek();
      if (!known.containsKey(next.name()) && waitsForInputs(next, open)) {
        continue;
      }
      open.pop();
      known.computeIfAbsent(next.name(), name -> folds(next));
    }
    return known.get(op.name());
  }

  /** Puts the inputs that must be known first on the stack, if any. */
  private boolean waitsForInputs(GraphOperation op, Deque<GraphOperation> open) {
    if (OF_A_SHAPE.contains(op.type()) || !mayFold(op)) {
      return false;
    }
    int before = open.size();
    for (Operand<?> input : op.inputs()) {
      GraphOperation from = (GraphOperation) input.op();
      if (!known.containsKey(from.name())) {
        open.push(from);
      }
    }
    return open.size() > before;
  }

  private boolean mayFold(GraphOperation op) {
    return op.numInputs() > 0
        && op.numControlInputs() == 0
        && !definitions.get(op.type()).getIsStateful();
  }

  private boolean folds(GraphOperation op) {
    if (op.type().equals("Const")) {
      return true;
    }
    if (!mayFold(op)) {
      return false;
    }
    if (OF_A_SHAPE.contains(op.type())) {
      return op.inputs().stream().map(Operand::shape).noneMatch(FoldedOps::isOpen);
    }
    return op.inputs().stream().allMatch(input -> known.get(input.op().name()));
  }

  private static boolean isOpen(Shape shape) {
    return shape.isUnknown() || shape.hasUnknownDimension();
  }
}
