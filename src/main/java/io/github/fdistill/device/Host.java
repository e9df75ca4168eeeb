package io.github.fdistill.device;

import org.tensorflow.DeviceSpec;
import org.tensorflow.DeviceSpec.DeviceType;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;

/**
 * The processor that a GPU stands beside, and its memory. An op that says nothing is computed on
 * the GPU where there is one; one that is held here never is.
 */
public final class Host {
  private static final String CPU = "CPU";
  private static final DeviceSpec HERE =
      DeviceSpec.newBuilder().deviceType(DeviceType.CPU).deviceIndex(0).build();
  private static final DeviceSpec ANYWHERE = DeviceSpec.newBuilder().build();

  private Host() {}

  /** A scope whose ops are held on the host. */
  public static Ops on(Ops tf) {
    return tf.withDevice(HERE);
  }

  /** A scope whose ops are held where an op is. */
  public static Ops beside(Operation op, Ops tf) {
    return holds(op) ? on(tf) : tf.withDevice(ANYWHERE);
  }

  /** Whether an op is held on the host. */
  public static boolean holds(Operation op) {
    return ((GraphOperation) op).device().contains(CPU);
  }

  /** Whether a scope's ops are. */
  public static boolean holds(Ops tf) {
    return tf.scope().getDeviceString().contains(CPU);
  }
}
