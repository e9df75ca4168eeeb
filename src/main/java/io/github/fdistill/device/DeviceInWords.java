package io.github.fdistill.device;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What computes here, in words that are the same where bits are, as far as the system tells. */
final class DeviceInWords {
  /** NVIDIA's driver has a folder for each GPU there. */
  private static final String GPUS = "proc/driver/nvidia/gpus";

  private static final String MODEL = "Model:";

  /** Which of them a process may see, in CUDA's words. */
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  private DeviceInWords() {}

  /**
   * {@code GPU: } and its model; {@code GPU} alone where no driver tells it. Of several models all,
   * and which of them this process may see.
   *
   * @param root of the file system
   */
  static String gpu(Path root, Map<String, String> environment) {
    TreeSet<String> models = new TreeSet<>();
    Path folder = root.resolve(GPUS);
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> each = Files.newDirectoryStream(folder)) {
        for (Path gpu : each) {
          Files.readAllLines(gpu.resolve("information")).stream()
              .filter(line -> line.startsWith(MODEL))
              .forEach(line -> models.add(line.substring(MODEL.length()).strip()));
        }
      } catch (IOException e) {
        return "GPU";
      }
    }
    String seen = VISIBLE + "=" + environment.getOrDefault(VISIBLE, "");
    return (models.isEmpty() ? "GPU" : "GPU: " + String.join(" or ", models))
        + (models.size() > 1 ? " (" + seen + ")" : "");
  }

  /**
   * {@code CPU: }, the architecture and the processor's name; where it has none, as on many ARM
   * machines, what it can do.
   *
   * @param processor empty where the system does not tell
   * @param oneDnn whether TensorFlow takes oneDNN; empty where that is not known
   */
  static String cpu(String architecture, Optional<Processor> processor, Optional<Boolean> oneDnn) {
    String which =
        processor
            .map(p -> p.name().isEmpty() ? String.join(" ", new TreeSet<>(p.flags())) : p.name())
            .map(known -> " " + known)
            .orElse("");
    return "CPU: "
        + architecture
        + which
        + oneDnn.map(taken -> (taken ? " with" : " without") + " oneDNN").orElse("");
  }
}
