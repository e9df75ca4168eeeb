package io.github.fdistill.cli;

import static io.github.fdistill.NativeHandles.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole command leaves no graph, session or tensor open, however it ends. */
class RunHandlesTest {
  private static final String[] MEASURED = {
    "evaluation.every_steps=2", "evaluation.samples=20", "evaluation.features=features"
  };

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void aTeacherAndAFeaturesNetwork() throws IOException {
    place = Workplace.withUnet(folder);
    place.pretrain().done();
    place.columnFeatures("features", Workplace.SIDE, "features");
    place.columnFeatures("large", 2 * Workplace.SIDE, "features");
  }

  /**
   * In a JVM of its own, whose heap takes all that the run allocates: a collection in between would
   * close what the run has left open.
   */
  @Test
  void aRunThatMeasuresDrawsAndExports() throws Exception {
    String heap = "-XX:+UseSerialGC -Xms1g -Xmn800m -XX:MetaspaceSize=256m";
    Map<String, String> with = Map.of("JAVA_TOOL_OPTIONS", heap, "TF_CPP_MIN_LOG_LEVEL", "3");
    try (ChildJvm run = ChildJvm.start(with, Measured.class, folder)) {
      String said = run.rest();
      assertTrue(said.contains("none left, 0 collections"), said);
      run.assertExitCode(0);
    }
  }

  /** A run goes on: what is opened once for all runs is open before. */
  static final class Measured {
    public static void main(String[] args) throws Throwable {
      Workplace place = new Workplace(Path.of(args[0]));
      place.train(MEASURED).done();
      String[] goesOn = {"steps=4", MEASURED[0], MEASURED[1], MEASURED[2]};
      long[] collected = new long[1];
      assertNoneLeft(
          () -> {
            long before = collections();
            place.train(goesOn).done();
            collected[0] = collections() - before;
          });
      System.out.println("none left, " + collected[0] + " collections");
    }

    private static long collections() {
      return ManagementFactory.getGarbageCollectorMXBeans().stream()
          .mapToLong(GarbageCollectorMXBean::getCollectionCount)
          .sum();
    }
  }

  @Test
  void aRunThatDiverges() throws Throwable {
    assertNoneLeft(
        () -> place.train("optimiser.learning_rate=1e8").failed("training has diverged"));
  }

  @Test
  void aFeaturesNetworkThatIsRefused() throws Throwable {
    assertNoneLeft(
        () ->
            place
                .train(MEASURED[0], MEASURED[1], "evaluation.features=large")
                .failed("evaluation.features: large"));
  }

  @Test
  void anEvaluation() throws Throwable {
    String flags = "savedmodels/teacher --samples 20 --features features --against data --quiet";
    assertNoneLeft(() -> place.run(("evaluate " + flags).split(" ")).done());
  }
}
