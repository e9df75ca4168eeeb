package io.github.fdistill.wire;

import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * The body of a REST predict response, {"predictions": [...]} by rows or {"outputs": ...} by
 * columns. Strings of an output whose name ends in {@code _bytes} are {"b64": "..."}. Numbers that
 * JSON has none for are NaN, Infinity and -Infinity, as TensorFlow Serving writes them.
 */
public final class JsonResponse {
  private final StringBuilder text = new StringBuilder();

  private JsonResponse() {}

  /**
   * Writes it.
   *
   * @throws ApiException when it is to be by rows, and the outputs have not the same number of them
   */
  public static String of(Map<String, HostTensor> outputs, boolean byRows) {
    JsonResponse json = new JsonResponse();
    json.text.append(byRows ? "{\"predictions\": " : "{\"outputs\": ");
    if (byRows) {
      json.rows(outputs);
    } else {
      json.columns(outputs);
    }
    return json.text.append("\n}\n").toString();
  }

  /** The body that tells of an error. */
  public static String error(String message) {
    return "{ \"error\": " + new JsonPrimitive(message) + " }\n";
  }

  private void rows(Map<String, HostTensor> outputs) {
    int rows = -1;
    for (Map.Entry<String, HostTensor> output : outputs.entrySet()) {
      HostTensor tensor = output.getValue();
      if (tensor.shape().numDimensions() == 0) {
        throw ApiException.invalid("Tensor name: " + output.getKey() + " has no shape information");
      }
      if (rows >= 0 && rows != tensor.rows()) {
        throw ApiException.invalid(
            "Tensor name: "
                + output.getKey()
                + " has inconsistent batch size: "
                + tensor.rows()
                + " expecting: "
                + rows);
      }
      rows = tensor.rows();
    }
    text.append('[');
    for (int i = 0; i < rows; i++) {
      text.append(i == 0 ? "\n" : ",\n");
      row(outputs, i);
    }
    text.append("\n]");
  }

  private void row(Map<String, HostTensor> outputs, int i) {
    if (outputs.size() == 1) {
      outputs.forEach((name, tensor) -> value(name, row(tensor, i)));
      return;
    }
    char before = '{';
    for (Map.Entry<String, HostTensor> output : outputs.entrySet()) {
      text.append(before).append(new JsonPrimitive(output.getKey())).append(": ");
      value(output.getKey(), row(output.getValue(), i));
      before = ',';
    }
    text.append('}');
  }

  private static HostTensor row(HostTensor tensor, int i) {
    HostTensor row = tensor.rows(i, i + 1);
    return new HostTensor(row.type(), row.shape().tail(), row.bytes(), row.strings());
  }

  private void columns(Map<String, HostTensor> outputs) {
    if (outputs.size() == 1) {
      outputs.forEach(this::value);
      return;
    }
    char before = '{';
    for (Map.Entry<String, HostTensor> output : outputs.entrySet()) {
      text.append(before).append('\n').append(new JsonPrimitive(output.getKey())).append(": ");
      value(output.getKey(), output.getValue());
      before = ',';
    }
    text.append("\n}");
  }

  private void value(String name, HostTensor tensor) {
    ByteBuffer from = ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    var strings = tensor.strings().iterator();
    boolean binary = name.endsWith("_bytes");
    nested(
        tensor.shape(),
        0,
        () -> {
          if (tensor.isStrings()) {
            string(strings.next(), binary);
          } else {
            number(tensor, from);
          }
        });
  }

  private void nested(Shape shape, int level, Runnable element) {
    if (level == shape.numDimensions()) {
      element.run();
      return;
    }
    text.append('[');
    for (long i = 0; i < shape.get(level); i++) {
      if (i > 0) {
        text.append(", ");
      }
      nested(shape, level + 1, element);
    }
    text.append(']');
  }

  private void string(ByteString value, boolean binary) {
    if (binary) {
      text.append("{ \"b64\": \"")
          .append(Base64.getEncoder().encodeToString(value.toByteArray()))
          .append("\" }");
    } else {
      text.append(new JsonPrimitive(value.toStringUtf8()));
    }
  }

  private void number(HostTensor tensor, ByteBuffer from) {
    switch (tensor.type()) {
      case DT_FLOAT -> text.append(from.getFloat());
      case DT_DOUBLE -> text.append(from.getDouble());
      case DT_INT32 -> text.append(from.getInt());
      case DT_INT64 -> text.append(from.getLong());
      case DT_UINT64 -> text.append(Long.toUnsignedString(from.getLong()));
      case DT_UINT32 -> text.append(Integer.toUnsignedString(from.getInt()));
      case DT_INT16 -> text.append(from.getShort());
      case DT_INT8 -> text.append(from.get());
      case DT_UINT8 -> text.append(from.get() & 0xff);
      case DT_UINT16 -> text.append(from.getShort() & 0xffff);
      case DT_BOOL -> text.append(from.get() != 0);
      default ->
          throw new ApiException(
              io.grpc.Status.Code.UNIMPLEMENTED,
              "JSON of tensors of type " + JsonTensor.name(tensor.type()));
    }
  }
}
