package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.config.Configs;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.wire.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelConfigList;
import io.github.fdistill.wire.ModelServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** The file models.config of a model's folder: which version is stable, and which canary. */
final class VersionLabels {
  static final String FILE = "models.config";
  private static final String STABLE = "stable";

  private VersionLabels() {}

  /**
   * What the file is to say when a version has got a label. Other labels keep their versions, as
   * long as these are there; the versions that have a label are those that are served, or all where
   * it says so. Where none is stable yet, the one before is: a canary does not take its place. What
   * it says of the folder and the platform stays; all else that stands there is left out.
   *
   * @param leftOut hears of all else, in words
   * @throws InputException when the file that is there is malformed
   */
  static ModelServerConfig with(
      Path model, String name, String label, long version, Consumer<String> leftOut) {
    ModelConfig there = there(model, name, leftOut);
    Map<String, Long> labels = new TreeMap<>();
    there
        .getVersionLabelsMap()
        .forEach(
            (other, of) -> {
              if (Files.isDirectory(model.resolve(Long.toString(of)))) {
                labels.put(other, of);
              } else {
                leftOut.accept(
                    "the label " + Shown.name(other) + " of version " + of + ", which is gone");
              }
            });
    labels.put(label, version);
    if (!labels.containsKey(STABLE)) {
      before(model, version).ifPresent(earlier -> labels.put(STABLE, earlier));
    }
    ServableVersionPolicy policy = there.getModelVersionPolicy();
    if (!policy.hasAll()) {
      tellLeftOut(there, leftOut);
      ServableVersionPolicy.Builder labelled = ServableVersionPolicy.newBuilder();
      labelled.getSpecificBuilder().addAllVersions(new TreeSet<>(labels.values()));
      policy = labelled.build();
    }
    ModelConfig.Builder config = there.toBuilder();
    config.setModelVersionPolicy(policy).clearVersionLabels().putAllVersionLabels(labels);
    return ModelServerConfig.newBuilder()
        .setModelConfigList(ModelConfigList.newBuilder().addConfig(config))
        .build();
  }

  /** What the file says of the model; where it says nothing, what a container is told. */
  private static ModelConfig there(Path model, String name, Consumer<String> leftOut) {
    ModelConfig.Builder there =
        ModelConfig.newBuilder()
            .setName(name)
            .setBasePath("/models/" + name)
            .setModelPlatform("tensorflow");
    Path file = model.resolve(FILE);
    if (RegularFile.isThere(file)) {
      ModelServerConfig none = ModelServerConfig.getDefaultInstance();
      ModelServerConfig whole = Configs.readKnown(file, none, leftOut);
      for (ModelConfig config : whole.getModelConfigList().getConfigList()) {
        if (config.getName().equals(name)) {
          there.mergeFrom(config); // What it leaves empty stays.
        } else {
          leftOut.accept("the model " + Shown.name(config.getName()));
        }
      }
    }
    return there.build();
  }

  /** Of which versions were served; what has had a label, and has it no more, is not meant. */
  private static void tellLeftOut(ModelConfig there, Consumer<String> leftOut) {
    ServableVersionPolicy policy = there.getModelVersionPolicy();
    if (policy.hasLatest()) {
      int count = policy.getLatest().getNumVersions();
      leftOut.accept("the policy of the newest (num_versions: " + count + "); labels say it");
    }
    Set<Long> unnamed = new TreeSet<>(policy.getSpecific().getVersionsList());
    unnamed.removeAll(there.getVersionLabelsMap().values());
    unnamed.forEach(of -> leftOut.accept("version " + of + ", which has no label"));
  }

  /** The newest version that is older than this one, and no link to nothing. */
  private static Optional<Long> before(Path model, long version) {
    return SavedModel.versions(model).stream()
        .filter(Files::isDirectory)
        .map(SavedModel::number)
        .filter(number -> number < version)
        .max(Long::compare);
  }
}
