package io.github.fdistill.device;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A library of convolutions and products for x86. On Linux, TensorFlow takes it by itself on
 * processors with instructions for neural networks; on others only when a variable of the
 * environment asks for it before TensorFlow begins. With AVX2 and none of these it is the faster
 * too (results/speed.md).
 *
 * <p>Source: {@code DefaultOneDnnPolicy} in TensorFlow's {@code core/util/util.cc}.
 */
public final class OneDnn {
  public static final String VARIABLE = "TF_ENABLE_ONEDNN_OPTS";

  /** What the variable says to ask for it; "0" does without. */
  public static final String ON = "1";

  /** Where a processor has one of these, TensorFlow takes it unasked. */
  private static final Set<String> BY_ITSELF =
      Set.of("avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16");

  private OneDnn() {}

  /** Whether TensorFlow does without it in this process though it would be the faster. */
  public static boolean isLeftOut() {
    return !System.getenv().containsKey(VARIABLE)
        && here().filter(processor -> !comesByItself(processor)).isPresent();
  }

  /** Whether TensorFlow takes it in this process; empty where its processor is not known. */
  public static Optional<Boolean> isTaken() {
    return here().map(processor -> isTaken(processor, System.getenv()));
  }

  /** The same for any processor with AVX2; what the variable says goes before the processor. */
  public static boolean isTaken(Processor processor, Map<String, String> environment) {
    return switch (environment.getOrDefault(VARIABLE, "").toLowerCase(Locale.ROOT)) {
      case ON, "true" -> true;
      case "0", "false" -> false;
      default -> comesByItself(processor);
    };
  }

  /** The processor of this machine and whether it is taken, in words. */
  static String processor() {
    return DeviceInWords.cpu(System.getProperty("os.arch"), any(), isTaken());
  }

  private static boolean comesByItself(Processor processor) {
    return !Collections.disjoint(processor.flags(), BY_ITSELF);
  }

  /** The processor of this machine where oneDNN has code that is worth asking for. */
  private static Optional<Processor> here() {
    return any().filter(processor -> processor.flags().contains("avx2"));
  }

  private static Optional<Processor> any() {
    try {
      return Processor.read(Path.of("/"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
