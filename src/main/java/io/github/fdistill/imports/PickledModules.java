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
 * The tensors of a network that was pickled whole: each module's {@code _parameters} and {@code
 * _buffers}, and those of its {@code _modules}, by their path with dots.
 */
final class PickledModules {
  private static final int MOST_DEPTH = 16;
  private static final int MOST_TENSORS = 100_000;

  /** Of the dictionaries of all modules: a module that is met again counts again. */
  private static final long MOST_ENTRIES = 1 << 20;

  /** Of their names, each with those of the modules around it. */
  private static final long MOST_LETTERS = 1 << 26;

  private final Path file;
  private final List<NamedTensor> found = new ArrayList<>();
  private int modules;
  private long entries;
  private long letters;

  private PickledModules(Path file) {
    this.file = file;
  }

  /**
   * @throws InputException when it is no such network, or a tensor leaves its storage
   */
  static Tensors tensors(Path file, Made network) {
    PickledModules modules = new PickledModules(file);
    modules.walk(network, "", 0);
    return new Tensors(TensorSet.of(file, modules.found));
  }

  /** The module of a name within another. */
  static Made module(Path file, Made outer, String name) {
    if (entries(outer, "_modules").get(name) instanceof Made module) {
      return module;
    }
    throw new InputException(
        file.toString(),
        "a network " + outer.className() + " without " + name,
        "a network of EDM or EDM2, pickled whole",
        "name another file");
  }

  private void walk(Made module, String prefix, int depth) {
    if (depth > MOST_DEPTH || ++modules > MOST_TENSORS || found.size() > MOST_TENSORS) {
      throw endless();
    }
    for (String kind : List.of("_parameters", "_buffers")) {
      counted(module, kind, prefix)
          .forEach(
              (name, value) -> {
                if (value instanceof TorchTensor tensor) {
                  found.add(tensor.named(prefix + name));
                }
              });
    }
    counted(module, "_modules", prefix)
        .forEach(
            (name, value) -> {
              if (value instanceof Made inner) {
                walk(inner, prefix + name + ".", depth + 1);
              }
            });
  }

  /** The entries of a module's dictionary, once it is known that they are not too many. */
  private Map<String, Object> counted(Made module, String kind, String prefix) {
    entries += module.state().get(kind) instanceof PickleDict dict ? dict.size() : 0;
    if (entries > MOST_ENTRIES) {
      throw endless();
    }
    Map<String, Object> named = entries(module, kind);
    named.keySet().forEach(name -> letters += prefix.length() + name.length());
    if (letters > MOST_LETTERS) {
      throw endless();
    }
    return named;
  }

  private static Map<String, Object> entries(Made module, String kind) {
    return module.state().get(kind) instanceof PickleDict dict ? dict.named() : Map.of();
  }

  private InputException endless() {
    return new InputException(
        file.toString(),
        "modules in modules without an end",
        "a network of no more than "
            + MOST_TENSORS
            + " modules, "
            + MOST_DEPTH
            + " deep, with "
            + MOST_ENTRIES
            + " entries",
        "the file is damaged: download or copy it again");
  }
}
