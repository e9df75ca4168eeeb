package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * CIFAR-10 and CIFAR-100 in their own binary batches: of each image its label (of CIFAR-100 the
 * coarse one before), then 32 x 32 levels of red, of green and of blue.
 */
final class CifarDataset {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  /** The files of a part, and how many labels stand before an image. */
  private enum Kind {
    TEN("data_batch_\\d\\.bin", "test_batch\\.bin", "batches\\.meta\\.txt", 1, 10),
    HUNDRED("train\\.bin", "test\\.bin", "fine_label_names\\.txt", 2, 100);

    private final Pattern train;
    private final Pattern test;
    private final Pattern names;
    private final int labels;
    private final int classes;

    Kind(String train, String test, String names, int labels, int classes) {
      this.train = Pattern.compile("(.*/)?" + train);
      this.test = Pattern.compile("(.*/)?" + test);
      this.names = Pattern.compile("(.*/)?" + names);
      this.labels = labels;
      this.classes = classes;
    }

    private List<String> files(NamedFiles files, Split split) {
      Pattern pattern = split == Split.TRAIN ? train : test;
      return files.names().stream().filter(n -> pattern.matcher(n).matches()).sorted().toList();
    }

    private int record() {
      return labels + 3 * PLANE;
    }
  }

  private CifarDataset() {}

  /** Whether files are such a dataset: batches of it, and its list of names. */
  static boolean isIn(NamedFiles files) {
    return kind(files).isPresent();
  }

  private static Optional<Kind> kind(NamedFiles files) {
    for (Kind kind : Kind.values()) {
      boolean batches =
          !kind.files(files, Split.TRAIN).isEmpty() || !kind.files(files, Split.TEST).isEmpty();
      boolean names = files.names().stream().anyMatch(n -> kind.names.matcher(n).matches());
      if (batches && (names || kind == Kind.TEN)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /**
   * Reads a part into memory.
   *
   * @throws InputException if a batch is damaged, or the part is missing
   */
  static ImageSource open(NamedFiles files, Split split) {
    Kind kind = kind(files).orElseThrow();
    List<String> batches = kind.files(files, split);
    if (batches.isEmpty()) {
      throw new InputException(
          files.path().toString(),
          "no file " + (split == Split.TRAIN ? kind.train : kind.test),
          "both parts of CIFAR",
          "add the file");
    }
    List<byte[]> read = batches.stream().map(files::read).toList();
    long total = read.stream().mapToLong(bytes -> bytes.length / kind.record()).sum();
    byte[] pixels = new byte[Math.toIntExact(total * 3 * PLANE)];
    int[] labels = new int[(int) total];
    StringBuilder sums = new StringBuilder();
    int image = 0;
    for (int i = 0; i < batches.size(); i++) {
      byte[] batch = read.get(i);
      String where = files.where(batches.get(i));
      if (batch.length == 0 || batch.length % kind.record() != 0) {
        throw new InputException(
            where,
            batch.length + " bytes",
            "a multiple of " + kind.record() + ", the bytes of an image with its label",
            "copy the file again");
      }
      sums.append(sha256(batch)).append("  ").append(batches.get(i)).append('\n');
      for (int at = 0; at < batch.length; at += kind.record(), image++) {
        labels[image] = label(kind, where, batch[at + kind.labels - 1]);
        interleave(batch, at + kind.labels, pixels, image * 3 * PLANE);
      }
    }
    String sum = Sha256.ofText(sums.toString());
    return new ByteImages(SIDE, SIDE, 3, kind.classes, pixels, labels, sum, names(files, kind));
  }

  private static int label(Kind kind, String where, byte label) {
    if (label < 0 || label >= kind.classes) {
      throw new InputException(
          where,
          "the label " + Byte.toUnsignedInt(label),
          "0 to " + (kind.classes - 1),
          "copy the file again");
    }
    return label;
  }

  private static void interleave(byte[] planes, int from, byte[] pixels, int to) {
    for (int i = 0; i < 3 * PLANE; i++) {
      pixels[to + i] = planes[from + i % 3 * PLANE + i / 3];
    }
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
  }

  /** As the set's own list says; none where it is not there or says other than so many. */
  private static List<String> names(NamedFiles files, Kind kind) {
    List<String> names = new ArrayList<>();
    files.names().stream()
        .filter(n -> kind.names.matcher(n).matches())
        .findFirst()
        .ifPresent(
            n ->
                new String(files.start(n, 1 << 16), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .forEach(names::add));
    return names.size() == kind.classes ? names : List.of();
  }
}
