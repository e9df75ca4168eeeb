package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The names of UNet2DModel: ours with dots, but for attention, whose queries, keys and values are
 * matrices of their own there, and have other names in old files.
 *
 * @param prefix mostly empty
 */
record DdpmNames(String prefix) implements Names {

  @Override
  public List<NamedTensor> of(Parameter parameter, Tensors tensors) {
    String layer = prefix + Names.layer(parameter);
    String part = Names.torch(Names.part(parameter));
    if (layer.endsWith(".qkv")) {
      String attention = layer.substring(0, layer.length() - "qkv".length());
      return together(
          tensors,
          List.of(
              List.of(attention + "to_q." + part, attention + "query." + part),
              List.of(attention + "to_k." + part, attention + "key." + part),
              List.of(attention + "to_v." + part, attention + "value." + part)));
    } else if (layer.endsWith(".to_out")) {
      String attention = layer.substring(0, layer.length() - "to_out".length());
      List<String> names = List.of(layer + ".0." + part, attention + "proj_attn." + part);
      return together(tensors, List.of(names));
    } else if (Names.part(parameter).equals("table")) {
      return tensors.use(layer + ".weight").map(List::of).orElse(List.of());
    }
    return tensors.use(layer + "." + part).map(Names::turned).map(List::of).orElse(List.of());
  }

  /**
   * Matrices [out,in], each under the first of its names that is there, as [in,out] side by side;
   * or what is added behind them.
   *
   * @return none where one of them is not there
   */
  static List<NamedTensor> together(Tensors tensors, List<List<String>> names) {
    List<NamedTensor> parts = new ArrayList<>();
    for (List<String> each : names) {
      Optional<NamedTensor> tensor =
          each.stream().filter(tensors::has).findFirst().flatMap(tensors::use);
      if (tensor.isEmpty()) {
        return List.of();
      }
      NamedTensor found = tensor.get();
      parts.add(isMatrix(found.shape()) ? found.permuted(1, 0) : found);
    }
    return parts;
  }

  /** Some old files hold one as a convolution, [out,in,1,1] or [out,in,1]. */
  private static boolean isMatrix(long[] shape) {
    return shape.length >= 2 && Arrays.stream(shape).skip(2).allMatch(size -> size == 1);
  }
}
