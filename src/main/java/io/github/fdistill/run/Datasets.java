package io.github.fdistill.run;

import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.data.Background;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Mirrored;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Split;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The images that a config names. */
public final class Datasets {
  private Datasets() {}

  /**
   * Opens a dataset and looks at all its images, so that what cannot be used is found before the
   * run; the training images with their mirror images where the config says so.
   *
   * @param file of the config, for messages
   * @throws io.github.fdistill.InputException if it is no dataset, or an image cannot be used
   */
  public static ImageSource open(
      Workspace workspace, Path file, DatasetConfig dataset, Split split) {
    Brought.require(workspace, file, dataset);
    ImageSource images =
        ImageSources.open(workspace.path(dataset.getPath()), split, reading(file, dataset));
    images.check();
    return dataset.getFlip() && split == Split.TRAIN ? new Mirrored(images) : images;
  }

  private static PictureReading reading(Path file, DatasetConfig dataset) {
    return new PictureReading(
        Background.parse(file + ": field dataset.background", dataset.getBackground()),
        dataset.getConvert(),
        dataset.getSkipDamaged());
  }

  /**
   * The images as an input of the run. Those that an earlier session could not read, and has noted,
   * may be others by now: the run has used none of them.
   *
   * @param run its name
   */
  static RunPlan.Input input(Workspace workspace, String run, String path, ImageSource images)
      throws IOException {
    RunPlan.Input input = RunPlan.Input.dataset(workspace, path, images);
    Path noted = new RunFiles(RunSession.folder(workspace, run)).unreadImages();
    if (!Files.isRegularFile(noted)) {
      return input;
    }
    Map<String, String> others = new TreeMap<>();
    for (String line : Files.readAllLines(noted)) {
      String[] parts = line.split("\t", 2);
      if (parts.length == 2) {
        others.put(parts[0], parts[1]);
      }
    }
    return input.formerly(images.fingerprintWith(others));
  }
}
