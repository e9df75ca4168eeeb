package io.github.fdistill.device;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_GetRegisteredKernelsForOp;

import com.google.protobuf.InvalidProtocolBufferException;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.proto.KernelList;

/** Whether TensorFlow's natives are the ones for GPUs. */
public final class GpuBuild {
  static {
    Natives.setUp();
  }

  private GpuBuild() {}

  /** True when they hold a matrix product for GPUs, be there a GPU or not. */
  public static boolean loaded() {
    try (PointerScope scope = new PointerScope()) {
      TF_Status status = TF_Status.newStatus();
      TF_Buffer kernels = TF_GetRegisteredKernelsForOp("MatMul", status);
      status.throwExceptionIfNotOK();
      return KernelList.parseFrom(kernels.dataAsByteBuffer()).getKernelList().stream()
          .anyMatch(kernel -> kernel.getDeviceType().equals("GPU"));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("TensorFlow's list of kernels cannot be read", e);
    }
  }
}
