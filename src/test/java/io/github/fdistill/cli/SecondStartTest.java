package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.device.OneDnn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What has to be told before Java and TensorFlow start. */
@Timeout(240)
class SecondStartTest {
  /** A program that starts itself once more where the language is C, and then waits. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] args) throws InterruptedException {
      OptionalInt second = SecondStart.run(List.of(args));
      if (second.isPresent()) {
        System.exit(second.getAsInt());
      }
      OwnProcess.endWithStarter();
      System.out.println("waits " + ProcessHandle.current().pid() + System.getenv("LC_ALL"));
      Thread.sleep(50_000);
    }
  }

  @Test
  void nothingIsToldTwice() {
    SecondStart none = SecondStart.of(StandardCharsets.UTF_8, false);
    assertEquals(new SecondStart(Map.of(), List.of()), none);
    SecondStart library = SecondStart.of(StandardCharsets.UTF_8, true);
    assertEquals(Map.of(OneDnn.VARIABLE, "1"), library.environment());
    assertEquals(1, library.flags().size());
    SecondStart both = SecondStart.of(StandardCharsets.US_ASCII, true);
    assertEquals(Map.of(OneDnn.VARIABLE, "1", "LC_ALL", "C.UTF-8"), both.environment());
  }

  @Test
  void aJavaThatIsWatchedAtAPortStartsOnce() {
    assertFalse(SecondStart.isWatched(List.of("-Xmx1g", "-Dfile.encoding=UTF-8")));
    for (String flag :
        List.of(
            "-agentlib:jdwp=transport=dt_socket,server=y,address=5005",
            "-javaagent:metrics.jar=9404",
            "-Dcom.sun.management.jmxremote.port=9010")) {
      assertTrue(SecondStart.isWatched(List.of("-Xmx1g", flag)), flag);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void itHasTheSameWords() throws Exception {
    String[] words = {"java", "-Xmx1g", "ä b", "it's \"$(x)\" %s \\n", "", "-"};
    byte[] line = (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
    SecondStart start = SecondStart.of(StandardCharsets.US_ASCII, true);
    String script = start.script("/usr/bin/printf".getBytes(StandardCharsets.US_ASCII), line);
    assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(script), script);
    String flags = script.substring(script.indexOf(" -D"), script.indexOf("-Xmx1g"));
    String told = script.replace(flags, " \"[%s]\" $LC_ALL \"$TF_ENABLE_ONEDNN_OPTS\" ");
    Process shown = new ProcessBuilder("sh", "-c", told).start();
    String said = new String(shown.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("[C.UTF-8][1][-Xmx1g][ä b][it's \"$(x)\" %s \\n][][-]", said);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aKillOfTheFirstEndsIt() throws Exception {
    try (ChildJvm first = ChildJvm.start(Map.of("LC_ALL", "C"), Waiting.class)) {
      String waits = first.awaitLine("waits ");
      assertTrue(waits.endsWith("C.UTF-8"), waits);
      long second = Long.parseLong(waits.replaceAll("\\D*(\\d+).*", "$1"));
      assertTrue(second != first.pid());
      ProcessHandle process = ProcessHandle.of(second).orElseThrow();
      first.kill();
      process.onExit().get(40, TimeUnit.SECONDS);
    }
  }
}
