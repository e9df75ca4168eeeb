package io.github.fdistill.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Memory that this process holds, in bytes, as Linux counts it; no number elsewhere.
 *
 * @param process its folder, {@code /proc/self}
 */
public record ResidentMemory(Path process) {

  /** Of this process. */
  public static ResidentMemory here() {
    return new ResidentMemory(Path.of("/proc/self"));
  }

  /** What it holds now. */
  public OptionalLong now() {
    return read("VmRSS:");
  }

  /** The most that it has held, since it began or since {@link #resetPeak}. */
  public OptionalLong peak() {
    return read("VmHWM:");
  }

  /**
   * Lets {@link #peak} begin anew, where that is permitted.
   *
   * @return whether it was; if not, the peak goes on from the one before
   */
  public boolean resetPeak() {
    Path file = process.resolve("clear_refs");
    try {
      if (Files.isWritable(file)) {
        Files.writeString(file, "5");
        return true;
      }
    } catch (IOException e) {
      // Not permitted after all.
    }
    return false;
  }

  private OptionalLong read(String name) {
    Path file = process.resolve("status");
    if (!Files.isReadable(file)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.matches(name + "\\s+\\d+ kB"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
