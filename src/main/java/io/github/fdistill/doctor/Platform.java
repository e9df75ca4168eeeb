package io.github.fdistill.doctor;

import java.util.List;
import java.util.function.Predicate;

/**
 * The Java that runs and the system below it.
 *
 * @param java its feature number, as 17
 * @param name as {@code linux-x86_64}
 */
record Platform(int java, String name) {
  private static final int OLDEST_JAVA = 17;

  /** Those that TensorFlow Java 1.1.0 has natives for. */
  private static final List<String> SUPPORTED =
      List.of("linux-x86_64", "linux-arm64", "macosx-arm64", "windows-x86_64");

  private static final String NATIVES = "/org/tensorflow/internal/c_api/";

  Finding javaVersion() {
    String version = Runtime.version() + ", " + System.getProperty("java.vm.name");
    return java >= OLDEST_JAVA
        ? Finding.found("Java", version)
        : Finding.missing(
            "Java",
            version,
            "install a JDK, version " + OLDEST_JAVA + " or newer, and put it first");
  }

  /**
   * @param onClassPath whether a resource is there
   */
  Finding natives(Predicate<String> onClassPath, Rebuilding anew) {
    if (onClassPath.test(folder("-gpu"))) {
      return Finding.found("natives", "TensorFlow's for " + name + " and NVIDIA GPUs");
    }
    if (onClassPath.test(folder(""))) {
      return Finding.found("natives", "TensorFlow's for " + name);
    }
    return SUPPORTED.contains(name)
        ? Finding.missing("natives", "none for " + name + " on the class path", anew.with(""))
        : Finding.missing(
            "natives",
            "TensorFlow Java has none for " + name,
            "use one of " + String.join(", ", SUPPORTED));
  }

  private String folder(String extension) {
    String library = System.mapLibraryName("jnitensorflow");
    return NATIVES + name + extension + "/" + library;
  }
}
