package io.github.fdistill.cli;

import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * The program, which keeps in a file what it is doing: a byte, the number of its {@link Phase}. It
 * is mapped into memory, so it is there still, and as it was, when the program has been killed.
 */
final class WatchedProgram {
  private WatchedProgram() {}

  /** The first word is the working directory, the second the file of the phase. */
  public static void main(String[] args) throws IOException {
    try (FileChannel file =
        FileChannel.open(Path.of(args[1]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer phase = file.map(FileChannel.MapMode.READ_WRITE, 0, 1);
      Thread watch = new Thread(() -> watch(phase), "watch");
      watch.setDaemon(true);
      watch.start();
    }
    List<String> words = List.of(args).subList(2, args.length);
    System.exit(Main.run(words, new Workspace(Path.of(args[0])), System.out, System.err));
  }

  private static void watch(MappedByteBuffer file) {
    Phase phase = Phase.START;
    while (true) {
      Map<Thread, StackTraceElement[]> stacks = Thread.getAllStackTraces();
      phase = Phase.of(stacks.values(), phase);
      file.put(0, (byte) phase.ordinal());
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Makes the file for a program that starts. */
  static void prepare(Path file) throws IOException {
    Files.write(file, new byte[] {(byte) Phase.START.ordinal()});
  }

  /** What the program is doing, or was when it was killed. */
  static Phase phase(Path file) throws IOException {
    return Phase.values()[Files.readAllBytes(file)[0]];
  }
}
