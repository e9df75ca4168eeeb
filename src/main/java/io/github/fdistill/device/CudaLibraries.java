package io.github.fdistill.device;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Loader;

/** The libraries that TensorFlow 2.18's GPU natives look for when they start: CUDA 12, cuDNN 9. */
public final class CudaLibraries {
  /** Comes with the driver; the others come with CUDA and cuDNN. */
  public static final String DRIVER = "libcuda.so.1";

  /** Without one of these TensorFlow lists no GPU. */
  static final List<String> NEEDED =
      List.of(
          DRIVER,
          "libcudart.so.12",
          "libcublasLt.so.12",
          "libcublas.so.12",
          "libcufft.so.11",
          "libcusparse.so.12",
          "libcusolver.so.11",
          "libcudnn.so.9");

  /** What CUDA 13 has in the place of those whose names it changed. */
  static final List<String> OF_CUDA_13 =
      List.of("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13");

  /** As JavaCPP writes names and versions; a library stands behind those that it needs. */
  private static final List<String> IN_THE_JAR =
      List.of(
          "cudart@.12",
          "nvrtc-builtins@.12.6",
          "nvrtc@.12",
          "nvJitLink@.12",
          "cublasLt@.12",
          "cublas@.12",
          "cufft@.11",
          "cusparse@.12",
          "cusolver@.11",
          "cudnn_graph@.9",
          "cudnn_ops@.9",
          "cudnn_cnn@.9",
          "cudnn_adv@.9",
          "cudnn_heuristic@.9",
          "cudnn_engines_precompiled@.9",
          "cudnn_engines_runtime_compiled@.9",
          "cudnn@.9");

  private static final String JAR_FOLDER = "/org/bytedeco/cuda/";

  private CudaLibraries() {}

  /** Whether they are on the class path, as the build's profile {@code cuda} puts them there. */
  public static boolean onClassPath() {
    return CudaLibraries.class.getResource(JAR_FOLDER + "linux-x86_64/libcudart.so.12") != null;
  }

  /**
   * Lets JavaCPP load those of the class path before TensorFlow, which then finds them: TensorFlow
   * Java 1.1.0 names CUDA 11's to it. To be called before any native class is loaded.
   */
  static void takeFromClassPath() {
    if (onClassPath()) {
      System.setProperty("org.bytedeco.javacpp.platform.preloadresource", JAR_FOLDER);
      System.setProperty("org.bytedeco.javacpp.platform.preload", String.join(":", IN_THE_JAR));
    }
  }

  /**
   * Tries to load each that TensorFlow needs.
   *
   * @param loader throws an UnsatisfiedLinkError for a name that it cannot load
   * @return what it said, by name
   */
  public static Map<String, String> unloadable(Consumer<String> loader) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (String name : NEEDED) {
      try {
        loader.accept(name);
      } catch (UnsatisfiedLinkError e) {
        reasons.put(name, e.getMessage());
      }
    }
    return reasons;
  }

  /**
   * Whether CUDA 13 is installed, which TensorFlow 2.18 does not look for.
   *
   * @param loader as of {@link #unloadable}
   */
  public static boolean ofCuda13(Consumer<String> loader) {
    for (String name : OF_CUDA_13) {
      try {
        loader.accept(name);
        return true;
      } catch (UnsatisfiedLinkError e) {
        // Not this one.
      }
    }
    return false;
  }

  /** The system's loader; TensorFlow's natives must be loaded already. */
  public static void load(String name) {
    Loader.loadGlobal(name);
  }
}
