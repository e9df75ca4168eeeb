package io.github.fdistill.device;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Optional;

/**
 * Where tensors on the processor lie. On x86 TensorFlow 2.18 takes a pool of oneDNN's unless told
 * otherwise, with which processes of the same program differ in speed, by a fifth on some machines;
 * with its own pool none was slow ({@code results/speed.md}). Which one it is is read from the
 * environment once, when the libraries are loaded.
 */
public enum TensorMemory {
  /** TensorFlow's own pool, which keeps what tensors let go. What is preset. */
  POOL("TensorFlow's pool (TF_CPU_ALLOCATOR_USE_BFC)"),

  /** OneDNN's pool, or on other processors the system's memory. */
  BUILT_IN("as TensorFlow is built (TF_CPU_ALLOCATOR_USE_BFC=false)"),

  /** The system's memory, to which what tensors let go goes back. */
  SYSTEM("the system's (TF_ONEDNN_USE_SYSTEM_ALLOCATOR)");

  private static final String USE_POOL = "TF_CPU_ALLOCATOR_USE_BFC";
  private static final String LIMIT_MB = "TF_CPU_BFC_MEM_LIMIT_IN_MB";
  private static final String USE_SYSTEM = "TF_ONEDNN_USE_SYSTEM_ALLOCATOR";

  private final String words;

  TensorMemory(String words) {
    this.words = words;
  }

  /** In words, with the variable that chooses it. */
  public String words() {
    return words;
  }

  /** That of this process. */
  public static TensorMemory here() {
    return chosen(System.getenv());
  }

  /** What an environment asks for; the pool where it says nothing. */
  static TensorMemory chosen(Map<String, String> environment) {
    return switch (said(environment, USE_POOL).orElse("")) {
      case "1", "true" -> POOL;
      case "0", "false" -> system(environment) ? SYSTEM : BUILT_IN;
      default -> system(environment) ? SYSTEM : POOL;
    };
  }

  private static boolean system(Map<String, String> environment) {
    String said = said(environment, USE_SYSTEM).orElse("");
    return said.equals("1") || said.equals("true");
  }

  private static Optional<String> said(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).map(String::toLowerCase);
  }

  /** The variables that make it so, which TensorFlow has to find before it is loaded. */
  Map<String, String> variables() {
    return this == POOL ? Map.of(USE_POOL, "true", LIMIT_MB, "" + machineMebibytes()) : Map.of();
  }

  /** The pool's own limit, 64 GiB, is less than some machines have. */
  private static long machineMebibytes() {
    OperatingSystemMXBean machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return (machine.getTotalMemorySize() + machine.getTotalSwapSpaceSize()) >> 20;
  }
}
