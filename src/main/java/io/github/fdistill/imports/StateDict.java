package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.TorchTensor;
import io.github.fdistill.tensors.NamedTensor;
import io.github.fdistill.tensors.TensorSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a dictionary that torch.save wrote: its own, or those of a dictionary in it. Of
 * what a training saves, the average of the weights is taken.
 */
final class StateDict {
  /** Where weights stand in what trainings save, the best first. */
  private static final List<String> INNER = List.of("ema", "model_ema", "state_dict", "model");

  private StateDict() {}

  /**
   * @throws InputException when there are none, or one leaves its storage
   */
  static Tensors tensors(Path file, PickleDict root) {
    return new Tensors(set(file, root));
  }

  /** The same as a set: of a dictionary in it where that has more tensors than the outer one. */
  static TensorSet set(Path file, PickleDict root) {
    List<NamedTensor> found = of(root);
    for (String inner : INNER) {
      List<NamedTensor> within =
          root.get(inner) instanceof PickleDict dict ? of(dict) : List.<NamedTensor>of();
      if (within.size() > found.size()) {
        return TensorSet.of(file, within);
      }
    }
    if (found.isEmpty()) {
      throw new InputException(
          file.toString(),
          "no tensors, beside " + root.named().keySet(),
          "a dictionary of weights, or one of them under " + INNER,
          "save the weights with torch.save(model.state_dict(), FILE)");
    }
    return TensorSet.of(file, found);
  }

  private static List<NamedTensor> of(PickleDict dict) {
    List<NamedTensor> tensors = new ArrayList<>();
    for (Map.Entry<String, Object> entry : dict.named().entrySet()) {
      if (entry.getValue() instanceof TorchTensor tensor) {
        tensors.add(tensor.named(entry.getKey()));
      }
    }
    return tensors;
  }
}
