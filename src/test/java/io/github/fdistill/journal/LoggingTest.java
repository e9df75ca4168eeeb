package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

class LoggingTest {
  private static final Logger LOG = LogManager.getLogger(LoggingTest.class);

  @Test
  void saysWhatHappenedInOneLineWithoutAStackTrace() {
    try (LogLines lines = new LogLines()) {
      LOG.info("step {}", 12);
      LOG.warn("not saved", new IOException("no space left"));
      LOG.debug("detail");
      assertEquals(List.of("step 12", "WARN not saved (no space left)"), lines.get());
    }
  }
}
