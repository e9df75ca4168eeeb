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
    long done = 0;
    long rows = parts.get(0).shape().length == 1 ? 1 : parts.get(0).shape()[0];
    for (long row = 0; row < rows; row++) {
      for (NamedTensor part : parts) {
        NamedTensor here = part.shape().length == 1 ? part : part.part(0, row, 1);
        here.copy(into.slice(done, here.size()));
        done += here.size();
      }
    }
  }
}
