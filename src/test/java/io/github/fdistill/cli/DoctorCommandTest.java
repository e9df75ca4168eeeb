package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.TensorFlow;

class DoctorCommandTest {
  @TempDir Path folder;

  @Test
  void aMachineThatTensorFlowComputesOn() throws IOException {
    String out = new Workplace(folder).run("doctor").done();
    for (String part :
        List.of(
            "found    Java               " + Runtime.version(),
            "found    TensorFlow         " + TensorFlow.version(),
            "found    devices            CPU:0",
            "found    on CPU:0           matrices multiply right, at ",
            Runtime.getRuntime().availableProcessors()
                + " cores; TensorFlow computes with as many\n",
            "\nVerdict: ready on ")) {
      assertTrue(out.contains(part), () -> "no \"" + part + "\" in:\n" + out);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count(), "the doctor leaves nothing behind");
    }
  }

  @Test
  void whatIsMissingHasARemedyBelow() throws IOException {
    Workplace place = new Workplace(folder);
    place.write("runs", "a file in the way");
    Workplace.Outcome found = place.run("doctor");
    String remedy = " ".repeat(28) + "remedy: change its permissions";
    String missing = "missing  folder runs        cannot be written\n" + remedy;
    assertTrue(found.out().contains(missing), found.out());
    assertTrue(found.out().contains("\nVerdict: not ready\n"), found.out());
    found.failed("this machine: not ready");
  }

  /** In a JVM that takes its machine for one that TensorFlow Java has no natives for. */
  @Test
  void aMachineThatTensorFlowDoesNotLoadOn() throws IOException, InterruptedException {
    Map<String, String> elsewhere =
        Map.of("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.platform=linux-ppc64le");
    try (ChildJvm child = ChildJvm.start(elsewhere, Main.class, "doctor")) {
      child.awaitLine("missing  natives            TensorFlow Java has none for linux-ppc64le");
      child.awaitLine("missing  TensorFlow         its natives do not load");
      child.awaitLine("remedy:");
      child.awaitLine("Verdict: not ready");
      child.assertExitCode(1);
    }
    try (ChildJvm child = ChildJvm.start(elsewhere, Main.class, "--version")) {
      child.awaitLine("TensorFlow does not load");
      child.assertExitCode(0);
    }
  }
}
