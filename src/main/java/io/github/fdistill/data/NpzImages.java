package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.KeptOpen;
import io.github.fdistill.files.ShellWord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Images in a .npz file, as numpy.savez writes arrays: the one array that can be images, and the
 * one that can be their labels. Where names say train and test, each part has its own.
 */
final class NpzImages {
  /** Of the Java heap, at most, for the arrays that are read: they are held in memory. */
  private static final double SHARE_OF_HEAP = 0.5;

  private static final String ENDING = ".npy";

  /** An array, of which the header is read. */
  private record Part(String name, NpyHeader header) {
    private boolean isImages() {
      long[] shape = header.shape();
      boolean images = shape.length == 4 || (shape.length == 3 && shape[1] > 1 && shape[2] > 1);
      return images && !isPicture() && !NpyNames.areIn(header);
    }

    /** One in colour, or grey images that are as narrow. */
    private boolean isPicture() {
      return NpyShape.isPicture(header.shape()) && !NpyNames.areIn(header);
    }

    /** [count], or [count, K]. */
    private boolean isLabelsOf(long count) {
      long[] shape = header.shape();
      return (shape.length == 1 || shape.length == 2) && shape[0] == count;
    }

    /** Of numbers or of names, which labels can be. */
    private boolean isPlain() {
      return NpyType.isOf(header) || NpyNames.areIn(header);
    }

    private boolean isCalled(LabelName kind) {
      return LabelName.of(name.substring(0, name.length() - ENDING.length())) == kind;
    }

    /**
     * By its name: of whatever shape where that says nothing else, for a wrong number of labels is
     * to be told; a single number may count them.
     */
    private boolean isCalledLabelsOf(long count) {
      return (isCalled(LabelName.LABELS) && header.shape().length > 0)
          || (isCalled(LabelName.AMONG_OTHERS) && isLabelsOf(count));
    }

    private Optional<String> part() {
      return PartName.part(name);
    }

    private boolean isOf(String part) {
      return part().equals(Optional.of(part));
    }

    private Optional<Split> split() {
      return PartName.split(name);
    }
  }

  private NpzImages() {}

  /**
   * Opens a part of it.
   *
   * @throws InputException if it is damaged, or it is not clear which arrays are meant
   */
  static ImageSource open(Path npz, Split split, PictureReading reading) {
    long most = (long) (SHARE_OF_HEAP * Runtime.getRuntime().maxMemory());
    return open(npz, split, reading, Math.min(most, Integer.MAX_VALUE - 16));
  }

  static ImageSource open(Path npz, Split split, PictureReading reading, long mostBytes) {
    try {
      return KeptOpen.by(ZipArchive.open(npz), archive -> of(archive, split, reading, mostBytes));
    } catch (IOException e) {
      throw ArchiveName.damaged(npz, DiskRefusal.reason(e), e);
    }
  }

  private static ImageSource of(
      Archive archive, Split split, PictureReading reading, long mostBytes) throws IOException {
    Path npz = archive.path();
    List<Part> parts = parts(archive);
    Part images = images(npz, parts, split);
    Split own = images.split().filter(split::equals).orElse(Split.TRAIN);
    PackRemedy remedy = new PackRemedy(npz, own, reading.ofArray());
    long count = images.header.shape()[0];
    Optional<Part> labels = labels(npz, parts, images, count);
    requireRoom(archive, images, labels, remedy, mostBytes);
    NpyArray array = NpyArray.of(images.header, values(archive, images), reading, remedy);
    Optional<NpyLabels> read = Optional.empty();
    if (labels.isPresent()) {
      NpyHeader header = labels.get().header;
      read = NpyLabels.of(header, values(archive, labels.get()), images.name, count);
    }
    List<String> used = new ArrayList<>(List.of(images.name));
    labels.ifPresent(part -> used.add(part.name));
    NpyImages source =
        new NpyImages(
            array,
            read,
            passedOver(parts, images, used),
            remedy,
            () -> archive.fingerprint(used, Map.of()));
    source.requireUnits(remedy);
    return source;
  }

  /** Whether there are images for tests beside those for training. */
  static boolean hasParts(Path npz) {
    return splits(npz).containsAll(EnumSet.allOf(Split.class));
  }

  /** Whether there are images for tests, beside others or alone. */
  static boolean hasTests(Path npz) {
    return splits(npz).contains(Split.TEST);
  }

  /** Which parts its arrays of images are, by their names. */
  private static EnumSet<Split> splits(Path npz) {
    EnumSet<Split> splits = EnumSet.noneOf(Split.class);
    try (Archive archive = ZipArchive.open(npz)) {
      for (Part part : parts(archive)) {
        part.split().filter(split -> part.isImages()).ifPresent(splits::add);
      }
    } catch (IOException e) {
      throw ArchiveName.damaged(npz, DiskRefusal.reason(e), e);
    }
    return splits;
  }

  private static List<Part> parts(Archive archive) {
    List<Part> parts = new ArrayList<>();
    for (String name : archive.names()) {
      if (name.endsWith(ENDING)) {
        Path where = archive.path().resolve(name);
        try {
          byte[] start = archive.start(name, 1 << 16);
          parts.add(new Part(name, NpyHeader.read(where, new ByteArrayInputStream(start))));
        } catch (IOException e) {
          throw ArchiveName.damaged(archive.path(), DiskRefusal.reason(e), e);
        }
      }
    }
    return parts;
  }

