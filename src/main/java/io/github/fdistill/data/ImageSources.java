package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DatasetConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Opens images in whatever form they lie on disk. */
public final class ImageSources {
  private ImageSources() {}

  /**
   * Opens a folder of an IDX dataset, a folder of pictures or of folders of them, or a .npy file.
   *
   * @param split which part, of a dataset; the other forms have no parts
   * @throws InputException if the path is none of these, or what it is is damaged
   * @see IdxDataset#open
   * @see ImageFolder#open
   * @see NpyImages#open
   */
  public static ImageSource open(Path path, Split split) {
    if (Files.isDirectory(path)) {
      if (IdxDataset.isIn(path)) {
        return IdxDataset.open(path, split);
      } else if (PictureNames.areIn(path)) {
        return ImageFolder.open(path);
      }
      throw refused(path, "a folder that holds " + Listing.of(path, entry -> true));
    } else if (!Files.exists(path)) {
      throw refused(path, "no such folder or file", "choose " + Listing.beside(path));
    } else if (path.toString().toLowerCase(Locale.ROOT).endsWith(".npy")) {
      return NpyImages.open(path);
    }
    throw refused(path, "a file whose name does not end in .npy");
  }

  /**
   * What the classes of images are called where a file beside them says so; the images are not
   * opened, and need not be there.
   *
   * @see ClassesFile
   */
  public static List<String> classNames(Path path) {
    return ClassesFile.read(
        Files.isDirectory(path) ? path.resolve(ClassesFile.NAME) : ClassesFile.beside(path));
  }

  /** The training images of a setting, with their mirror images where it says so. */
  public static ImageSource training(Path path, DatasetConfig config) {
    ImageSource images = open(path, Split.TRAIN);
    return config.getFlip() ? new Mirrored(images) : images;
  }

  /** Whether a path is that of images with a test part beside the training part. */
  public static boolean hasParts(Path path) {
    return IdxDataset.isIn(path);
  }

  private static InputException refused(Path path, String found) {
    return refused(path, found, "choose one of these; `data` and `sample` write arrays");
  }

  private static InputException refused(Path path, String found, String remedy) {
    return new InputException(
        path.toString(),
        found,
        """
        one of
            a dataset: a folder with train-images-idx3-ubyte.gz and its three companions
            pictures:  a folder with files .png, .jpg or .jpeg, all of one size
            classes:   a folder with such a folder for each class
            an array:  a file .npy, [N,H,W,C], float32 from -1 to 1 or uint8""",
        remedy);
  }
}
