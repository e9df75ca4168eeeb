package io.github.fdistill.imports;

import io.github.fdistill.tensors.NamedTensor;
import io.github.fdistill.tensors.TensorSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tensors of a model, and what became of each. */
final class Tensors {
  private final TensorSet set;
  private final Set<String> used = new LinkedHashSet<>();
  private final Map<String, String> leftOut = new LinkedHashMap<>();
  private final List<Path> files;

  Tensors(TensorSet set) {
    this.set = set;
    this.files = new ArrayList<>(set.files());
  }

  /** The same tensors, of which none is used yet. */
  Tensors untouched() {
    return new Tensors(set);
  }

  String where() {
    return set.where();
  }

  /** The files of the model: those that the tensors are in, and those that say what it is. */
  List<Path> files() {
    return files;
  }

  /** Says that another file belongs to the model. */
  void addFile(Path file) {
    files.add(file);
  }

  int count() {
    return set.byName().size();
  }

  Set<String> names() {
    return set.byName().keySet();
  }

  boolean has(String name) {
    return set.has(name);
  }

  /** A tensor that is used now, if it is there. */
  Optional<NamedTensor> use(String name) {
    if (!set.has(name)) {
      return Optional.empty();
    }
    used.add(name);
    return Optional.of(set.get(name));
  }

  /**
   * A tensor that is looked at.
   *
   * @throws io.github.fdistill.InputException when it is not there
   */
  NamedTensor get(String name) {
    return set.get(name);
  }

  /** Says that a tensor is not needed, and why. */
  void leaveOut(String name, String why) {
    if (set.has(name)) {
      leftOut.put(name, why);
    }
  }

  /** Tensors that are not needed, each with the reason. */
  Map<String, String> leftOut() {
    return leftOut;
  }

  /** Tensors that nothing uses, and of which nobody said why. */
  List<String> unused() {
    List<String> unused = new ArrayList<>(set.byName().keySet());
    unused.removeAll(used);
    unused.removeAll(leftOut.keySet());
    return unused;
  }
}
