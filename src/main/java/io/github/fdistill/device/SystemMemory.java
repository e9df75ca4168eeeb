package io.github.fdistill.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What Linux says of the machine's memory, in bytes, whatever a container may use of it; no number
 * elsewhere.
 *
 * @param root of the file system, for {@code /proc/meminfo}
 */
public record SystemMemory(Path root) {
  /**
   * One of its amounts.
   *
   * @param name such as MemTotal or MemAvailable
   */
  public OptionalLong amount(String name) throws IOException {
    Path file = root.resolve("proc/meminfo");
    if (!Files.isReadable(file)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.matches(name + ":\\s+\\d+ kB"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst();
  }
}
