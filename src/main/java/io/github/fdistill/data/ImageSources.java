package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Opens images in whatever form they lie on disk. */
public final class ImageSources {
  private static final String CHOOSE = "choose one of these; `data` and `sample` write arrays";

  /** Endings of the files that hold many images each. */
  private static final List<String> FILES =
      List.of(".npy", ".npz", ".zip", ".tar", ".tar.gz", ".tgz");

  private ImageSources() {}

  /**
   * Opens images as they are: see {@link #open(Path, Split, PictureReading)}.
   *
   * @throws InputException if the path is none of these, or what it is is damaged
   */
  public static ImageSource open(Path path, Split split) {
    return open(path, split, PictureReading.STRICT);
  }

  /**
   * Opens a folder or an archive (.zip, .tar, .tar.gz) of pictures, of folders of them or of
   * CIFAR's batches, a folder of an IDX dataset, or an array (.npy, .npz).
   *
   * @param split which part, of what has parts
   * @param reading of pictures and arrays; of any, the size that they are brought to
   * @throws InputException if the path is none of these, or what it is is damaged
   * @see IdxDataset#open
   * @see ImageFolder#open
   * @see NpyImages#open
   */
  public static ImageSource open(Path path, Split split, PictureReading reading) {
    ImageSource images = asTheyAre(path, split, reading);
    return reading.size().map(size -> size.of(images)).orElse(images);
  }

  private static ImageSource asTheyAre(Path path, Split split, PictureReading reading) {
    if (IdxDataset.isIn(path)) {
      return IdxDataset.open(path, split);
    } else if (!Files.exists(path)) {
      throw refused(path, "no such folder or file", "choose " + otherName(path));
    } else if (endsWith(path, ".npy")) {
      return NpyImages.open(path, reading);
    } else if (endsWith(path, ".npz")) {
      return NpzImages.open(path, split, reading);
    }
    NamedFiles files =
        files(path, reading)
            .orElseThrow(
                () -> refused(path, "a file whose name ends in none of .npy, .npz, .zip, .tar"));
    if (CifarDataset.isIn(files)) {
      if (PictureNames.areIn(files)) {
        throw new InputException(
            path.toString(),
            "batches of CIFAR and pictures: " + Listing.of(files, ""),
            "one of both",
            "move one of them elsewhere, or name the folder of the other");
      }
      return CifarDataset.open(files, split);
    } else if (PictureNames.areIn(files)) {
      return ImageFolder.open(files, split, reading);
    }
    String kind = Files.isDirectory(path) ? "a folder" : "an archive";
    throw refused(path, kind + " that holds " + Listing.of(files, ""), within(files));
  }

  /**
   * What is there: of NAME:val the set NAME, of which a part for tests is NAME:test where one part
   * is asked for; or others.
   */
  private static String otherName(Path path) {
    String name = path.toString();
    String set = name.substring(0, Math.max(0, name.lastIndexOf(':')));
    if (set.isEmpty() || !Files.exists(Path.of(set))) {
      return Listing.beside(path);
    }
    return name.endsWith(":test")
        ? set
            + ": here the whole set is named; its test images are taken where it has some, or a"
            + " config's test_dataset names others"
        : set + ", or " + set + ":test where it has a part for tests: no other part is named so";
  }

  /**
   * A folder that holds one file of images, such as an archive beside its licence, or one folder of
   * IDX files, names it.
   */
  private static String within(NamedFiles files) {
    if (!Files.isDirectory(files.path())) {
      return CHOOSE;
    }
    List<String> images =
        files.names().stream()
            .filter(name -> FILES.stream().anyMatch(lower(name)::endsWith))
            .toList();
    List<Path> sets =
        files.folders().stream().map(files.path()::resolve).filter(IdxDataset::isIn).toList();
    return sets.size() == 1
        ? "name the folder in it: " + sets.get(0)
        : images.size() == 1
            ? "name the file in it: " + files.path().resolve(images.get(0))
            : CHOOSE;
  }

  /** What a folder or an archive holds; nothing of other files. */
  private static Optional<NamedFiles> files(Path path, PictureReading reading) {
    if (Files.isDirectory(path)) {
      FolderFiles folder = FolderFiles.of(path);
      return Optional.of(
          TarShards.areIn(folder) && !PictureNames.areIn(folder) && !CifarDataset.isIn(folder)
              ? TarShards.open(folder, reading.skipDamaged())
              : folder);
    } else if (endsWith(path, ".zip")) {
      return Optional.of(ZipArchive.open(path));
    }
    return endsWith(path, ".tar") || endsWith(path, ".tar.gz") || endsWith(path, ".tgz")
        ? Optional.of(TarArchive.open(path))
        : Optional.empty();
  }

  private static boolean endsWith(Path path, String ending) {
    return lower(path.toString()).endsWith(ending);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
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

  /** Whether a path is that of images with a test part beside the training part. */
  public static boolean hasParts(Path path) {
    return hasParts(path, PictureReading.STRICT);
  }

  private static boolean hasParts(Path path, PictureReading reading) {
    if (IdxDataset.isIn(path)) {
      return IdxDataset.hasTests(path);
    } else if (Files.isRegularFile(path) && endsWith(path, ".npz")) {
      return NpzImages.hasParts(path);
    }
    return Files.exists(path)
        && files(path, reading)
            .filter(f -> CifarDataset.hasTests(f) || PictureParts.has(f))
            .isPresent();
  }

  /**
   * Whether a path is that of images of which some are for tests, beside others or, in a .npz,
   * alone.
   *
   * @param reading as they are opened
   */
  public static boolean hasTests(Path path, PictureReading reading) {
    return Files.isRegularFile(path) && endsWith(path, ".npz")
        ? NpzImages.hasTests(path)
        : hasParts(path, reading);
  }

  private static InputException refused(Path path, String found) {
    return refused(path, found, CHOOSE);
  }

  private static InputException refused(Path path, String found, String remedy) {
    return new InputException(
        path.toString(),
        found,
        """
        one of
            a dataset: a folder with train-images-idx3-ubyte.gz and its three companions
            pictures:  a folder with files .png, .jpg, .webp, .gif, .bmp or .tif, all of one size
            classes:   a folder with such a folder for each class
            captions:  pictures with NAME.txt or NAME.json beside, or metadata.jsonl
            shards:    a folder of archives .tar of these
            an archive of these: .zip, .tar or .tar.gz
            CIFAR:     a folder or an archive with data_batch_1.bin, or data_batch_1, and its companions, all in one folder
            an array:  a file .npy or .npz, [N,H,W,C], float32 from -1 to 1 or uint8""",
        remedy);
  }
}
