package io.github.fdistill.wire;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphAccess;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Tensors into TensorFlow's memory and out of it. */
public final class NativeTensors {
  private static final Map<DataType, Class<? extends TType>> CLASSES =
      Map.of(
          DataType.DT_FLOAT, TFloat32.class,
          DataType.DT_DOUBLE, TFloat64.class,
          DataType.DT_INT32, TInt32.class,
          DataType.DT_INT64, TInt64.class,
          DataType.DT_UINT8, TUint8.class,
          DataType.DT_UINT16, TUint16.class,
          DataType.DT_BOOL, TBool.class,
          DataType.DT_HALF, TFloat16.class,
          DataType.DT_BFLOAT16, TBfloat16.class);

  /**
   * Of types that TensorFlow Java has no class of: integers of the same width, whose bytes are the
   * same.
   */
  private static final Map<DataType, DataType> ALIKE =
      Map.of(
          DataType.DT_INT8, DataType.DT_UINT8,
          DataType.DT_INT16, DataType.DT_UINT16,
          DataType.DT_UINT32, DataType.DT_INT32,
          DataType.DT_UINT64, DataType.DT_INT64);

  private NativeTensors() {}

  /** The tensor in TensorFlow's memory; the caller closes it. */
  public static Tensor toNative(HostTensor tensor) {
    if (tensor.isStrings()) {
      NdArray<byte[]> values = NdArrays.ofObjects(byte[].class, tensor.shape());
      int[] next = {0};
      values.scalars().forEach(s -> s.setObject(tensor.strings().get(next[0]++).toByteArray()));
      return TString.tensorOfBytes(values);
    }
    HostTensor.width(tensor.type());
    ByteDataBuffer raw = DataBuffers.of(tensor.bytes(), true, false);
    DataType known = readable(tensor.type());
    Tensor made = Tensor.of(CLASSES.get(known), tensor.shape(), raw);
    if (known != tensor.type()) {
      GraphAccess.retype(made, tensor.type());
    }
    return made;
  }

  /**
   * The type that {@link #toHost} can take tensors of this type as, bit for bit; the same where
   * TensorFlow Java has a class of it.
   */
  public static DataType readable(DataType type) {
    return ALIKE.getOrDefault(type, type);
  }

  /**
   * The values of a tensor of TensorFlow's.
   *
   * @param type what they are: the tensor's own, or one that is {@link #readable} as that
   * @throws ApiException for a type that is not served
   */
  public static HostTensor toHost(Tensor tensor, DataType type) {
    if (tensor instanceof TString strings) {
      List<ByteString> values = new ArrayList<>();
      strings.asBytes().scalars().forEach(s -> values.add(ByteString.copyFrom(s.getObject())));
      return HostTensor.of(tensor.shape(), values);
    }
    long size = tensor.shape().size() * HostTensor.width(tensor.dataType());
    byte[] bytes = new byte[Math.toIntExact(size)];
    if (size > 0) {
      tensor.asRawTensor().data().read(bytes);
    }
    return HostTensor.of(type, tensor.shape(), bytes);
  }
}
