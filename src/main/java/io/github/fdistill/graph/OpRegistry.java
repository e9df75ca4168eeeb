package io.github.fdistill.graph;

import io.github.fdistill.device.Natives;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.proto.OpDef;

/** The ops that this TensorFlow knows. */
final class OpRegistry {
  private static final Map<String, OpDef> OPS = new HashMap<>();

  static {
    Natives.ops().getOpList().forEach(op -> OPS.put(op.getName(), op));
  }

  private OpRegistry() {}

  /** The definition of an op; null where it is not known. */
  static OpDef op(String name) {
    return OPS.get(name);
  }
}
