package io.github.fdistill.hosting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A model's process that does not answer. */
class HangTest {
  @Test
  void isEndedAfterThePatienceThatThereIsForACall() throws Exception {
    ModelProcess process = new ModelProcess("hanging");
    // Java itself takes longer to start.
    ModelCall.Builder load =
        ModelCall.newBuilder().setLoad(LoadCall.newBuilder().setFolder("nowhere"));
    assertThrows(Crash.class, () -> process.call(load, Duration.ofMillis(1)));
    assertEquals("SIGKILL", process.end().get(20, TimeUnit.SECONDS).getMessage());
  }
}
