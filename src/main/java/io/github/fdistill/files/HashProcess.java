package io.github.fdistill.files;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * SHA-256 of a large file by a Java of its own. Where this one does without its second compiler, as
 * training does, it hashes a fourth or less as fast: a model of 4 GB takes it more than a minute.
 */
final class HashProcess {
  /** From so many bytes on the start of a Java is little beside the hashing. */
  static final long MANY = 256L << 20;

  private static final int BOTH_COMPILERS = 4;
  private static final String HASH = "[0-9a-f]{64}";

  private HashProcess() {}

  /** Prints the hash of the file that is named. */
  public static void main(String[] words) throws IOException {
    System.out.print(Sha256.here(Path.of(words[0])));
  }

  /** Whether a process of its own hashes so many bytes sooner. */
  static boolean isSooner(long bytes) {
    return bytes >= MANY && !hasBothCompilers();
  }

  private static boolean hasBothCompilers() {
    try {
      String level =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
              .getVMOption("TieredStopAtLevel")
              .getValue();
      return Integer.parseInt(level) >= BOTH_COMPILERS;
    } catch (RuntimeException e) {
      return true; // Another Java, of which that is not known.
    }
  }

  /** The hash; none where the process could not be started, or did not end well. */
  static Optional<String> of(Path file) throws IOException {
    List<String> command = ChildJava.answering(HashProcess.class.getName(), "-Xmx64m");
    command.add(file.toAbsolutePath().toString());
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      return Optional.empty();
    }
    try {
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return process.waitFor() == 0 && said.matches(HASH) ? Optional.of(said) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      process.destroy();
    }
  }
}
