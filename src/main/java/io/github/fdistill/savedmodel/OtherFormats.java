package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.files.ShellWord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What people have in the place of a SavedModel, by its name: files and folders of other programs,
 * and addresses. For each the road that leads in, as commands.
 */
final class OtherFormats {
  private static final String IMPORT = "./fdistill import ";

  /** How the road of a model of Keras, or of any that Python holds, begins. */
  private static final String PYTHON = "python -c \"";

  /** More files of a folder are not looked at. */
  private static final int MOST_LISTED = 1_000;

  private final Path path;
  private final String name;

  /** The path where a shell reads it. */
  private final String shown;

  private OtherFormats(Path path) {
    this.path = path;
    Path last = path.getFileName();
    name = last == null ? "" : last.toString();
    shown = ShellWord.quoted(path.toString());
  }

  /**
   * The way of a model to here.
   *
   * @param found what it is
   * @param commands that lead in
   */
  private record Road(String found, String commands) {}

  /**
   * What to say of a path that is no folder of a SavedModel.
   *
   * @param newest of the folders in it that are named as versions are, which would be read
   */
  static InputException refusal(Path path, Optional<Path> newest) {
    return newest
        .flatMap(OtherFormats::other)
        .or(() -> newest.filter(version -> hasVersions(path)).map(OtherFormats::noGraph))
        .or(() -> other(path))
        .or(() -> newest.filter(OtherFormats::isEmpty).map(OtherFormats::noGraph))
        .orElseGet(() -> MissingModel.refusal(path));
  }

  private static Optional<InputException> other(Path path) {
    return road(path)
        .map(
            road ->
                new InputException(
                    path.toString(), road.found(), "a SavedModel folder", road.commands()));
  }

  /** Whether any of the folders named by a number is a SavedModel: images' classes are none. */
  private static boolean hasVersions(Path path) {
    try (Stream<Path> children = Files.list(path)) {
      return children
          .filter(SavedModel::isVersion)
          .anyMatch(version -> Files.isRegularFile(version.resolve(SavedModelFile.NAME)));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    } catch (IOException e) {
      return !Files.exists(folder); // A link to nothing.
    }
  }

  private static InputException noGraph(Path version) {
    return new InputException(
        version.toString(),
        Files.exists(version)
            ? "the newest version, and there is no " + SavedModelFile.NAME + " in it"
            : "the newest version, and a link to nothing",
        "a SavedModel in the folder with the highest number",
        "copy that version again, or take its folder away");
  }

  private static Optional<Road> road(Path path) {
    OtherFormats other = new OtherFormats(path);
    if (Files.isDirectory(path)) {
      return other.folder();
    }
    return Files.exists(path) ? other.file() : other.absent();
  }

  private Optional<Road> file() {
    int dot = name.lastIndexOf('.');
    String ending = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    return switch (ending) {
      case "safetensors", "bin", "pth" -> Optional.of(weights());
      case "pt", "ckpt" ->
          Optional.of(
              new Road(
                  "weights as PyTorch saves them",
                  IMPORT
                      + shown
                      + named()
                      + "; add --as dit or --as sit for those of DiT and SiT,"
                      + " --like NETWORK.pbtxt for weights alone (docs/import.md)"));
      case "pkl", "pickle" ->
          Optional.of(new Road("a pickle, as EDM and EDM2 have them", IMPORT + shown + named()));
      case "onnx" -> Optional.of(new Road("a network of ONNX", IMPORT + shown + named()));
      case "keras", "h5", "hdf5" -> Optional.of(keras());
      case "tflite" ->
          Optional.of(
              new Road(
                  "a network of TensorFlow Lite, whose weights may be rounded to bytes",
                  "export the model that it was converted from, as a SavedModel or as ONNX"
                      + " (docs/import.md)"));
      case "pb" -> Optional.of(graph());
      case "index", "meta" -> Optional.of(checkpoint());
      case "json" -> name.endsWith(".index.json") ? Optional.of(weights()) : Optional.empty();
      case "zip", "tar", "gz", "tgz" -> Optional.of(archive());
      case "npz" -> Optional.of(arrays());
      case "pbtxt" ->
          Optional.of(
              new Road(
                  "a text of settings, or of a network",
                  "give it to the command that it is for: settings by --config, a network by"
                      + " ./fdistill pretrain --network "
                      + shown));
      case "msgpack", "gguf" ->
          Optional.of(
              new Road(
                  ending.equals("gguf")
                      ? "weights of GGUF, rounded to few bits"
                      : "weights of Flax",
                  "take the weights that they were made of, or save them as safetensors with the"
                      + " library that they are of, and import those (docs/import.md)"));
      default -> Optional.empty();
    };
  }

  private Road weights() {
    Path beside = path.toAbsolutePath().getParent();
    boolean described = beside != null && described(beside);
    return new Road(
        described ? "weights of the model whose folder it lies in" : "weights alone",
        described
            ? IMPORT + parent() + named()
            : IMPORT
                + shown
                + named()
                + " --like NETWORK.pbtxt, a description of the network that they are of"
                + " (docs/import.md)");
  }

  private String parent() {
    Path parent = path.getParent();
    return parent == null ? "." : new OtherFormats(parent).shown;
  }

  private Road keras() {
    return new Road(
        "a model of Keras",
        PYTHON
            + "import keras, sys; keras.saving.load_model(sys.argv[1]).export('"
            + target()
            + "')\" "
            + shown
            + " (weights alone go into the model that they are of first, with load_weights;"
            + " of Keras 2: pip install tf_keras, and import tf_keras as keras)");
  }

