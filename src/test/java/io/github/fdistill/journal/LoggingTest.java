package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.Logs;
import io.github.fdistill.cli.Main;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {
  private static final Logger LOG = LogManager.getLogger(LoggingTest.class);
  private static final String SETTING = "log4j2.configurationFile";

  @Test
  void saysWhatHappenedInOneLineWithoutAStackTrace() {
    try (LogLines lines = new LogLines()) {
      LOG.info("step {}", 12);
      LOG.warn("not saved", new IOException("no space left"));
      LOG.debug("detail");
      assertEquals(List.of("step 12", "WARN not saved (no space left)"), lines.get());
    }
  }

  /**
   * Runs the program in a thread that is interrupted all the time, and says which log it has and
   * something in it.
   */
  static final class Program {
    public static void main(String[] args) {
      Thread program = Thread.currentThread();
      Thread interrupting =
          new Thread(
              () -> {
                while (true) {
                  program.interrupt();
                  Thread.yield();
                }
              });
      interrupting.setDaemon(true);
      interrupting.start();
      Main.main(args);
      System.out.println("log: " + System.getProperty(SETTING));
      Logs.of(Main.class).info("it is in use");
    }
  }

  /**
   * A file of Log4j's at the root of the jar would be taken for the application's. An interrupt of
   * its first use would break Log4j.
   */
  @Test
  void onlyTheProgramChoosesItsLogWhateverInterruptsIt(@TempDir Path folder) throws IOException {
    try (Stream<Path> root = Files.list(Path.of("src/main/resources"))) {
      assertEquals(List.of("io"), root.map(path -> path.getFileName().toString()).toList());
    }
    // Without what names the log for tests.
    String name = Program.class.getName().replace('.', '/') + ".class";
    Files.createDirectories(folder.resolve(name).getParent());
    try (InputStream program = Program.class.getClassLoader().getResourceAsStream(name)) {
      Files.copy(program, folder.resolve(name));
    }
    String path =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.endsWith("test-classes"))
            .collect(Collectors.joining(File.pathSeparator, folder + File.pathSeparator, ""));
    try (ChildJvm program = ChildJvm.startOn(path, Program.class, "--version")) {
      String found = program.awaitLine("log: ").substring("log: ".length());
      assertEquals("classpath:io/github/fdistill/journal/log4j2.xml", found);
      program.awaitLine(" it is in use");
    }
  }

  @Test
  void anotherLogThatIsNamedIsKept() {
    String before = System.getProperty(SETTING);
    try {
      System.setProperty(SETTING, "mine.xml");
      ProgramLog.use();
      assertEquals("mine.xml", System.getProperty(SETTING));
    } finally {
      if (before == null) {
        System.clearProperty(SETTING);
      } else {
        System.setProperty(SETTING, before);
      }
    }
  }
}
