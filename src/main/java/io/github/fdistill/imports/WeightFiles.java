package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Folders;
import io.github.fdistill.pickle.PickleFile;
import io.github.fdistill.tensors.TensorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The weights of a model in a folder of the library diffusers: {@code
 * diffusion_pytorch_model.safetensors}, or an index of several, or {@code .bin}, of a variant such
 * as fp16 too, whose name stands before the ending.
 *
 * @param path of the file, or of the index
 * @param variant empty: the plain one
 */
record WeightFiles(Path path, String variant) {
  private static final String BASE = "diffusion_pytorch_model";

  private static Pattern named(String base, String ending) {
    return Pattern.compile(
        base
            + "(?:\\.([A-Za-z0-9_]+))?\\."
            + ending
            + "(?:\\.index(?:\\.([A-Za-z0-9_]+))?\\.json)?");
  }

  /**
   * The weights of a folder: the variant that is asked for, else the plain ones, else the only
   * ones; safetensors before {@code .bin}.
   *
   * @throws InputException when there are none, or it is not clear which
   */
  static WeightFiles in(Path folder, Optional<String> asked) {
    return in(folder, asked, named(BASE, "bin"), named(BASE, "safetensors"), BASE);
  }

  /** The same of a folder of the library transformers: {@code model.safetensors}, say. */
  static WeightFiles ofTexts(Path folder, Optional<String> asked) {
    return in(folder, asked, named("pytorch_model", "bin"), named("model", "safetensors"), "model");
  }

  /**
   * The variant of a part beside the network: the one that is asked for where the part has it; else
   * none is asked for. Of Stable Diffusion 1 the network alone is there without averaging, non_ema.
   *
   * @param notes is told where it is not there
   */
  static Optional<String> variantOf(Path part, Optional<String> asked, Consumer<String> notes) {
    if (asked.isEmpty() || !Folders.isThere(part)) {
      return asked;
    }
    List<Path> files = files(part);
    for (String base : List.of(BASE, "model", "pytorch_model")) {
      Pattern pattern = named(base, "(?:safetensors|bin)");
      for (Path file : files) {
        Matcher name = pattern.matcher(file.getFileName().toString());
        if (name.matches() && variant(name).equals(asked.get())) {
          return asked;
        }
      }
    }
    notes.accept(
        part.getFileName()
            + " has no weights of the variant "
            + asked.get()
            + ": those that it has are taken");
    return Optional.empty();
  }

  private static WeightFiles in(
      Path folder, Optional<String> asked, Pattern bin, Pattern safe, String base) {
    Map<String, Path> byVariant = new TreeMap<>();
    for (Pattern pattern : List.of(bin, safe)) {
      for (Path file : files(folder)) {
        Matcher name = pattern.matcher(file.getFileName().toString());
        if (name.matches()) {
          byVariant.put(variant(name), file);
        }
      }
    }
    String wanted = asked.orElse("");
    if (asked.isEmpty() && byVariant.size() == 1) {
      wanted = byVariant.keySet().iterator().next();
    }
    Path found = byVariant.get(wanted);
    if (found == null) {
      throw new InputException(
          folder.toString(),
          byVariant.isEmpty() ? "no weights" : "weights of the variants " + byVariant.keySet(),
          base + ".safetensors or .bin" + asked.map(v -> " of the variant " + v).orElse(""),
          byVariant.isEmpty()
              ? "download the whole folder"
              : "name one of its variants with --variant");
    }
    return new WeightFiles(found, wanted);
  }

  private static String variant(Matcher name) {
    for (int group = 1; group <= name.groupCount(); group++) {
      if (name.group(group) != null) {
        return name.group(group);
      }
    }
    return "";
  }

  /** The files of a folder, in order. */
  static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !Files.isDirectory(file)).sorted().toList();
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "cannot be listed",
          "a folder that can be read",
          "mend its permissions",
          e);
    }
  }

  /** The tensors of a file of weights alone, by the ending of its name. */
  static Tensors read(Path path) {
    String name = path.getFileName().toString();
    if (name.contains(".bin.index.")) {
      return new Tensors(
          TensorFiles.sharded(path, file -> StateDict.set(file, PickleFile.read(file))));
    }
    return name.endsWith(".safetensors") || name.endsWith(".json")
        ? new Tensors(TensorFiles.safetensors(path))
        : StateDict.tensors(path, PickleFile.read(path));
  }
}
