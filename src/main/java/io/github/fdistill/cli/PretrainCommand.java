package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill pretrain}. */
final class PretrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/pretrain.pbtxt";

  @Override
  public String name() {
    return "pretrain";
  }

  @Override
  public String summary() {
    return "trains a diffusion model (a teacher) on a dataset and writes its SavedModel";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG);
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill pretrain",
        "./fdistill pretrain --set name=small-teacher --set steps=500 --set batch_size=64");
  }

  @Override
  public void run(CommandLine line, List<String> words) throws IOException {
    Path file = Flags.config(line, CONFIG);
    PretrainConfig config =
        Configs.read(file, PretrainConfig.getDefaultInstance(), Flags.overrides(line));
    NetworkConfig network =
        Configs.read(
            file.resolveSibling("network.pbtxt"), NetworkConfig.getDefaultInstance(), List.of());
    ImageSource images = IdxDataset.open(Path.of(config.getDataset().getPath()), Split.TRAIN);

    try (RunSession run = RunSession.open(config.getName(), config, line, words);
        Pretraining training = new Pretraining(network, config)) {
      Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
      TrainingLoop.Outcome outcome =
          training.run(
              batches,
              run.outputs(config.getCheckpoint().getKeep(), (session, step) -> {}),
              run::stopped);
      run.record()
          .put(
              "dataset",
              Map.of("path", config.getDataset().getPath(), "sha256", images.fingerprint()));
      if (outcome.finished()) {
        DenoiserModel model = training.result();
        Path target = run.nextVersion();
        AtomicFolder.write(target, folder -> write(model, folder));
        System.out.println("wrote " + target);
      }
    }
  }

  private static void write(DenoiserModel model, Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      model.addTo(builder);
      builder.write(folder);
      model.writeInfo(folder);
    }
  }
}
