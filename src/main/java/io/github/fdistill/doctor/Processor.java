package io.github.fdistill.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The processor as Linux knows it.
 *
 * @param name empty where the system gives none, as on many ARM machines
 * @param flags as {@code avx2}; of the first core
 */
record Processor(String name, Set<String> flags) {
  /** What oneDNN, TensorFlow's library for matrices and convolutions, chooses its code by. */
  private static final List<String> FEATURES =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16");

  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /**
   * Reads {@code /proc/cpuinfo}; empty where there is none.
   *
   * @param root of the file system
   */
  static Optional<Processor> read(Path root) throws IOException {
    Path file = root.resolve("proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    String flags = value(lines, "flags").or(() -> value(lines, "Features")).orElse("");
    return Optional.of(
        new Processor(
            value(lines, "model name").orElse(""), Set.copyOf(List.of(flags.split("\\s+")))));
  }

  /** Of the first line {@code name : value} with that name. */
  private static Optional<String> value(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.split(":", 2)[0].strip().equals(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  /** What it can do that matters here. */
  Finding features(String architecture) {
    String has =
        FEATURES.stream()
            .filter(flags::contains)
            .map(flag -> flag.toUpperCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    String text = (name.isEmpty() ? architecture : name) + ": " + has;
    return architecture.endsWith("x86_64") && !flags.contains("avx2")
        ? Finding.warning(
            "processor",
            text + (has.isEmpty() ? "not even AVX2" : ""),
            "expect slow training; virtual machines can hide what their host has")
        : Finding.found("processor", text);
  }

  /** Whether it multiplies in bfloat16 by itself. */
  Finding bfloat16() {
    return Collections.disjoint(flags, BFLOAT16)
        ? Finding.warning(
            "bfloat16",
            "emulated on this processor: float32 is likely faster on it",
            "--set precision=FLOAT32 for train, pretrain and features; no --bfloat16 for sample")
        : Finding.found("bfloat16", "native on this processor");
  }
}
