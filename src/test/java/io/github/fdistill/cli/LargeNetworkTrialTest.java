package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.Trials;
import io.github.fdistill.network.DenoiserModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network of 300 million parameters (1.2 GB) with a Java heap of 512 MiB: it is made, pretrained,
 * written as a checkpoint and as a SavedModel, resumed, and drawn from. Its weights are nowhere on
 * the heap. Takes 14 GB of disk.
 */
@Tag("trial")
class LargeNetworkTrialTest {
  /** The heap, and what {@link Main} sets: that memory outside it is not counted by it. */
  private static final String HEAP =
      "-Xmx512m -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Dorg.bytedeco.javacpp.maxbytes=0";

  private static final double LIMIT_GB = 10;

  /** So much for each number of the network: it, the optimiser's two, and the average's. */
  private static final int VECTORS = 4;

  private final StringBuilder table =
      new StringBuilder("| command | seconds | most memory, GB |\n|---|---:|---:|\n");

  @TempDir Path folder;

  @Test
  void ofThreeHundredMillionParameters() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "the system tells a process's memory");
    Workplace place = Workplace.create(folder);
    String widths = String.join(", ", Collections.nCopies(13, "4992"));
    place.write(
        "teacher/network.pbtxt",
        "image { height: 8 width: 8 channels: 1 } classes: 3 mlp { hidden: [" + widths + "] }");
    pretrain(1);
    Path first = place.path("runs/teacher/checkpoints/step-00000001/state.data-00000-of-00001");
    long parameters =
        DenoiserModel.read(place.path("savedmodels/teacher")).weights().parameters().size();
    assertTrue(parameters > 295_000_000 && parameters < 305_000_000, "" + parameters);
    assertEquals(4L * (VECTORS * parameters + 2), Files.size(first));
    pretrain(2);
    assertEquals(2, Files.readAllLines(place.path("runs/teacher/metrics.jsonl")).size());
    run("sample", "savedmodels/teacher", "--out", "drawn.png");
    assertTrue(Files.size(place.path("drawn.png")) > 100);
    Trials.write("large-network.md", table.toString());
  }

  private void pretrain(int steps) throws Exception {
    run(
        "pretrain",
        "--quiet",
        "--config=teacher/pretrain.pbtxt",
        "--set=steps=" + steps,
        "--set=batch_size=2",
        "--set=checkpoint.keep=1");
  }

  private void run(String... words) throws Exception {
    List<Object> all = new ArrayList<>(List.of(folder));
    all.addAll(List.of(words));
    Map<String, String> with = Map.of("JAVA_TOOL_OPTIONS", HEAP, "TF_CPP_MIN_LOG_LEVEL", "3");
    long start = System.nanoTime();
    double most = 0;
    try (ChildJvm child = ChildJvm.start(with, ResumeTest.Program.class, all.toArray())) {
      while (!child.hasEnded()) {
        most = Math.max(most, mostGigabytes(child.pid()));
        Thread.sleep(50);
      }
      String said = child.rest();
      assertTrue(said.contains("savedmodels/teacher/") || said.contains("Wrote"), said);
      child.assertExitCode(0);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    String command = String.join(" ", words).replace(" --quiet", "");
    table.append(String.format(Locale.ROOT, "| `%s` | %.0f | %.1f |%n", command, seconds, most));
    assertTrue(most < LIMIT_GB, table.toString());
  }

  /** The most that a process has held; 0 when it has ended. */
  private static double mostGigabytes(long pid) throws IOException {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1_024 / 1e9;
        }
      }
    } catch (NoSuchFileException e) {
      // It has ended.
    }
    return 0;
  }
}
