package io.github.fdistill.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** NVIDIA's own tool, {@code nvidia-smi}: its answer shows that the driver answers. */
record NvidiaTool(List<String> command, Duration patience) {

  static NvidiaTool usual() {
    return new NvidiaTool(
        List.of(
            "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"),
        Duration.ofSeconds(10));
  }

  /** Empty where the tool is not installed. */
  Optional<Finding> ask() throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return Optional.empty();
    }
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return Optional.of(fault("no answer in " + patience.toSeconds() + " s"));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return Optional.of(fault("interrupted"));
    }
    String answer =
        String.join(
            "; ",
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .toList());
    return Optional.of(
        process.exitValue() == 0 ? Finding.found("nvidia-smi", answer) : fault(answer));
  }

  private static Finding fault(String found) {
    return Finding.warning(
        "nvidia-smi",
        found,
        "restart the machine, or install the driver again; this tool must work");
  }
}
