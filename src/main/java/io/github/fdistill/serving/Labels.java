package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.wire.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelConfigList;
import io.github.fdistill.wire.ModelServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The file models.config of a model's folder: which version is stable, and which canary. */
final class Labels {
  static final String FILE = "models.config";

  private Labels() {}

  /**
   * What the file is to say when a version has got a label. Other labels keep their versions, as
   * long as these are there; the versions that have a label are those that are served.
   *
   * @throws InputException when the file that is there is malformed
   */
  static ModelServerConfig with(Path model, String name, String label, long version) {
    Map<String, Long> labels = new TreeMap<>();
    Path file = model.resolve(FILE);
    if (Files.isRegularFile(file)) {
      Configs.read(file, ModelServerConfig.getDefaultInstance(), List.of())
          .getModelConfigList()
          .getConfigList()
          .stream()
          .filter(config -> config.getName().equals(name))
          .forEach(config -> labels.putAll(config.getVersionLabelsMap()));
    }
    labels.values().removeIf(v -> !Files.isDirectory(model.resolve(Long.toString(v))));
    labels.put(label, version);
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
}
