package io.github.fdistill.device;

import java.io.File;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.RawCustomGradient;
import org.tensorflow.proto.OpList;

/**
 * TensorFlow's native libraries. JavaCPP, which loads them, reads its settings once, when the first
 * class with native memory is touched; so all that may be the first comes through this room, which
 * makes the settings before. What is set already, as by {@code -D}, stands.
 */
public final class Natives {
  private static final String JAVACPP = "org.bytedeco.javacpp.";

  /**
   * Where the user has not said it: of the log errors, and no chatter; and workers reach each other
   * straight. Else gRPC asks the proxy of {@code https_proxy}, for addresses of this machine too.
   */
  private static final Map<String, String> VARIABLES =
      Map.of("TF_CPP_MIN_LOG_LEVEL", "3", "TF_GRPC_DEFAULT_OPTIONS", "grpc.enable_http_proxy=0");

  static {
    // It would refuse memory from four times the Java heap on; TensorFlow's is not in the heap.
    preset("maxphysicalbytes", "0");
    preset("maxbytes", "0");
    // A user whom the system has no name for has the home "?", which would be a folder here.
    if (!new File(System.getProperty("user.home")).isAbsolute()) {
      preset("cachedir", System.getProperty("java.io.tmpdir") + "/.javacpp/cache");
    }
    CudaLibraries.takeFromClassPath();
    NativeVariables.preset(VARIABLES);
  }

  private Natives() {}

  private static void preset(String name, String value) {
    if (System.getProperty(JAVACPP + name) == null) {
      System.setProperty(JAVACPP + name, value);
    }
  }

  /** To be called before a native class is touched. */
  static void setUp() {
    // The initialiser above has done it.
  }

  /**
   * Such as 2.18.0.
   *
   * @throws LinkageError where the libraries do not load
   */
  public static String version() {
    return TensorFlow.version();
  }

  /**
   * Gives an op of a graph a gradient, in this process, where it has none yet.
   *
   * @return whether it is there now: TensorFlow Java can give none on Windows
   */
  public static boolean giveGradient(String op, RawCustomGradient gradient) {
    try {
      return TensorFlow.registerCustomGradient(op, gradient);
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  /** The ops that this TensorFlow knows. */
  public static OpList ops() {
    return TensorFlow.registeredOpList();
  }
}
