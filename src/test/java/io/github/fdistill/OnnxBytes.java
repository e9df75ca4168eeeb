package io.github.fdistill;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes ONNX models by the numbers of their fields, also such as nobody would. */
public final class OnnxBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  /** A field of a whole number. */
  public OnnxBytes number(int field, long value) {
    return put(() -> out.writeUInt64(field, value));
  }

  /** A field of a text. */
  public OnnxBytes text(int field, String value) {
    return put(() -> out.writeString(field, value));
  }

  /** A field of a message, or of raw bytes. */
  public OnnxBytes part(int field, byte[] value) {
    return put(() -> out.writeBytes(field, ByteString.copyFrom(value)));
  }

  public OnnxBytes part(int field, OnnxBytes value) {
    return part(field, value.bytes());
  }

  /** A field that says it has so many bytes, of which none follows. */
  public OnnxBytes length(int field, long value) {
    return put(
        () -> {
          out.writeTag(field, 2);
          out.writeUInt64NoTag(value);
        });
  }

  public byte[] bytes() {
    put(out::flush);
    return bytes.toByteArray();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private OnnxBytes put(Writing writing) {
    try {
      writing.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A model of an opset with a graph. */
  public static byte[] model(long opset, OnnxBytes graph) {
    return new OnnxBytes()
        .number(1, 8)
        .part(7, graph)
        .part(8, new OnnxBytes().number(2, opset))
        .bytes();
  }

  /** An input or output [N, sizes...] of float32. */
  public static OnnxBytes tensor(String name, long... sizes) {
    return sizedInput(name, new OnnxBytes().part(1, new OnnxBytes().text(2, "batch")), sizes);
  }

  /** An input or output of float32 of just these sizes. */
  public static OnnxBytes fixed(String name, long... sizes) {
    return sizedInput(name, new OnnxBytes(), sizes);
  }

  private static OnnxBytes sizedInput(String name, OnnxBytes shape, long... sizes) {
    for (long size : sizes) {
      shape.part(1, size < 0 ? new OnnxBytes().text(2, "free") : new OnnxBytes().number(1, size));
    }
    OnnxBytes typed = new OnnxBytes().number(1, 1).part(2, shape);
    return new OnnxBytes().text(1, name).part(2, new OnnxBytes().part(1, typed));
  }

  /** A node of ONNX's own ops with one output. */
  public static OnnxBytes node(String op, String output, String... inputs) {
    OnnxBytes node = new OnnxBytes();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(3, "node_" + output).text(4, op);
  }

  /** An attribute of a whole number. */
  public static OnnxBytes attribute(String name, long value) {
    return new OnnxBytes().text(1, name).number(3, value).number(20, 2);
  }

  /** An attribute of whole numbers. */
  public static OnnxBytes numbers(String name, long... values) {
    OnnxBytes attribute = new OnnxBytes().text(1, name);
    for (long value : values) {
      attribute.number(8, value);
    }
    return attribute.number(20, 7);
  }

  /**
   * An initializer of one axis whose numbers are listed as whole ones.
   *
   * @param type of ONNX
   * @param field of its list
   */
  public static OnnxBytes listed(String name, int type, int field, long... values) {
    OnnxBytes tensor = new OnnxBytes().number(1, values.length).number(2, type).text(8, name);
    for (long value : values) {
      tensor.number(field, value);
    }
    return tensor;
  }

  /** An initializer of int64, of one axis. */
  public static OnnxBytes wholes(String name, long... values) {
    return listed(name, 7, 7, values);
  }

  /** An initializer of float32. */
  public static OnnxBytes weights(String name, long[] sizes, float... values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      raw.putFloat(value);
    }
    return sized(name, sizes).part(9, raw.array());
  }

  /** An initializer of float32 without its numbers. */
  public static OnnxBytes sized(String name, long... sizes) {
    OnnxBytes tensor = new OnnxBytes();
    for (long size : sizes) {
      tensor.number(1, size);
    }
    return tensor.number(2, 1).text(8, name);
  }

  /** x [N,2] to y [N,2], by these nodes. */
  public static OnnxBytes graph(OnnxBytes... nodes) {
    OnnxBytes graph = new OnnxBytes();
    for (OnnxBytes node : nodes) {
      graph.part(1, node);
    }
    return graph.part(11, tensor("x", 2)).part(12, tensor("y", 2));
  }

  /** y = x W + b. */
  public static byte[] good() {
    OnnxBytes graph =
        graph(node("Gemm", "y", "x", "layer.weight", "layer.bias"))
            .part(5, weights("layer.weight", new long[] {2, 2}, 1, 2, 3, 4))
            .part(5, weights("layer.bias", new long[] {2}, 5, 6));
    return model(17, graph);
  }
}
