package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * CIFAR-10 and CIFAR-100 in their own binary batches: of each image its label (of CIFAR-100 the
 * coarse one before), then 32 x 32 levels of red, of green and of blue. Or in {@link CifarPickles}.
 */
final class CifarDataset {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  /** Values of an image. */
  static final int PLANES = 3 * PLANE;

  /** The files of a part, and how many labels stand before an image. */
  private enum Kind {
    TEN("data_batch_\\d\\.bin", "test_batch\\.bin", "batches\\.meta\\.txt", 1, 10),
    HUNDRED("train\\.bin", "test\\.bin", "fine_label_names\\.txt", 2, 100);

    private final CifarFiles called;
    private final int labels;
    private final int classes;

    Kind(String train, String test, String names, int labels, int classes) {
      this.called = new CifarFiles(train, test, names);
      this.labels = labels;
      this.classes = classes;
    }
  }

  private CifarDataset() {}

  /** Whether files are such a dataset: batches of it, and its list of names. */
  static boolean isIn(NamedFiles files) {
    return called(files).isPresent();
  }

  /** Whether they are one with images for tests. */
  static boolean hasTests(NamedFiles files) {
    return called(files).filter(called -> !called.of(files, Split.TEST).isEmpty()).isPresent();
  }

  private static Optional<CifarFiles> called(NamedFiles files) {
    return kind(files)
        .map(kind -> kind.called)
        .or(() -> CifarPickles.in(files).map(CifarPickles::called));
  }

  private static Optional<Kind> kind(NamedFiles files) {
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.called.areIn(files))
        .filter(kind -> kind == Kind.TEN || kind.called.names(files).isPresent())
        .findFirst();
  }

  /**
   * Reads a part into memory.
   *
   * @throws InputException if a batch is damaged, or the part is missing
   */
  static ImageSource open(NamedFiles files, Split split) {
    Optional<Kind> binary = kind(files);
    if (binary.isPresent()) {
      Kind kind = binary.get();
      List<String> batches = present(files, kind.called, split);
      List<byte[]> read = read(files, batches, files::read);
      Form form = new Form(kind.labels, kind.classes);
      return joined(files, batches, read, form, names(files, kind));
    }
    CifarPickles kind = CifarPickles.in(files).orElseThrow();
    List<String> batches = present(files, kind.called(), split);
    List<byte[]> read = read(files, batches, name -> kind.batch(files, name));
    return joined(files, batches, read, new Form(1, kind.classes()), kind.classNames(files));
  }

  /** All batches, which are held once as they are and once as images. */
  private static List<byte[]> read(
      NamedFiles files, List<String> batches, Function<String, byte[]> reading) {
    List<byte[]> read = new ArrayList<>();
    long held = 0;
    for (String name : batches) {
      read.add(reading.apply(name));
      held += read.get(read.size() - 1).length;
      Heap.require(files.path().toString(), "so many images in its batches", 2 * held);
    }
    return read;
  }

  private static List<String> present(NamedFiles files, CifarFiles called, Split split) {
    List<String> batches = called.of(files, split);
    if (batches.isEmpty()) {
      throw new InputException(
          files.path().toString(),
          "no file " + called.first(split),
          "both parts of CIFAR",
          "add the file");
    }
    return batches;
  }

  /**
   * What stands in a batch.
   *
   * @param labels before an image, the last of which counts
   */
  private record Form(int labels, int classes) {
    int record() {
      return labels + PLANES;
    }
  }

  private static ImageSource joined(
      NamedFiles files,
      List<String> batches,
      List<byte[]> read,
      Form form,
      List<String> classNames) {
    long total = read.stream().mapToLong(bytes -> bytes.length / form.record()).sum();
    byte[] pixels = new byte[Math.toIntExact(total * PLANES)];
    int[] labels = new int[(int) total];
    StringBuilder sums = new StringBuilder();
    int image = 0;
    for (int i = 0; i < batches.size(); i++) {
      byte[] batch = read.get(i);
      String where = files.where(batches.get(i));
      if (batch.length == 0 || batch.length % form.record() != 0) {
        throw new InputException(
            where,
            batch.length + " bytes",
            "a multiple of " + form.record() + ", the bytes of an image with its label",
            "copy the file again");
      }
      sums.append(sha256(batch)).append("  ").append(batches.get(i)).append('\n');
      for (int at = 0; at < batch.length; at += form.record(), image++) {
        labels[image] = label(form, where, batch[at + form.labels() - 1]);
        interleave(batch, at + form.labels(), pixels, image * PLANES);
      }
    }
    String sum = Sha256.ofText(sums.toString());
    return new ByteImages(SIDE, SIDE, 3, form.classes(), pixels, labels, sum, classNames);
  }

  private static int label(Form form, String where, byte label) {
    if (label < 0 || label >= form.classes()) {
      throw new InputException(
          where,
          "the label " + Byte.toUnsignedInt(label),
          "0 to " + (form.classes() - 1),
          "copy the file again");
    }
    return label;
  }

  private static void interleave(byte[] planes, int from, byte[] pixels, int to) {
    for (int i = 0; i < PLANES; i++) {
      pixels[to + i] = planes[from + i % 3 * PLANE + i / 3];
    }
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
  }

  /** As the set's own list says; none where it is not there or says other than so many. */
  private static List<String> names(NamedFiles files, Kind kind) {
    List<String> names = new ArrayList<>();
    kind.called
        .names(files)
        .ifPresent(
            n ->
                CaptionText.utf8(files.where(n), files.start(n, 1 << 16))
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .forEach(names::add));
    return names.size() == kind.classes ? names : List.of();
  }
}
