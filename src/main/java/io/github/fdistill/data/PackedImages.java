package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.files.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Images of any source as an array of bytes, each image as long as the others: {@link NpyImages}
 * finds it at once, and decodes nothing.
 */
public final class PackedImages {
  /** Of the values in memory at once, for each batch of them. */
  private static final int VALUES_AT_ONCE = 1 << 20;

  private static final int MOST_IMAGES_AT_ONCE = 256;

  /** Of those that are kept in memory. */
  private static final int MOST_VALUES = 1 << 24;

  private PackedImages() {}

  /**
   * Writes images as uint8 [N,H,W,C], their labels beside as int32 [N], the names of their classes
   * and the captions of images where they have some, and beside that too the SHA-256 as {@code
   * sha256sum} prints it. Values are rounded to levels, and clipped to -1 and 1. The array, which
   * is renamed into place when it is whole, comes after the labels: where it is, they are.
   *
   * <p>What lies beside the name already and would be read with the array stays as it is: where it
   * holds what would be written, as after a kill, it counts; where it does not, nothing is written.
   *
   * @param npy a name that ends in .npy and is free
   * @param done is told how many images are written
   * @throws InputException if the name is taken, labels, captions or names of classes of others lie
   *     beside it, the disk has not so much room, or a file cannot be written
   */
  public static void write(ImageSource source, Path npy, LongConsumer done) {
    requireFree(npy);
    Map<Path, AtomicFile.Content> beside = beside(source, npy);
    requireFits(source, npy, beside);
    long[] shape = {source.size(), source.height(), source.width(), source.channels()};
    List<Path> written = new ArrayList<>();
    String sum;
    try {
      beside.forEach((path, content) -> writeIfFree(path, content, written));
      sum = NpyFile.writeUint8(npy, shape, out -> writeImages(source, out, done));
    } catch (RuntimeException e) {
      written.forEach(path -> path.toFile().delete()); // Of nothing: of use to nobody.
      throw e;
    }
    byte[] line = Checksums.line(npy, sum).getBytes(StandardCharsets.UTF_8);
    WholeFile.write(Checksums.beside(npy), out -> out.write(line));
  }

  /**
   * Refuses a free name with something beside it that would be taken as that of its array.
   *
   * @throws InputException naming all that lie there
   */
  public static void requireNothingBeside(Path npy) {
    requireEach(npy, PackedImages::requireNone);
  }

  private static void requireEach(Path npy, Consumer<Path> check) {
    InputException.all(
        NpyFile.beside(npy).stream()
            .map(path -> (Runnable) () -> check.accept(path))
            .toArray(Runnable[]::new));
  }

