package io.github.fdistill.training;

import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import io.github.fdistill.savedmodel.TensorReader;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * Weights in a checkpoint of a training run, where they follow one another in one tensor. Its
 * manifest has been compared with it before.
 */
record CheckpointWeights(Parameters parameters, Stored stored) implements Weights {

  @Override
  public void copy(int parameter, FloatDataBuffer into) {
    try (TensorReader reader = stored.open()) {
      reader.skip(
          parameters.list().stream().limit(parameter).mapToLong(p -> p.shape().size()).sum());
      reader.read(into);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(stored.file(), e);
    }
  }
}
