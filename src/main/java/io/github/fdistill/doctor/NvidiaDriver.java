package io.github.fdistill.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NVIDIA's driver as Linux shows it.
 *
 * @param version as {@code 580.65.06}; empty where there is no driver
 * @param models of its GPUs, as "NVIDIA H100 80GB HBM3"
 * @param devices of its GPUs that this process sees, as {@code nvidia0}
 */
record NvidiaDriver(String version, List<String> models, List<String> devices) {
  private static final Pattern VERSION = Pattern.compile("Kernel Module.*?\\s(\\d+(\\.\\d+)+)");
  private static final Pattern MODEL = Pattern.compile("(?m)^Model:\\s*(.+?)\\s*$");

  /** CUDA 12's oldest is 525.60.13. */
  private static final int OLDEST = 525;

  /**
   * @param root of the file system, for {@code /proc/driver/nvidia} and {@code /dev}
   */
  static NvidiaDriver read(Path root) throws IOException {
    Path driver = root.resolve("proc/driver/nvidia");
    List<String> models = new ArrayList<>();
    for (Path gpu : entries(driver.resolve("gpus"), "*")) {
      models.addAll(found(MODEL, gpu.resolve("information")));
    }
    List<String> devices =
        entries(root.resolve("dev"), "nvidia[0-9]*").stream()
            .map(path -> path.getFileName().toString())
            .toList();
    List<String> version = found(VERSION, driver.resolve("version"));
    return new NvidiaDriver(version.isEmpty() ? "" : version.get(0), models, devices);
  }

  private static List<Path> entries(Path folder, String glob) throws IOException {
    List<Path> entries = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, glob)) {
        paths.forEach(entries::add);
      }
    }
    return entries.stream().sorted().toList();
  }

  private static List<String> found(Pattern pattern, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      return List.of();
    }
    Matcher matcher = pattern.matcher(Files.readString(file));
    return matcher.find() ? List.of(matcher.group(1)) : List.of();
  }

  boolean present() {
    return !version.isEmpty();
  }

  Finding finding() {
    if (!present()) {
      return Finding.absent(
          "GPU driver",
          "no NVIDIA driver here",
          "nothing to do for the CPU; for a GPU, install NVIDIA's driver, " + OLDEST + " or newer");
    }
    String text = version + (models.isEmpty() ? "" : ": " + String.join(", ", models));
    if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < OLDEST) {
      return Finding.warning(
          "GPU driver", text, "install version " + OLDEST + " or newer, which CUDA 12 needs");
    }
    return devices.isEmpty()
        ? Finding.warning(
            "GPU driver",
            text + "; no /dev/nvidia0",
            "let this container see the GPUs, as with docker run --gpus all")
        : Finding.found("GPU driver", text);
  }
}
