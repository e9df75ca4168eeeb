package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;

/** Which tensors of a file a parameter of ours is made of, and in which order of their axes. */
@FunctionalInterface
interface Names {

  /**
   * @param tensors of the file
   * @return what stands side by side along the parameter's last axis, mostly one; none where one of
   *     them is not there
   */
  List<NamedTensor> of(Parameter parameter, Tensors tensors);

  /** The path of a parameter with dots: {@code enc/8x8_conv} of {@code enc/8x8_conv/kernel}. */
  static String layer(Parameter parameter) {
    String name = parameter.name();
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash).replace('/', '.');
  }

  /** What it is in its layer: {@code kernel}, {@code bias}, {@code scale}, {@code offset}. */
  static String part(Parameter parameter) {
    return parameter.name().substring(parameter.name().lastIndexOf('/') + 1);
  }

  /** What PyTorch calls such a part. */
  static String torch(String part) {
    return part.equals("bias") || part.equals("offset") ? "bias" : "weight";
  }

  /**
   * A weight of PyTorch in our order of axes: [out,in,h,w] to [h,w,in,out], [out,in,w] to
   * [w,in,out], [out,in] to [in,out]; others as they are.
   */
  static NamedTensor turned(NamedTensor tensor) {
    return switch (tensor.shape().length) {
      case 4 -> tensor.permuted(2, 3, 1, 0);
      case 3 -> tensor.permuted(2, 1, 0);
      case 2 -> tensor.permuted(1, 0);
      default -> tensor;
    };
  }

  /**
   * Outputs of a layer that makes queries, keys and values: where a head has its channels one after
   * another, each with its three numbers, all queries of all heads come first here.
   *
   * @param tensor with 3C outputs on its first axis
   */
  static NamedTensor untangled(NamedTensor tensor, int heads) {
    long d = tensor.shape()[0] / 3 / heads;
    boolean kernel = tensor.shape().length == 4;
    NamedTensor split = tensor.split(0, heads, d, 3); // heads, d, 3, [in, 1, 1]
    return kernel ? split.permuted(4, 5, 3, 2, 0, 1) : split.permuted(2, 0, 1);
  }
}
