package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How this program is started once more. */
class ChildJavaTest {

  /** Whose standard output is its answer. */
  static final class Answers {
    public static void main(String[] args) {
      System.out.print("an answer");
    }
  }

  /** Java would end at a port that is none, as at one that another has. */
  @Test
  void anAnswerIsAloneAlsoWhereJavaIsWatchedAndLogs() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(ChildJava.answering(Answers.class.getName(), "-XX:+UseSerialGC"));
    String watched = "-Dcom.sun.management.jmxremote.port=none -Xlog:gc";
    builder.environment().put("JAVA_TOOL_OPTIONS", watched);
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertEquals(
        "an answer",
        new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    assertEquals(0, process.waitFor());
  }

  /** As in one jar with jars in it. */
  @Test
  void aPackedProgramIsToldWhatItsJavasWouldLack() throws IOException {
    try (URLClassLoader none = new URLClassLoader(new URL[0], null)) {
      InputException refused =
          assertThrows(InputException.class, () -> ChildJava.requireOnClassPath(none));
      assertTrue(refused.getMessage().contains("Hosting.HERE"), refused::getMessage);
    }
    ChildJava.requireOnClassPath();
  }

  /** The launcher's, of a training whose workers are started so. */
  @Test
  void howThisJavaCompilesIsHowAnotherDoes() {
    assertTrue(ChildJava.isKept("-XX:TieredStopAtLevel=1") && ChildJava.isKept("-Xmx2g"));
    assertFalse(ChildJava.isKept("-XX:ArchiveClassesAtExit=a.jsa"));
  }

  @Test
  void aCollectorThatTheEnvironmentChoosesStandsAlone() {
    String[] flags = {"-XX:+UseSerialGC", "-Da=b"};
    assertEquals(List.of(flags), ChildJava.beside(Map.of(), flags));
    String another = "-Xmx2g -XX:-UseG1GC -XX:+UseDynamicNumberOfGCThreads";
    assertEquals(List.of(flags), ChildJava.beside(Map.of("JAVA_TOOL_OPTIONS", another), flags));
    for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
      Map<String, String> environment = Map.of(name, "-Xmx2g -XX:+UseZGC -Dc=d");
      assertEquals(List.of("-Da=b"), ChildJava.beside(environment, flags));
    }
  }
}
