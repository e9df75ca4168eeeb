package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;

/**
 * The names of EDM's networks, and of EDM2's: ours with dots, behind a prefix.
 *
 * @param prefix such as "model."
 * @param headChannels of attention; 0: one head
 */
record EdmNames(String prefix, int headChannels) implements Names {

  @Override
  public List<NamedTensor> of(Parameter parameter, Tensors tensors) {
    String layer = Names.layer(parameter);
    String part = Names.part(parameter);
    String name =
        part.endsWith("_gain")
            ? prefix + parameter.name().replace('/', '.')
            : prefix + layer + "." + Names.torch(part);
    return tensors
        .use(name)
        .map(tensor -> List.of(layer.endsWith("qkv") ? untangled(tensor) : Names.turned(tensor)))
        .orElse(List.of());
  }

  private NamedTensor untangled(NamedTensor tensor) {
    long channels = tensor.shape()[0] / 3;
    int heads = headChannels == 0 ? 1 : (int) Math.max(1, channels / headChannels);
    boolean whole = tensor.shape()[0] % (3L * heads) == 0;
    boolean known = tensor.shape().length == 4 || tensor.shape().length == 1;
    return whole && known ? Names.untangled(tensor, heads) : tensor;
  }
}