  private static Part images(Path npz, List<Part> parts, Split split) {
    List<Part> images = parts.stream().filter(Part::isImages).toList();
    if (images.isEmpty()) {
      images = parts.stream().filter(Part::isPicture).toList(); // Which NpyShape has words for.
    }
    if (split == Split.TRAIN && images.size() == 1) {
      return images.get(0);
    }
    List<Part> ofSplit = images.stream().filter(p -> p.split().equals(Optional.of(split))).toList();
    if (ofSplit.isEmpty()) {
      ofSplit = images.stream().filter(p -> p.split().isEmpty()).toList();
    }
    if (ofSplit.size() > 1) {
      List<Part> tests = ofSplit.stream().filter(p -> p.isOf("test")).toList();
      ofSplit = tests.size() == 1 ? tests : ofSplit;
    }
    return only(npz, parts, ofSplit, "images, [N,H,W,C] or [N,H,W]");
  }

  /**
   * Those that are called labels; where none is, what may be labels by its shape and name; and
   * where none may, a name for each image. Labels of a part that has images of its own are never
   * those of others.
   */
  private static Optional<Part> labels(Path npz, List<Part> parts, Part images, long count) {
    boolean any = images.split().isEmpty() || parts.stream().filter(Part::isImages).count() == 1;
    List<Part> ofImages =
        parts.stream()
            .filter(p -> !p.isImages() && (any || p.split().equals(images.split())))
            .filter(p -> p.part().isEmpty() || p.part().equals(images.part()) || !has(parts, p))
            .toList();
    List<Part> labels = ofImages.stream().filter(p -> p.isCalledLabelsOf(count)).toList();
    labels = preferred(labels, p -> p.part().equals(images.part()));
    labels = preferred(preferred(labels, p -> p.isLabelsOf(count)), Part::isPlain);
    List<Part> fitting = ofImages.stream().filter(p -> p.isLabelsOf(count) && p.isPlain()).toList();
    if (labels.isEmpty()) {
      labels = fitting.stream().filter(p -> p.isCalled(LabelName.PERHAPS)).toList();
    }
    if (labels.isEmpty()) {
      labels =
          fitting.stream()
              .filter(p -> p.isCalled(LabelName.NAMES) && NpyNames.areIn(p.header))
              .toList();
    }
    return labels.isEmpty()
        ? Optional.empty()
        : Optional.of(only(npz, parts, labels, "labels of them, [N]"));
  }

  /** Whether there are images of the part that the labels are of. */
  private static boolean has(List<Part> parts, Part labels) {
    return parts.stream().anyMatch(p -> p.isImages() && p.part().equals(labels.part()));
  }

  /** Those of several that are such; all where none is. */
  private static List<Part> preferred(List<Part> parts, Predicate<Part> such) {
    List<Part> found = parts.stream().filter(such).toList();
    return found.isEmpty() ? parts : found;
  }

  /**
   * The arrays that nothing is read from, but for those of the other part; those that validate are
   * of no part where there are others for tests.
   */
  private static List<String> passedOver(List<Part> parts, Part images, List<String> used) {
    boolean tests = parts.stream().anyMatch(p -> p.isImages() && p.isOf("test"));
    List<String> others =
        parts.stream()
            .filter(p -> !used.contains(p.name))
            .filter(
                p ->
                    p.split().isEmpty()
                        || p.split().equals(images.split())
                        || (tests && p.isOf("val")))
            .map(p -> p.name)
            .toList();
    if (others.isEmpty()) {
      return List.of();
    }
    return List.of(
        "passed over: "
            + Listing.first(others, ", ")
            + (used.size() > 1 ? "" : "; labels are known by a name as label, target, class or y"));
  }

  private static Part only(Path npz, List<Part> parts, List<Part> fitting, String what) {
    if (fitting.size() != 1) {
      List<String> all =
          parts.stream()
              .limit(20)
              .map(p -> p.name + " " + Arrays.toString(p.header.shape()).replace(" ", ""))
              .toList();
      throw new InputException(
          npz.toString(),
          "arrays " + String.join(", ", all),
          "one array of " + what,
          "save images and labels alone, with numpy.savez");
    }
    return fitting.get(0);
  }

  /**
   * Refuses arrays that are too large to be held in memory together.
   *
   * @param remedy says where the array of images may lie instead
   */
  private static void requireRoom(
      Archive archive, Part images, Optional<Part> labels, PackRemedy remedy, long most) {
    long size = size(archive, images) + labels.map(part -> size(archive, part)).orElse(0L);
    if (size > most) {
      Path free = remedy.free();
      String beside =
          labels.map(part -> " && " + taken(archive, part, NpyLabels.path(free))).orElse("");
      throw new InputException(
          archive.where(images.name),
          (size >> 20) + " MiB" + (labels.isPresent() ? " with its labels" : ""),
          "at most " + (most >> 20) + " MiB, for they are held in memory",
          "take what it holds out of it, which leaves it as it is: "
              + taken(archive, images, free)
              + beside);
    }
  }

  private static long size(Archive archive, Part part) {
    return archive.entries().get(part.name).size();
  }

  /** The command that writes an array alone. */
  private static String taken(Archive archive, Part part, Path to) {
    return "unzip -p "
        + ShellWord.quoted(archive.path().toString())
        + " "
        + ShellWord.quoted(part.name)
        + " > "
        + ShellWord.quoted(to.toString());
  }

  private static NpyValues values(Archive archive, Part part) {
    return NpyValues.of(archive.start(part.name, (int) size(archive, part) + 1));
  }
}
