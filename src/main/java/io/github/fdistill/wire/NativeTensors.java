package io.github.fdistill.wire;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    return Tensor.of(CLASSES.get(tensor.type()), tensor.shape(), raw);
  }

  /**
   * The values of a tensor of TensorFlow's.
   *
   * @throws ApiException for a type that is not served
   */
  public static HostTensor toHost(Tensor tensor) {
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
    return HostTensor.of(tensor.dataType(), tensor.shape(), bytes);
  }
}