  /** What is to lie beside the array of a set. */
  private static Map<Path, AtomicFile.Content> beside(ImageSource source, Path npy) {
    Map<Path, AtomicFile.Content> beside = new LinkedHashMap<>();
    int[] labels = new int[Math.toIntExact(source.size())];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = source.label(i);
    }
    beside.put(NpyLabels.path(npy), NpyFile.int32(labels));
    if (source.hasCaptions()) {
      beside.put(CaptionsFile.beside(npy), CaptionsFile.of(source));
    }
    if (!source.classNames().isEmpty()) {
      beside.put(ClassesFile.beside(npy), ClassesFile.of(source.classNames()));
    }
    return beside;
  }

  private static void writeIfFree(Path path, AtomicFile.Content content, List<Path> written) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      WholeFile.write(path, content);
      written.add(path);
    }
  }

  /**
   * The first images of a source, in memory as the array would have them.
   *
   * @param most of them; large ones are fewer
   */
  public static ImageSource first(ImageSource source, int most) {
    int length = source.valuesPerImage();
    int count = (int) Math.min(Math.min(most, source.size()), Math.max(1, MOST_VALUES / length));
    float[] values = new float[count * length];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      source.copy(i, values, i * length);
      labels[i] = source.label(i);
    }
    return new ByteImages(
        source.height(),
        source.width(),
        source.channels(),
        source.classes(),
        levels(values, values.length),
        labels,
        "the first " + count + " images",
        source.classNames());
  }

  private static void writeImages(ImageSource source, OutputStream out, LongConsumer done)
      throws IOException {
    int length = source.valuesPerImage();
    int images = Math.max(1, Math.min(MOST_IMAGES_AT_ONCE, VALUES_AT_ONCE / length));
    try (BatchesAhead batches = new BatchesAhead(Batches.inOrder(source, images))) {
      for (long first = 0; first < source.size(); first += images) {
        int count = (int) Math.min(images, source.size() - first);
        out.write(levels(batches.at(first / images).images(), count * length));
        done.accept(first + count);
      }
    }
  }

  private static byte[] levels(float[] values, int length) {
    byte[] levels = new byte[length];
    for (int i = 0; i < length; i++) {
      levels[i] = (byte) Images.level(values[i]);
    }
    return levels;
  }

  /**
   * Refuses what could not be written there, before images are looked at, which may take long.
   *
   * @throws InputException if labels, captions or names of classes of others lie beside it, or the
   *     disk has not so much room
   */
  public static void requireFits(ImageSource source, Path npy) {
    requireFits(source, npy, beside(source, npy));
  }

  private static void requireFits(
      ImageSource source, Path npy, Map<Path, AtomicFile.Content> beside) {
    ClassesFile.checked(ClassesFile.beside(npy).toString(), source.classNames());
    requireEach(npy, path -> requireNoOthers(path, beside.get(path)));
    long bytes = Math.multiplyExact(source.size(), (long) source.valuesPerImage());
    requireRoom(npy, bytes, usable(npy));
  }

  /**
   * Refuses a name that is taken.
   *
   * @throws InputException where anything has it
   */
  public static void requireFree(Path npy) {
    if (Files.exists(npy, LinkOption.NOFOLLOW_LINKS)) {
      throw new InputException(
          npy.toString(),
          "is there already",
          "a name that is free: nothing is written over",
          "choose another name, or move this one away");
    }
  }

  /**
   * What an array of that name had once, or is to have, would be read as that of these images.
   *
   * @param written what would be written there; null where these images have none
   */
  private static void requireNoOthers(Path beside, AtomicFile.Content written) {
    if (Files.exists(beside, LinkOption.NOFOLLOW_LINKS)
        && (written == null || !holds(beside, written))) {
      String why = written == null ? "these images have none" : "is not that of these images";
      throw taken(beside, ", and " + why);
    }
  }

  private static void requireNone(Path beside) {
    if (Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
      throw taken(beside, "");
    }
  }

  private static InputException taken(Path beside, String why) {
    return new InputException(
        beside.toString(),
        "is there already" + why,
        "a name with nothing beside it that would be taken as that of these images",
        "choose another name, or move this file away");
  }

  private static boolean holds(Path file, AtomicFile.Content content) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    MessageDigest sum = Sha256.digest();
    try (OutputStream out =
        new BufferedOutputStream(
            new DigestOutputStream(OutputStream.nullOutputStream(), sum), 1 << 16)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing is written to a disk.
    }
    return HexFormat.of().formatHex(sum.digest()).equals(Checksums.sha256(file));
  }

  private static long usable(Path npy) {
    try {
      return Files.getFileStore(npy.toAbsolutePath().getParent()).getUsableSpace();
    } catch (IOException e) {
      return Long.MAX_VALUE; // The write itself will tell.
    }
  }

  /**
   * @throws InputException before an hour's work that would end with a full disk
   */
  static void requireRoom(Path npy, long bytes, long usable) {
    if (bytes > usable) {
      throw new InputException(
          npy.toString(),
          (usable >> 20) + " MiB are free on its disk",
          (bytes >> 20) + " MiB, a byte for each value",
          "make room, choose another disk, or make the images smaller with --resize HxW");
    }
  }
}
