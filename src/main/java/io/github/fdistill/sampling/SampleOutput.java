package io.github.fdistill.sampling;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.ImageGrid;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.PackedImages;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FilesTogether;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.network.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/** Where sampled images go, and in which form; {@link #of} finds out before any is drawn. */
public enum SampleOutput {
  /** A picture with a row for each class. */
  GRID {
    @Override
    public void write(Path path, Samples samples, SampleGrid grid, ClassNames names, int classes) {
      Samples.writePicture(path, grid, List.of(samples));
    }

    @Override
    public void requireRoom(SampleGrid grid, Shape image) {
      requirePicture("a .png", image);
      int height = (int) image.get(0);
      int width = (int) image.get(1);
      if (!ImageGrid.fits(grid.count(), grid.columns(), height, width, (int) image.get(2))) {
        throw InputException.ofValue(
            "out", "a .png of " + grid.count() + " images", "a .npy or a folder");
      }
    }
  },
  /** Numbers, [N,H,W,C] float32, with their labels beside where each is of a class. */
  NPY {
    @Override
    public void requireWritable(Path path) {
      super.requireWritable(path);
      // Of an array that is there, what lies beside goes.
      if (!Files.exists(path)) {
        PackedImages.requireNothingBeside(path);
      }
    }

    @Override
    public void write(Path path, Samples samples, SampleGrid grid, ClassNames names, int classes) {
      Optional<int[]> labels =
          grid.conditionOfEach()
              .labels()
              .filter(each -> IntStream.of(each).noneMatch(label -> isNone(label, classes)));
      NpyFile.replaceFloat32(path, samples.shape(), samples.inRange().values(), labels);
    }
  },
  /** A picture for each image. */
  FOLDER {
    @Override
    public void requireWritable(Path path) {
      Folders.requireWritable(path);
    }

    @Override
    public void requireRoom(SampleGrid grid, Shape image) {
      requirePicture("a folder", image);
      if (Drawable.ofPoints(image)) {
        throw InputException.ofValue(
            "out", "a folder, of points", "a .png, which shows them all, or a .npy");
      }
    }

    @Override
    public void write(Path path, Samples samples, SampleGrid grid, ClassNames names, int classes) {
      Images images = samples.images();
      List<String> files = fileNames(grid, names, classes);
      Map<String, AtomicFile.Content> pictures = new LinkedHashMap<>();
      for (int i = 0; i < images.count(); i++) {
        pictures.put(files.get(i), PngFile.content(images, i));
      }
      FilesTogether.write(path, pictures, List.of());
    }
  };

  /**
   * Writes them, whole or not at all: no file takes its place before all are written.
   *
   * @param names of the model's classes; may be none
   * @param classes how many it has, which is the label of no class; 0 or less: that is not known
   */
  public abstract void write(
      Path path, Samples samples, SampleGrid grid, ClassNames names, int classes)
      throws IOException;

  /**
   * What the pictures of a grid are called, row by row: by class and seed, such as {@code
   * class-9-ankle-boot-seed-7.png}, of which a folder is read back with its labels; where there are
   * texts by the text's place among those of its class too, from 1, such as {@code
   * class-9-ankle-boot-prompt-2-seed-7.png}; and of no class {@code class-none-seed-7.png}, where
   * there are none {@code prompt-2-seed-7.png} or {@code seed-7.png}: a folder with any such is
   * read back without labels.
   *
   * @param classes as for {@link #write}
   */
  public static List<String> fileNames(SampleGrid grid, ClassNames names, int classes) {
    ConditionRows conditions = grid.conditions();
    boolean texts =
        conditions.columns().containsKey(CaptionTokens.TOKENS)
            || conditions.columns().containsKey(Context.CONTEXT);
    int[] labels = conditions.labels().orElse(new int[0]);
    Map<Integer, Integer> rowsOf = new HashMap<>();
    List<String> files = new ArrayList<>();
    for (int row = 0; row < conditions.count(); row++) {
      boolean labelled = labels.length > 0;
      int place = rowsOf.merge(labelled ? labels[row] : 0, 1, Integer::sum);
      boolean counted = !labelled && conditions.count() > 1;
      String which = texts ? "prompt-" + place + "-" : counted ? "condition-" + place + "-" : "";
      String before = labelled ? "class-" + word(labels[row], names, classes) + "-" + which : which;
      for (long seed : grid.seeds()) {
        files.add(before + "seed-" + seed + ".png");
      }
    }
    return files;
  }

  private static String word(int label, ClassNames names, int classes) {
    return isNone(label, classes)
        ? "none"
        : label + (label < names.names().size() ? "-" + names.word(label) : "");
  }

  private static boolean isNone(int label, int classes) {
    return classes > 0 && label >= classes;
  }

  private static void requirePicture(String form, Shape image) {
    if (Drawable.ofLatents(image)) {
      throw InputException.ofValue(
          "out",
          form + " of " + Drawable.size(image) + ", which are latents",
          "a .npy; " + Drawable.DECODER);
    }
  }

  /**
   * Refuses a place where nothing can be written, or where what lies beside would be lost.
   *
   * @throws InputException with what is in the way
   */
  public void requireWritable(Path path) {
    WholeFile.requireWritable(path);
  }

  /** Refuses more images of this shape [H,W,C] than the form can hold. */
  public void requireRoom(SampleGrid grid, Shape image) {}

  /**
   * The form that a name asks for.
   *
   * @param out the value of --out
   * @param path the same, from the working directory
   * @throws InputException when it asks for none
   */
  public static SampleOutput of(String out, Path path) {
    String name = path.getFileName() == null ? "" : path.getFileName().toString();
    boolean folder = Files.isDirectory(path) || out.endsWith("/") || !name.contains(".");
    boolean grid = name.endsWith(".png");
    boolean named = !out.isBlank(); // An unset variable of a shell is no folder.
    if (!named || !folder && !grid && !name.endsWith(".npy")) {
      throw InputException.ofValue("out", out, "a name that ends in .png or .npy, or a folder");
    }
    if (folder) {
      return FOLDER;
    }
    return grid ? GRID : NPY;
  }
}
