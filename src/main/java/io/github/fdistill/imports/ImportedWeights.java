package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.Weights;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * Parameters that are tensors of other programs' files.
 *
 * @param tensors what each parameter is made of, side by side along its last axis
 */
record ImportedWeights(Parameters parameters, List<List<NamedTensor>> tensors) implements Weights {

  @Override
  public void copy(int parameter, FloatDataBuffer into) {
    List<NamedTensor> parts = tensors.get(parameter);
    if (parts.size() == 1) {
      parts.get(0).copy(into);
      return;
    }
    long apart = parts.stream().mapToLong(ImportedWeights::row).sum();
    long done = 0;
    for (NamedTensor part : parts) {
      part.copyRows(into, done, apart);
      done += row(part);
    }
  }

  /** Numbers of one of its rows; a vector is one. */
  private static long row(NamedTensor part) {
    return part.shape().length == 1 ? part.size() : part.size() / Math.max(1, part.shape()[0]);
  }
}
