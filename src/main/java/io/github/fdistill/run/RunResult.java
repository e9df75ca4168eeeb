package io.github.fdistill.run;

import io.github.fdistill.config.Measured;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a run, or has come of it so far.
 *
 * @param folder the run's: its metrics, pictures, checkpoints and record
 * @param step steps that it has made, over all its sessions
 * @param steps that it is to make
 * @param last the numbers of the last step by name, such as {@code loss}; none where no step was
 *     left to make
 * @param model the SavedModel of its last step, in a folder named by its version; none where the
 *     run was stopped before
 * @param measures of the model by name: {@code test_accuracy} and {@code test_images} of a
 *     classifier, none of others
 */
public record RunResult(
    Path folder,
    long step,
    long steps,
    Map<String, Float> last,
    Optional<Path> model,
    Map<String, Double> measures) {

  /** Whether the run has made its last step, and its model stands where {@link #model} says. */
  public boolean finished() {
    return model.isPresent();
  }

  /** What was measured of the student of the lowest FID, where the run measures its students. */
  public Optional<Measured> best() {
    return new BestStudent(folder.resolve(BestStudent.FOLDER), written -> {}).measured();
  }
}
