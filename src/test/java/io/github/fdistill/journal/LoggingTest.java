package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

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

  /** Runs the program, and says which log it has. */
  static final class Program {
    public static void main(String[] args) {
      Main.main(args);
      System.out.println("log: " + System.getProperty(SETTING));
    }
  }

  /** A file of Log4j's at the root of the jar would be taken for the application's. */
  @Test
  void onlyTheProgramChoosesItsLog() throws IOException {
    try (Stream<Path> root = Files.list(Path.of("src/main/resources"))) {
      assertEquals(List.of("io"), root.map(path -> path.getFileName().toString()).toList());
    }
    try (ChildJvm program = ChildJvm.start(Program.class, "--version")) {
      String found = program.awaitLine("log: ").substring("log: ".length());
      assertEquals("classpath:io/github/fdistill/journal/log4j2.xml", found);
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
