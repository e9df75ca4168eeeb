package io.github.fdistill.wire;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Tensors as TensorFlow's protobuf writes them: the values raw in {@code tensor_content}, or in a
 * list for their type, whose last value stands for all that follow it.
 */
public final class TensorProtos {
  /** Of one array of Java's. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 8;

  private TensorProtos() {}

  /**
   * Reads the tensors of one message that somebody sent.
   *
   * @param protos by name
   * @param mostBytes what all of them together may take in memory, see {@link HostTensor#held}
   * @throws ApiException when one is malformed, too large beside those before it, or of a type that
   *     is not served
   */
  public static Map<String, HostTensor> read(Map<String, TensorProto> protos, long mostBytes) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    long left = mostBytes;
    for (Map.Entry<String, TensorProto> proto : protos.entrySet()) {
      HostTensor tensor = read(proto.getKey(), proto.getValue(), left);
      left -= tensor.held();
      tensors.put(proto.getKey(), tensor);
    }
    return tensors;
  }

  /**
   * Reads a tensor that somebody sent.
   *
   * @param name for messages
   * @param mostBytes what it may take in memory: a short list may stand for a long tensor
   * @throws ApiException when it is malformed, too large, or of a type that is not served
   */
  public static HostTensor read(String name, TensorProto proto, long mostBytes) {
    DataType type = proto.getDtype();
    int width = HostTensor.width(type);
    long most = Math.min(mostBytes, MOST_BYTES);
    Shape shape = shape(name, proto.getTensorShape(), most, width == 0 ? Long.BYTES : width);
    int values = (int) shape.size();
    if (type == DataType.DT_STRING) {
      return strings(name, proto, shape, most);
    }
    ByteString content = proto.getTensorContent();
    if (!content.isEmpty()) {
      require(
          content.size() == values * width,
          name,
          "tensor_content has " + content.size() + " bytes, the shape needs " + values * width);
      byte[] bytes = content.toByteArray();
      for (int i = 0; type == DataType.DT_BOOL && i < bytes.length; i++) {
        bytes[i] = (byte) (bytes[i] == 0 ? 0 : 1); // TensorFlow has no other truth values.
      }
      return HostTensor.of(type, shape, bytes);
    }
    ByteBuffer bytes = ByteBuffer.allocate(values * width).order(ByteOrder.LITTLE_ENDIAN);
    fill(name, proto, values, bytes);
    return HostTensor.of(type, shape, bytes.array());
  }

  private static void fill(String name, TensorProto proto, int values, ByteBuffer to) {
    switch (proto.getDtype()) {
      case DT_FLOAT -> each(name, proto.getFloatValList(), 0f, values, to::putFloat);
      case DT_DOUBLE -> each(name, proto.getDoubleValList(), 0d, values, to::putDouble);
      case DT_INT32 -> each(name, proto.getIntValList(), 0, values, to::putInt);
      case DT_INT64 -> each(name, proto.getInt64ValList(), 0L, values, to::putLong);
      case DT_UINT32 -> each(name, proto.getUint32ValList(), 0, values, to::putInt);
      case DT_UINT64 -> each(name, proto.getUint64ValList(), 0L, values, to::putLong);
      case DT_INT8, DT_UINT8 ->
          each(name, proto.getIntValList(), 0, values, v -> to.put(v.byteValue()));
      case DT_INT16, DT_UINT16 ->
          each(name, proto.getIntValList(), 0, values, v -> to.putShort(v.shortValue()));
      case DT_HALF, DT_BFLOAT16 ->
          each(name, proto.getHalfValList(), 0, values, v -> to.putShort(v.shortValue()));
      case DT_BOOL ->
          each(name, proto.getBoolValList(), false, values, v -> to.put((byte) (v ? 1 : 0)));
      default -> throw new IllegalStateException("" + proto.getDtype());
    }
  }

  private static <T> void each(
      String name, List<T> list, T none, int values, java.util.function.Consumer<T> put) {
    require(list.size() <= values, name, list.size() + " values, the shape has " + values);
    T last = none;
    for (int i = 0; i < values; i++) {
      last = i < list.size() ? list.get(i) : last;
      put.accept(last);
    }
  }

  /** A string that is repeated counts each time: whoever reads them has it so often. */
  private static HostTensor strings(String name, TensorProto proto, Shape shape, long mostBytes) {
    ByteString[] strings = new ByteString[(int) shape.size()];
    int[] next = {0};
    each(
        name,
        proto.getStringValList(),
        ByteString.EMPTY,
        strings.length,
        v -> strings[next[0]++] = v);
    HostTensor tensor = HostTensor.of(shape, List.of(strings));
    require(tensor.held() <= mostBytes, name, "its strings take more than " + room(mostBytes));
    return tensor;
  }

  private static Shape shape(String name, TensorShapeProto proto, long mostBytes, int width) {
    long mostValues = mostBytes / width;
    require(!proto.getUnknownRank(), name, "its shape is unknown");
    require(
        proto.getDimCount() <= 16, name, "its shape has " + proto.getDimCount() + " dimensions");
    long[] sizes = proto.getDimList().stream().mapToLong(TensorShapeProto.Dim::getSize).toArray();
    long values = 1;
    for (long size : sizes) {
      require(size >= 0, name, "its shape has the size " + size);
      require(
          size <= mostValues,
          name,
          "its shape has the size " + size + ", more than " + room(mostBytes));
      values *= size;
      require(
          values <= mostValues,
          name,
          "its shape has " + values + " values, more than " + room(mostBytes));
    }
    return Shape.of(sizes);
  }

  private static String room(long bytes) {
    return "the " + bytes + " bytes that are left for it";
  }

  private static void require(boolean holds, String name, String found) {
    if (!holds) {
      throw ApiException.invalid("tensor parsing error: " + name + ": " + found);
    }
  }

  /** Writes a tensor as TensorFlow Serving answers: every value in the list of its type. */
  public static TensorProto write(HostTensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setDtype(tensor.type()).setTensorShape(shape(tensor.shape()));
    ByteBuffer from = ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int values = (int) tensor.shape().size();
    switch (tensor.type()) {
      case DT_STRING -> proto.addAllStringVal(tensor.strings());
      case DT_FLOAT -> proto.addAllFloatVal(list(values, i -> from.getFloat()));
      case DT_DOUBLE -> proto.addAllDoubleVal(list(values, i -> from.getDouble()));
      case DT_INT32 -> proto.addAllIntVal(list(values, i -> from.getInt()));
      case DT_INT64 -> proto.addAllInt64Val(list(values, i -> from.getLong()));
      case DT_UINT32 -> proto.addAllUint32Val(list(values, i -> from.getInt()));
      case DT_UINT64 -> proto.addAllUint64Val(list(values, i -> from.getLong()));
      case DT_INT8 -> proto.addAllIntVal(list(values, i -> (int) from.get()));
      case DT_INT16 -> proto.addAllIntVal(list(values, i -> (int) from.getShort()));
      case DT_UINT8 -> proto.addAllIntVal(list(values, i -> from.get() & 0xff));
      case DT_UINT16 -> proto.addAllIntVal(list(values, i -> from.getShort() & 0xffff));
      case DT_HALF, DT_BFLOAT16 -> proto.addAllHalfVal(list(values, i -> from.getShort() & 0xffff));
      case DT_BOOL -> proto.addAllBoolVal(list(values, i -> from.get() != 0));
      default -> throw new IllegalStateException("" + tensor.type());
    }
    return proto.build();
  }

  /** A shape as protobuf has it. */
  public static TensorShapeProto shape(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (long size : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return proto.build();
  }

  private static <T> Iterable<T> list(int values, IntFunction<T> value) {
    return () -> java.util.stream.IntStream.range(0, values).mapToObj(value).iterator();
  }
}
