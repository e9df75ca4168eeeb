package io.github.fdistill.hosting;

import com.google.protobuf.UnsafeByteOperations;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.TensorProtos;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Tensors as they go from one process to another: numbers as they lie in memory. */
public final class PipedTensors {
  private PipedTensors() {}

  /** The tensor, whose bytes are not copied. */
  static TensorProto write(HostTensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setDtype(tensor.type())
            .setTensorShape(TensorProtos.shape(tensor.shape()));
    return tensor.isStrings()
        ? proto.addAllStringVal(tensor.strings()).build()
        : proto.setTensorContent(UnsafeByteOperations.unsafeWrap(tensor.bytes())).build();
  }

  /**
   * The tensors by name.
   *
   * @throws ApiException when they do not fit into one message
   */
  static Map<String, TensorProto> write(Map<String, HostTensor> tensors) {
    Frames.requireFit(tensors.values().stream().mapToLong(HostTensor::held).sum());
    Map<String, TensorProto> protos = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> protos.put(name, write(tensor)));
    return protos;
  }

  static Map<String, HostTensor> read(Map<String, TensorProto> protos) {
    return TensorProtos.read(protos, Frames.MOST_BYTES);
  }

  /** Conditions, which are whole numbers or float32. */
  static Map<String, TensorProto> write(ConditionRows rows) {
    return write(tensors(rows));
  }

  /** Conditions as tensors, by the inputs' names. */
  public static Map<String, HostTensor> tensors(ConditionRows rows) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    rows.columns()
        .forEach(
            (name, column) -> {
              ByteBuffer bytes = little(ByteBuffer.allocate(4 * column.length()));
              DataType type = DataType.DT_FLOAT;
              if (column instanceof ConditionRows.Ints ints) {
                type = DataType.DT_INT32;
                bytes.asIntBuffer().put(ints.values());
              } else if (column instanceof ConditionRows.Floats floats) {
                bytes.asFloatBuffer().put(floats.values());
              }
              tensors.put(name, HostTensor.of(type, column.shape(), bytes.array()));
            });
    return tensors;
  }

  /** The conditions of so many images out of the tensors. */
  static ConditionRows conditions(int count, Map<String, TensorProto> protos) {
    Map<String, ConditionRows.Column> columns = new LinkedHashMap<>();
    read(protos).forEach((name, tensor) -> columns.put(name, column(tensor)));
    return new ConditionRows(count, columns);
  }

  private static ConditionRows.Column column(HostTensor tensor) {
    ByteBuffer bytes = little(ByteBuffer.wrap(tensor.bytes()));
    Shape each = tensor.shape().tail();
    int length = tensor.bytes().length / 4;
    if (tensor.type() == DataType.DT_INT32) {
      int[] values = new int[length];
      bytes.asIntBuffer().get(values);
      return new ConditionRows.Ints(each, values);
    }
    float[] values = new float[length];
    bytes.asFloatBuffer().get(values);
    return new ConditionRows.Floats(each, values);
  }

  private static ByteBuffer little(ByteBuffer bytes) {
    return bytes.order(ByteOrder.LITTLE_ENDIAN);
  }
}
