package io.github.fdistill.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NVIDIA's own tool, {@code nvidia-smi}: its answer shows that the driver answers, and whether the
 * memory of its GPUs is free.
 *
 * @param command that prints a line for each GPU, in the order of its bus: name, MiB in all, MiB
 *     free, the driver's version
 * @param processes that prints a line for each process on them
 */
record NvidiaTool(List<String> command, List<String> processes, Duration patience) {
  private static final Pattern GPU = Pattern.compile("(.+), (\\d+), (\\d+), ([\\d.]+)");

  /** Of a GPU's memory, what may be taken without a word: displays and the driver take some. */
  private static final double TAKEN = 0.1;

  static NvidiaTool usual() {
    return new NvidiaTool(
        List.of(
            "nvidia-smi",
            "--query-gpu=name,memory.total,memory.free,driver_version",
            "--format=csv,noheader,nounits"),
        List.of(
            "nvidia-smi",
            "--query-compute-apps=pid,process_name,used_memory",
            "--format=csv,noheader"),
        Duration.ofSeconds(10));
  }

  /** Empty where the tool is not installed. */
  Optional<Finding> ask() throws IOException {
    Optional<Answer> answer = answer(command);
    return answer.isEmpty() ? Optional.empty() : Optional.of(finding(answer.get()));
  }

  private Finding finding(Answer answer) throws IOException {
    if (!answer.ok()) {
      return Finding.warning(
          "nvidia-smi",
          answer.text(),
          "restart the machine, or install the driver again; this tool must work");
    }
    List<String> gpus = new ArrayList<>();
    boolean taken = false;
    long most = 0;
    int freest = -1;
    for (String line : answer.text().split("; ")) {
      Matcher gpu = GPU.matcher(line);
      if (!gpu.matches()) {
        return Finding.found("nvidia-smi", answer.text());
      }
      long all = Long.parseLong(gpu.group(2));
      long free = Long.parseLong(gpu.group(3));
      if (free < (1 - TAKEN) * all) {
        taken = true;
      } else if (free > most) {
        most = free;
        freest = gpus.size();
      }
      gpus.add(gpu.group(1) + ", " + free + " of " + all + " MiB free, driver " + gpu.group(4));
    }
    String text = String.join("; ", gpus);
    return taken ? taken(text, freest) : Finding.found("nvidia-smi", text);
  }

  /**
   * @param freest of those that are free, by its number here; less than 0: none is
   */
  private Finding taken(String gpus, int freest) throws IOException {
    String others = answer(processes).filter(Answer::ok).map(Answer::text).orElse("");
    return Finding.warning(
        "nvidia-smi",
        gpus + (others.isEmpty() ? "" : "; in use by " + others),
        "end the other process"
            + (freest < 0
                ? ""
                : ", or choose another GPU:\n"
                    + "export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES="
                    + freest));
  }

  private record Answer(boolean ok, String text) {}

  private Optional<Answer> answer(List<String> command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return Optional.empty();
    }
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return Optional.of(new Answer(false, "no answer in " + patience.toSeconds() + " s"));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return Optional.of(new Answer(false, "interrupted"));
    }
    String text =
        String.join(
            "; ",
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .toList());
    return Optional.of(new Answer(process.exitValue() == 0, text));
  }
}
