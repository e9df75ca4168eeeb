package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.pickle.Made;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.TorchTensor;
import io.github.fdistill.tensors.NamedTensor;
import io.github.fdistill.tensors.TensorSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What torch.save wrote of a dictionary: its own tensors, or those of a dictionary in it, and what
 * it says of its training. Of what a training saves, the average of the weights is taken.
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

  /**
   * The arguments that a training was begun with, as train.py keeps them; none where it did not.
   */
  static Settings arguments(Path file, PickleDict root) {
    String where = file + ", args";
    Object args = root.get("args");
    if (args instanceof Made namespace) {
      return Settings.of(where, namespace.state());
    }
    return args instanceof PickleDict dict
        ? Settings.of(where, dict)
        : new Settings(where, Map.of());
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
