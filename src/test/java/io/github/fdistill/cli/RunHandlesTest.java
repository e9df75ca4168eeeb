package io.github.fdistill.cli;

import static io.github.fdistill.NativeHandles.assertNoneLeft;

import java.io.IOException;
import java.nio.file.Path;
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
    place = Workplace.create(folder);
    place.pretrain().done();
    place.columnFeatures("features", Workplace.SIDE, "features");
    place.columnFeatures("large", 2 * Workplace.SIDE, "features");
  }

  @Test
  void aRunThatMeasuresDrawsAndExports() throws Throwable {
    assertNoneLeft(() -> place.train(MEASURED).done());
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
