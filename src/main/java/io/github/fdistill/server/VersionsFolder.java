package io.github.fdistill.server;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.Shown;
import io.github.fdistill.config.Configs;
import io.github.fdistill.hosting.Enclosed;
import io.github.fdistill.savedmodel.NamesNear;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.wire.BatchingParameters;
import io.github.fdistill.wire.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelServerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.logging.log4j.Logger;

/**
 * A model's folder: its versions {@code 1/}, {@code 2/}, ..., and beside them what TensorFlow
 * Serving is told of it, {@code models.config} and {@code batching_parameters.pbtxt}, where there
 * are such files.
 *
 * @param name that the model is served by: the folder's
 */
record VersionsFolder(String name, Path path) {
  private static final Logger LOG = Logs.of(VersionsFolder.class);
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();
  private static final int MOST_TOLD = 1_000;
  static final String CONFIG = "models.config";
  private static final String BATCHING = "batching_parameters.pbtxt";

  /**
   * What is there now.
   *
   * @param versions that are to be served, by number
   * @param labels from names to versions
   * @param unnamed newer versions that models.config does not name
   * @param absent what it names of which there is no version, such as "version 7"
   */
  record Contents(
      NavigableMap<Long, Path> versions,
      Map<String, Long> labels,
      Set<Long> unnamed,
      Set<String> absent) {}

  /**
   * A model's folder by its path.
   *
   * @throws InputException when it is none
   */
  static VersionsFolder at(Path path) {
    if (!Files.isDirectory(path)) {
      throw new InputException(
          path.toString(),
          Files.exists(path) ? "a file" : "no such folder",
          "a model's folder, with versions 1, 2, ... in it",
          "check the path; " + NamesNear.of(path, "savedmodels"));
    }
    Path named = path.toAbsolutePath().normalize().getFileName();
    String name = named == null ? "" : named.toString(); // Of the root of all folders.
    VersionsFolder folder = new VersionsFolder(name, path);
    if (folder.numbered().isEmpty()) {
      throw new InputException(
          path.toString(),
          "no folder in it is named by a number",
          "a model's folder, with versions 1, 2, ... in it",
          Files.exists(path.resolve("saved_model.pb"))
              ? "name the folder above, whose versions are served"
              : "check the path, or export a model there");
    }
    return folder;
  }

  /** How its requests are batched; what its file does not say is the server's own. */
  Batching batching() {
    Path file = path.resolve(BATCHING);
    BatchingParameters parameters = BatchingParameters.getDefaultInstance();
    return Batching.of(
        file.toString(), Enclosed.hasText(path, file) ? read(file, parameters) : parameters);
  }

  /**
   * Which versions are to be served now.
   *
   * @throws InputException when models.config is malformed or of another model
   */
  Contents contents() {
    ModelConfig config = config();
    NavigableMap<Long, Path> all = numbered();
    ServableVersionPolicy policy = config.getModelVersionPolicy();
    NavigableMap<Long, Path> served = new TreeMap<>();
    Set<Long> unnamed = new TreeSet<>();
    switch (policy.getPolicyChoiceCase()) {
      case ALL -> served.putAll(all);
      case SPECIFIC -> {
        served.putAll(all);
        served.keySet().retainAll(policy.getSpecific().getVersionsList());
        unnamed.addAll(
            served.isEmpty() ? all.keySet() : all.tailMap(served.lastKey(), false).keySet());
      }
      default -> {
        long newest = Math.max(1, Integer.toUnsignedLong(policy.getLatest().getNumVersions()));
        all.descendingMap().entrySet().stream()
            .limit(newest)
            .forEach(e -> served.put(e.getKey(), e.getValue()));
      }
    }
    return new Contents(served, config.getVersionLabelsMap(), unnamed, absent(config, served));
  }

  private static Set<String> absent(ModelConfig config, NavigableMap<Long, Path> served) {
    Set<String> absent = new TreeSet<>();
    for (long version : config.getModelVersionPolicy().getSpecific().getVersionsList()) {
      if (!served.containsKey(version)) {
        absent.add("version " + version);
      }
    }
    config
        .getVersionLabelsMap()
        .forEach(
            (label, version) -> {
              if (!served.containsKey(version)) {
                absent.add("label " + Shown.name(label) + " of version " + version);
              }
            });
    return absent;
  }

  private ModelConfig config() {
    Path file = path.resolve(CONFIG);
    if (!Enclosed.hasText(path, file)) {
      return ModelConfig.getDefaultInstance();
    }
    ModelServerConfig whole = read(file, ModelServerConfig.getDefaultInstance());
    return whole.getModelConfigList().getConfigList().stream()
        .filter(config -> config.getName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    file.toString(),
                    "no model of the name '" + name + "' in it",
                    "model_config_list { config { name: \"" + name + "\" ... } }",
                    "correct the name there, or remove the file"));
  }

  /** TensorFlow Serving's own files have fields that are of no use here. */
  private static <M extends Message> M read(Path file, M message) {
    return Configs.readKnown(file, message, found -> tell(file + ": " + found));
  }

  /** Once: the files are read again and again. */
  private static void tell(String found) {
    if (TOLD.size() < MOST_TOLD && TOLD.add(found)) {
      LOG.warn("Passed over, and whatever else is not known there: {}", found);
    }
  }

  /** All versions that are there, served or not. */
  NavigableMap<Long, Path> numbered() {
    NavigableMap<Long, Path> versions = new TreeMap<>();
    try (Stream<Path> children = Files.list(path)) {
      children
          .filter(SavedModel::isVersionIn)
          .forEach(version -> versions.put(SavedModel.number(version), version));
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(
          path.toString(), "cannot be listed", "a readable folder", "check its rights", e);
    }
    return versions;
  }
}
