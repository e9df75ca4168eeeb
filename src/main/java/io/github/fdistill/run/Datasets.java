package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.RowInput;
import io.github.fdistill.data.AskedSize;
import io.github.fdistill.data.Background;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.ImagesByRow;
import io.github.fdistill.data.Mirrored;
import io.github.fdistill.data.NpyRows;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** The images that a config names. */
public final class Datasets {
  private static final String CONFIG = "config";

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
        byRow(
            workspace,
            file,
            dataset,
            ImageSources.open(workspace.path(dataset.getPath()), split, reading(file, dataset)));
    images.check();
    return dataset.getFlip() && split == Split.TRAIN ? new Mirrored(images) : images;
  }

  /**
   * Decodes all pictures, where images are such, so that a damaged one is told of before work that
   * would be lost.
   *
   * @throws io.github.fdistill.InputException if one cannot be used
   */
  static void requireWhole(ImageSource images, Progress.Options shown) {
    AtomicReference<Progress> bar = new AtomicReference<>(); // None of arrays.
    try {
      images.checkPixels(
          done -> {
            synchronized (bar) {
              if (bar.get() == null) {
                bar.set(Progress.start("pixels", "image", 0, images.size(), shown));
              }
              bar.get().stepTo(done, 0, "");
            }
          });
    } finally {
      if (bar.get() != null) {
        bar.get().close();
      }
    }
  }

  /** With what files say of each image. */
  private static ImageSource byRow(
      Workspace workspace, Path file, DatasetConfig dataset, ImageSource images) {
    if (dataset.getByRowCount() == 0) {
      return images;
    }
    Configs.check(
        !dataset.getSkipDamaged(),
        file,
        "dataset.skip_damaged",
        "true, where images are left out, and by_row, whose rows are counted from the first image",
        "one of them: pack the images (./fdistill data ... --skip-damaged --out FILE.npy)");
    Map<String, NpyRows> rows = new LinkedHashMap<>();
    for (int i = 0; i < dataset.getByRowCount(); i++) {
      RowInput input = dataset.getByRow(i);
      Configs.check(
          !input.getInput().isEmpty() && !rows.containsKey(input.getInput()),
          file,
          "dataset.by_row[" + i + "].input",
          "'" + input.getInput() + "'",
          "the name of an input of the model's, each once");
      Configs.check(
          !input.getFile().isEmpty(),
          file,
          "dataset.by_row[" + i + "].file",
          "nothing",
          "a .npy with a row for each image");
      rows.put(input.getInput(), NpyRows.open(workspace.path(input.getFile())));
    }
    return new ImagesByRow(images, rows);
  }

  /**
   * How the images of a run were read, by its record; as they are where that does not tell.
   *
   * @param record of any command
   */
  static PictureReading reading(RecordFile record) {
    FirstRun run = new FirstRun(record);
    try {
      DatasetConfig dataset =
          run.command().equals("train")
              ? run.settings(CONFIG, DistillConfig.getDefaultInstance()).getDataset()
              : run.settings(CONFIG, PretrainConfig.getDefaultInstance()).getDataset();
      return reading(record.file(), dataset);
    } catch (InputException e) {
      return PictureReading.STRICT; // No run's, or one of settings that there are no more.
    }
  }

  private static PictureReading reading(Path file, DatasetConfig dataset) {
    return new PictureReading(
        Background.parse(file + ": field dataset.background", dataset.getBackground()),
        dataset.getConvert(),
        dataset.getSkipDamaged(),
        Optional.empty(),
        dataset.hasLayout() ? Optional.of(dataset.getLayout()) : Optional.empty(),
        AskedSize.parse(file + ": field dataset.resize", dataset.getResize()));
  }

  /**
   * The training images as an input of the run. Those that an earlier session could not read, and
   * has noted, may be others by now: the run has used none of them.
   *
   * @param run its name
   */
  static RunPlan.Input input(Workspace workspace, String run, String path, ImageSource images)
      throws IOException {
    return input(RunPlan.Input.DATASET, workspace, run, path, images, images);
  }

  /**
   * The same of images as a run takes them, with their captions. A run of before these counted was
   * begun with the images alone: it goes on.
   *
   * @param role what the run reads them for
   * @param images alone
   * @param told the same with what is said of them
   */
  static RunPlan.Input input(
      String role,
      Workspace workspace,
      String run,
      String path,
      ImageSource images,
      ImageSource told)
      throws IOException {
    RunPlan.Input input =
        RunPlan.Input.images(role, workspace, path, told).formerly(images.fingerprint());
    Path noted = new RunFiles(RunSession.folder(workspace, run)).unreadImages();
    if (!RegularFile.isThere(noted)) {
      return input;
    }
    Map<String, String> others = new TreeMap<>();
    RegularFile.lines(
        noted,
        FileKind.NOTE,
        (number, line) -> {
          String[] parts = line.split("\t", 2);
          if (parts.length == 2) {
            others.put(parts[0], parts[1]);
          }
        });
    return input.formerly(told.fingerprintWith(others)).formerly(images.fingerprintWith(others));
  }
}
