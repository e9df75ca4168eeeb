package io.github.fdistill.wire;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A tensor's values outside TensorFlow, in C order.
 *
 * @param bytes of numbers and booleans, little-endian; empty for strings
 * @param strings of DT_STRING; else empty
 */
public record HostTensor(DataType type, Shape shape, byte[] bytes, List<ByteString> strings) {
  private static final List<ByteString> NO_STRINGS = List.of();

  /** Numbers or booleans. */
  public static HostTensor of(DataType type, Shape shape, byte[] bytes) {
    return new HostTensor(type, shape, bytes, NO_STRINGS);
  }

  /** Strings. */
  public static HostTensor of(Shape shape, List<ByteString> strings) {
    return new HostTensor(DataType.DT_STRING, shape, new byte[0], strings);
  }

  /**
   * Bytes of one value; 0 for strings.
   *
   * @throws ApiException for a type that is not served
   */
  public static int width(DataType type) {
    return switch (type) {
      case DT_STRING -> 0;
      case DT_BOOL, DT_INT8, DT_UINT8 -> 1;
      case DT_HALF, DT_BFLOAT16, DT_INT16, DT_UINT16 -> 2;
      case DT_FLOAT, DT_INT32, DT_UINT32 -> 4;
      case DT_DOUBLE, DT_INT64, DT_UINT64 -> 8;
      default ->
          throw new ApiException(
              io.grpc.Status.Code.UNIMPLEMENTED, "tensors of " + type + " are not served");
    };
  }

  /** What its values take in memory, in bytes: of a string 8 more than it has. */
  public long held() {
    long all = bytes.length;
    for (ByteString string : strings) {
      all += Long.BYTES + string.size();
    }
    return all;
  }

  public boolean isStrings() {
    return type == DataType.DT_STRING;
  }

  /** The first dimension; 1 of a scalar. */
  public int rows() {
    return shape.numDimensions() == 0 ? 1 : Math.toIntExact(shape.get(0));
  }

  /** Rows from one to before another; the shape must have a dimension. */
  public HostTensor rows(int from, int to) {
    Shape part = shape.tail().prepend(to - from);
    int values = rows() == 0 ? 0 : Math.toIntExact(shape.size() / rows());
    if (isStrings()) {
      return of(part, strings.subList(from * values, to * values));
    }
    int row = values * width(type);
    return of(type, part, Arrays.copyOfRange(bytes, from * row, to * row));
  }

  /** The rows of {@link #concat}, and the first again until there are so many. */
  public static HostTensor padded(List<HostTensor> parts, int rows) {
    List<HostTensor> all = new ArrayList<>(parts);
    int given = parts.stream().mapToInt(HostTensor::rows).sum();
    if (given < rows) {
      all.addAll(Collections.nCopies(rows - given, parts.get(0).rows(0, 1)));
    }
    return concat(all);
  }

  /** Rows one after another; all must be of one type and of one shape but for their number. */
  public static HostTensor concat(List<HostTensor> parts) {
    HostTensor first = parts.get(0);
    if (parts.size() == 1) {
      return first;
    }
    long rows = parts.stream().mapToLong(HostTensor::rows).sum();
    Shape shape = first.shape.tail().prepend(rows);
    if (first.isStrings()) {
      List<ByteString> all = new ArrayList<>();
      parts.forEach(part -> all.addAll(part.strings));
      return of(shape, all);
    }
    ByteArrayOutputStream all =
        new ByteArrayOutputStream(Math.toIntExact(shape.size() * width(first.type)));
    parts.forEach(part -> all.writeBytes(part.bytes));
    return of(first.type, shape, all.toByteArray());
  }
}
