package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.config.Configs;
import io.github.fdistill.wire.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelConfigList;
import io.github.fdistill.wire.ModelServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The file models.config of a model's folder: which version is stable, and which canary. */
final class VersionLabels {
  static final String FILE = "models.config";
  private static final String STABLE = "stable";

  private VersionLabels() {}

  /**
   * What the file is to say when a version has got a label. Other labels keep their versions, as
   * long as these are there; the versions that have a label are those that are served. Where none
   * is stable yet, the one before is: a canary does not take its place. All else that stands there
   * is left out.
   *
   * @param leftOut hears of fields that are not known here, and of other models, in words
   * @throws InputException when the file that is there is malformed
   */
  static ModelServerConfig with(
      Path model, String name, String label, long version, Consumer<String> leftOut)
      throws IOException {
    Map<String, Long> labels = new TreeMap<>();
    Path file = model.resolve(FILE);
    if (Files.isRegularFile(file)) {
      ModelServerConfig none = ModelServerConfig.getDefaultInstance();
      ModelServerConfig there = Configs.readKnown(file, none, leftOut);
      for (ModelConfig config : there.getModelConfigList().getConfigList()) {
        if (config.getName().equals(name)) {
          labels.putAll(config.getVersionLabelsMap());
        } else {
          leftOut.accept("the model " + Shown.name(config.getName()));
        }
      }
    }
    labels.values().removeIf(v -> !Files.isDirectory(model.resolve(Long.toString(v))));
    labels.put(label, version);
    if (!labels.containsKey(STABLE)) {
      before(model, version).ifPresent(earlier -> labels.put(STABLE, earlier));
    }
    ServableVersionPolicy.Builder policy = ServableVersionPolicy.newBuilder();
    policy.getSpecificBuilder().addAllVersions(new TreeSet<>(labels.values()));
    ModelConfig config =
        ModelConfig.newBuilder()
            .setName(name)
            .setBasePath("/models/" + name)
            .setModelPlatform("tensorflow")
            .setModelVersionPolicy(policy)
            .putAllVersionLabels(labels)
            .build();
    return ModelServerConfig.newBuilder()
        .setModelConfigList(ModelConfigList.newBuilder().addConfig(config))
        .build();
  }

  /** The newest version that is older than this one. */
  private static Optional<Long> before(Path model, long version) throws IOException {
    if (!Files.isDirectory(model)) {
      return Optional.empty();
    }
    try (Stream<Path> children = Files.list(model)) {
      return children
          .filter(child -> child.getFileName().toString().matches("[0-9]{1,18}"))
          .filter(Files::isDirectory)
          .map(child -> Long.parseLong(child.getFileName().toString()))
          .filter(number -> number < version)
          .max(Long::compare);
    }
  }
}
