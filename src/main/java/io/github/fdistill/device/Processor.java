package io.github.fdistill.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processor as Linux knows it.
 *
 * @param name empty where the system gives none, as on many ARM machines
 * @param flags as {@code avx2}; of the first core
 */
public record Processor(String name, Set<String> flags) {
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /**
   * Reads {@code /proc/cpuinfo}; empty where there is none.
   *
   * @param root of the file system
   */
  public static Optional<Processor> read(Path root) throws IOException {
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

  /** Whether it multiplies in bfloat16 by itself; where it does not, float32 is the faster. */
  public boolean hasBfloat16() {
    return !Collections.disjoint(flags, BFLOAT16);
  }
}
