package io.github.fdistill.run;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.evaluation.PrincipalComponents;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the features network of {@link PrincipalComponents} of a dataset's training images: in a
 * moment, so that there is no run to go on with.
 */
public final class PixelFeaturesJob {
  private PixelFeaturesJob() {}

  /**
   * What was written.
   *
   * @param version its folder, or where it would be written
   * @param components none of a trial, which computes nothing
   */
  public record Written(Path version, Optional<PrincipalComponents> components) {}

  /** Whether settings ask for this. */
  public static boolean isFor(FeaturesConfig settings) {
    return settings.getPrincipalComponents() != 0;
  }

  /**
   * Computes and writes them, whole or not at all, as the next version of the model.
   *
   * @throws io.github.fdistill.InputException when a setting or the images are refused
   */
  public static Written run(RunOrder order, FeaturesConfig config) throws IOException {
    Workspace workspace = order.workspace();
    SettingChecks.check(order.file(), config);
    RunName.require(config.getName());
    Fits.requireTaken(
        order.file(), "dataset", config.getDataset(), "a formula of pixels", Conditioning.NONE);
    ImageSource images = Datasets.open(workspace, order.file(), config.getDataset(), Split.TRAIN);
    RunPlan.Input input = RunPlan.Input.dataset(workspace, config.getDataset().getPath(), images);
    order.requireSame(List.of(input));
    Path model = workspace.path("savedmodels").resolve(config.getName());
    Path version = SavedModel.nextVersion(model);
    if (order.dry()) {
      return new Written(version, Optional.empty());
    }
    Folders.requireWritable(model.getParent());
    RunRecord record = RunRecord.start(order.words().stream().map(workspace::relative).toList());
    PrincipalComponents components = components(order, config, images);
    record.put("command", "features");
    record.put(input.role(), Map.of("path", input.path(), "sha256", input.sha256()));
    record.put("config", Configs.print(ConfigPaths.relative(workspace, config)));
    record.put("share_of_variance", components.share());
    AtomicFolder.write(
        version,
        folder -> {
          try (SavedModelBuilder builder = new SavedModelBuilder()) {
            components.network(images.shape()).addTo(builder);
            builder.write(folder);
          }
          record.end().write(RunFiles.recordOf(folder));
        });
    return new Written(version, Optional.of(components));
  }

  private static PrincipalComponents components(
      RunOrder order, FeaturesConfig config, ImageSource images) {
    Progress.Options shown = order.progress();
    try (Progress bar = Progress.start("pixels", "image", 0, images.size(), shown)) {
      return PrincipalComponents.ofPixels(
          images, config.getPrincipalComponents(), n -> bar.stepTo(n, n, ""));
    }
  }
}
