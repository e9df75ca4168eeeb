package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Folders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Tensors in several files of one folder, and an index in JSON that says which tensor is in which:
 * {@code {"weight_map": {name: file}}}.
 */
final class ShardedTensors {
  private final Path index;
  private final Map<String, String> fileOf = new LinkedHashMap<>();

  private ShardedTensors(Path index) {
    this.index = index;
    Object map = JsonFile.read(index).get("weight_map");
    if (!(map instanceof Map<?, ?> entries) || entries.isEmpty()) {
      throw wrong("no weight_map", "an object weight_map, from tensors to files");
    }
    entries.forEach((name, file) -> fileOf.put((String) name, plain((String) name, file)));
  }

  /**
   * Reads what stands before the numbers in all files; the numbers stay there.
   *
   * @param reader of one of the files
   * @throws InputException when a file is absent, or does not hold just what the index says
   */
  static TensorSet read(Path index, Function<Path, TensorSet> reader) {
    return new ShardedTensors(index).read(reader);
  }

  private String plain(String tensor, Object file) {
    if (!(file instanceof String name) || !Folders.isPlainName(name)) {
      throw wrong("tensor " + tensor + " in '" + file + "'", "the name of a file in this folder");
    }
    return name;
  }

  private TensorSet read(Function<Path, TensorSet> reader) {
    Set<String> names = new LinkedHashSet<>(fileOf.values());
    List<Path> files = new ArrayList<>();
    for (String name : names) {
      Path file = index.resolveSibling(name);
      if (!Files.isRegularFile(file)) {
        throw wrong("the file " + name + ", which is not there", "each of its " + names.size());
      }
      files.add(file);
    }
    Map<String, NamedTensor> all = new LinkedHashMap<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      Map<String, NamedTensor> found = reader.apply(file).byName();
      for (String tensor : found.keySet()) {
        if (!name.equals(fileOf.get(tensor))) {
          throw wrong(
              "nothing of tensor " + tensor + " in " + name, "every tensor of its files, once");
        }
      }
      all.putAll(found);
    }
    fileOf.forEach(
        (tensor, file) -> {
          if (!all.containsKey(tensor)) {
            throw wrong("tensor " + tensor + " in " + file + ", which has it not", "what is there");
          }
        });
    return new TensorSet(files, all);
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        index.toString(), found, needed, "download or copy the whole folder again");
  }
}
