package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How this program is started once more. */
class ChildJavaTest {

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
