package io.github.fdistill.inspect;

import io.github.fdistill.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.TensorInfo;

/**
 * An input or an output of a signature.
 *
 * @param type such as float32
 * @param shape -1: free; null where nothing is known of it
 */
public record TensorLine(String name, String type, List<Long> shape) {

  static List<TensorLine> of(Map<String, TensorInfo> tensors) {
    List<TensorLine> lines = new ArrayList<>();
    new java.util.TreeMap<>(tensors).forEach((name, info) -> lines.add(of(name, info)));
    return lines;
  }

  private static TensorLine of(String name, TensorInfo info) {
    List<Long> shape =
        info.getTensorShape().getUnknownRank()
            ? null
            : info.getTensorShape().getDimList().stream().map(d -> d.getSize()).toList();
    return new TensorLine(name, type(info), shape);
  }

  private static String type(TensorInfo info) {
    String name = info.getDtype().name().replace("DT_", "").toLowerCase(java.util.Locale.ROOT);
    return name.equals("float") ? "float32" : name;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(Shown.name(name)).append(" ");
    if (shape == null) {
      return text.append("[...] ").append(type).toString();
    }
    List<String> dims = shape.stream().map(d -> d < 0 ? "?" : d.toString()).toList();
    return text.append("[").append(String.join(",", dims)).append("] ").append(type).toString();
  }
}
