package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a network, by name, in the order of their file.
 *
 * @param files they are in
 */
public record TensorSet(List<Path> files, Map<String, NamedTensor> byName) {

  public TensorSet {
    files = List.copyOf(files);
    byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /** Tensors of one file. */
  public static TensorSet of(Path file, Collection<NamedTensor> tensors) {
    Map<String, NamedTensor> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    return new TensorSet(List.of(file), byName);
  }

  /** The file, or the folder of several, for messages. */
  public String where() {
    Path first = files.get(0);
    return (files.size() == 1 ? first : first.toAbsolutePath().getParent()).toString();
  }

  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /**
   * The tensor of a name.
   *
   * @throws InputException when there is none
   */
  public NamedTensor get(String name) {
    NamedTensor tensor = byName.get(name);
    if (tensor == null) {
      throw new InputException(
          where(),
          "no tensor " + name,
          "all tensors of the network",
          "look whether the file is of the network that it is said to be of");
    }
    return tensor;
  }
}
