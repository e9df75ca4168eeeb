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

  /** Lets {@link #peak} begin anew, where that is permitted. */
  public void resetPeak() {
    Path file = process.resolve("clear_refs");
    if (Files.isWritable(file)) {
      try {
        Files.writeString(file, "5");
      } catch (IOException e) {
        // Not permitted after all: the peak goes on from the one before.
      }
    }
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