  private Road graph() {
    if (name.equals(SavedModelFile.NAME)) {
      return new Road("a file", "name the folder that it lies in: " + parent());
    }
    return new Road(
        "a frozen graph in the place of a SavedModel",
        "name the file itself, and what goes in and comes out in a mapping (docs/models.md):"
            + " ./fdistill inspect "
            + shown);
  }

  private Road archive() {
    String into = "savedmodels/" + slug();
    return new Road(
        "an archive",
        "unpack it: mkdir -p "
            + into
            + "; "
            + (name.endsWith(".zip") ? "unzip " + shown + " -d " : "tar -xf " + shown + " -C ")
            + into
            + "; ./fdistill inspect "
            + into);
  }

  private Road arrays() {
    String made = slug() + ".safetensors";
    return new Road(
        "arrays of NumPy",
        "pip install safetensors numpy; "
            + PYTHON
            + "import numpy, sys, safetensors.numpy as s;"
            + " s.save_file(dict(numpy.load(sys.argv[1])), '"
            + made
            + "')\" "
            + shown
            + "; "
            + IMPORT
            + made
            + named()
            + " --like NETWORK.pbtxt, a description of the network that they are of"
            + " (docs/import.md)");
  }

  private Road checkpoint() {
    return new Road(
        "a checkpoint of TensorFlow, which has weights and no network",
        "restore it in the Python program that it is of, and there:"
            + " tf.saved_model.save(model, '"
            + target()
            + "')");
  }

  private Optional<Road> folder() {
    if (described(path)) {
      return Optional.of(
          new Road(
              "a folder of the library diffusers, by its "
                  + (Files.exists(path.resolve("model_index.json"))
                      ? "model_index.json"
                      : "config.json"),
              IMPORT + shown + named()));
    }
    if (Files.exists(path.resolve("checkpoint"))) {
      return Optional.of(checkpoint());
    }
    try (Stream<Path> files = Files.list(path)) {
      return files
          .limit(MOST_LISTED)
          .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".pbtxt"))
          .sorted()
          .flatMap(file -> road(file).map(road -> inside(file, road)).stream())
          .findFirst()
          .or(this::parts);
    } catch (IOException e) {
      return Optional.empty(); // Reading it as a SavedModel says that it cannot be listed.
    }
  }

  /** A folder whose SavedModel lies deeper, or lacks its graph. */
  private Optional<Road> parts() {
    if (Files.isDirectory(path.resolve("variables"))) {
      return Optional.of(
          new Road(
              "the variables of a SavedModel without its graph",
              "copy " + SavedModelFile.NAME + " too, which lies beside variables/"));
    }
    List<String> models = MissingModel.within(path, MOST_LISTED);
    if (models.isEmpty()) {
      return Optional.empty();
    }
    if (models.size() == 1) {
      String at = models.get(0);
      return Optional.of(
          new Road("a folder with a SavedModel in " + at, "name that folder: " + at));
    }
    return Optional.of(
        new Road(
            "a folder with several SavedModels",
            "name the one that is meant: " + String.join(", ", models)));
  }

  private static Road inside(Path file, Road road) {
    return new Road("a folder with " + file.getFileName() + ", " + road.found(), road.commands());
  }

  private static boolean described(Path folder) {
    return Files.exists(folder.resolve("model_index.json"))
        || Files.exists(folder.resolve("config.json"));
  }

  /** An address, or a name of a hub in the place of a folder. */
  private Optional<Road> absent() {
    String text = path.toString();
    boolean address = text.matches("(?s).*\\b[a-z][a-z0-9+]+:/.*");
    if (address && text.matches("(?s).*(tfhub|kaggle).*")) {
      return Optional.of(
          new Road(
              "an address of a hub of TensorFlow",
              "download the model's archive there; mkdir -p "
                  + target()
                  + "; tar -xzf ARCHIVE.tar.gz -C "
                  + target()));
    }
    Path parent = path.getParent();
    boolean ours = text.matches("(savedmodels|runs|graphs|datasets)/.*");
    boolean twoWords =
        parent != null && !Files.exists(parent) && !ours && text.matches("[\\w.-]+/[\\w.-]+");
    if (!address && !twoWords) {
      return Optional.empty();
    }
    OtherFormats hub = new OtherFormats(Path.of(address ? owned() : text));
    return Optional.of(
        new Road(
            address ? "an address" : "no such folder, and perhaps the name of a model on a hub",
            (address ? "" : "check the path, or ")
                + "download it first: pip install huggingface_hub; hf download "
                + hub.shown
                + " --local-dir "
                + hub.slug()
                + "; "
                + IMPORT
                + hub.slug()
                + hub.named()));
  }

  /** The words after an address's host that name a model: its owner, if it has one, and itself. */
  private String owned() {
    List<String> words = new ArrayList<>();
    path.forEach(word -> words.add(word.toString()));
    return words.stream()
        .dropWhile(word -> !word.endsWith(":"))
        .skip(words.contains("hf:") ? 1 : 2)
        .takeWhile(word -> !word.matches("tree|blob|resolve"))
        .limit(2)
        .collect(Collectors.joining("/"));
  }

  private String named() {
    return " --name " + slug();
  }

  private String target() {
    return "savedmodels/" + slug() + "/1";
  }

  /** A name for the model, of what a name may have. */
  private String slug() {
    String plain =
        name.replaceFirst("(\\.tar|\\.safetensors\\.index)?\\.\\w+$", "").toLowerCase(Locale.ROOT);
    String slug = plain.replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    return slug.isEmpty() ? "model" : slug;
  }
}
