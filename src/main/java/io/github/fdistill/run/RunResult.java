package io.github.fdistill.run;

import io.github.fdistill.config.Measured;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.training.Reading;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a run, or has come of it so far.
 *
 * @param folder the run's: its metrics, pictures, checkpoints and record
 * @param step steps that it has made, over all its sessions
 * @param steps that it is to make
 * @param last the readings of the last step; none where no step was left to make
 * @param model the SavedModel of its last step, in a folder named by its version; none where the
 *     run was stopped before
 * @param measures of the model by name: {@code test_accuracy}, {@code test_class_mean} and {@code
 *     test_images} of a classifier, none of others
 */
public record RunResult(
    Path folder,
    long step,
    long steps,
    Map<Reading, Float> last,
    Optional<Path> model,
    Map<String, Double> measures) {

  /** Whether the run has made its last step, and its model stands where {@link #model} says. */
  public boolean finished() {
    return model.isPresent();
  }

  /** What stands where in its folder. */
  public RunFiles files() {
    return new RunFiles(folder);
  }

  /** What was measured of the student of the lowest FID, where the run measures its students. */
  public Optional<Measured> best() {
    return new BestStudent(files().best(), written -> {}).measured();
  }
}
