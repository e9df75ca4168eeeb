package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;

/**
 * The names of the original DiT, and of SiT: ours with dots.
 *
 * @param prefix mostly empty
 */
record DitNames(String prefix) implements Names {

  @Override
  public List<NamedTensor> of(Parameter parameter, Tensors tensors) {
    if (parameter.name().equals("pos_embed")) {
      return tensors.use(prefix + "pos_embed").map(List::of).orElse(List.of());
    }
    boolean table = Names.part(parameter).equals("table");
    String name = prefix + Names.layer(parameter) + "." + Names.torch(Names.part(parameter));
    return tensors
        .use(name)
        .map(tensor -> table ? tensor : Names.turned(tensor))
        .map(List::of)
        .orElse(List.of());
  }
}
