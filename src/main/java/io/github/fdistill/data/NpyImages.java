package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Images in a .npy file, each read when it is copied: from a disk, that is ten times as fast as a
 * mapping of the file, of which the system reads far more around. Their labels are in the file
 * beside that {@link NpyLabels} names; without it all have the label 0. What the classes are called
 * is in another, {@link ClassesFile}.
 */
public final class NpyImages implements ImageSource {
  private final Path path;

  /** Closed with this, by the garbage collector; an interrupt of a thread that reads closes it. */
  private final FileChannel channel;

  private final long offset;

  /** [N,H,W,C]. */
  private final long[] shape;

  private final NpyType type;
  private final Optional<NpyLabels> labels;
  private final List<String> classNames;
  private String fingerprint;

  private NpyImages(NpyHeader header, FileChannel channel) {
    this.path = header.path();
    this.channel = channel;
    this.offset = header.offset();
    this.type = NpyType.of(header);
    this.shape = NpyShape.images(header, type);
    this.labels = NpyLabels.beside(path, shape[0]);
    this.classNames =
        labels
            .map(known -> ClassesFile.read(ClassesFile.beside(path), known.classes()))
            .orElse(List.of());
  }

  /**
   * Opens an array [N,H,W,C], or [N,H,W] of one channel: uint8 from 0 to 255, or float32 in data
   * units, from -1 to 1. Samples may go a little beyond -1 and 1; they are not clipped here. Of
   * float32 every value is read once here, of uint8 none.
   *
   * <p>The fingerprint is the file's SHA-256, or where there are labels that of what {@code
   * sha256sum} prints for both files; {@link Checksums#known} says when the images are read for it.
   *
   * @param npy version 1.0 or 2.0, little-endian, in C order; it must not change while in use
   * @throws InputException if it is of another format, damaged, its values are no data units, or
   *     its labels do not belong to it
   */
  public static NpyImages open(Path npy) {
    NpyHeader header = NpyHeader.read(npy);
    NpyImages images;
    try {
      images = new NpyImages(header, FileChannel.open(npy));
    } catch (IOException e) {
      throw unreadable(npy, e);
    }
    if (images.type == NpyType.FLOAT32) {
      DataUnits.check(npy, images);
    }
    return images;
  }

  private static InputException unreadable(Path npy, IOException e) {
    return new InputException(
        npy.toString(), "cannot be read: " + e, "a readable file", "mend its permissions", e);
  }

  @Override
  public long size() {
    return shape[0];
  }

  @Override
  public int height() {
    return (int) shape[1];
  }

  @Override
  public int width() {
    return (int) shape[2];
  }

  @Override
  public int channels() {
    return (int) shape[3];
  }

  @Override
  public int classes() {
    return Math.max(labels.map(NpyLabels::classes).orElse(1), classNames.size());
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(long index) {
    return labels.isPresent() ? labels.get().labels()[Math.toIntExact(index)] : 0;
  }

  @Override
  public void copy(long index, float[] into, int to) {
    int length = valuesPerImage();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(length, type.bytes)).order(ByteOrder.LITTLE_ENDIAN);
    read(bytes, offset + index * bytes.capacity());
    type.copy(bytes, length, into, to);
  }

  private void read(ByteBuffer bytes, long position) {
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, position + bytes.position()) < 0) {
          throw new InputException(
              path.toString(),
              "has been cut short while it was read",
              "a file that stays as it is",
              "copy the file again");
        }
      }
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Found out when it is first asked for. */
  @Override
  public synchronized String fingerprint() {
    if (fingerprint == null) {
      String sum = Checksums.known(path).orElseGet(() -> Checksums.sha256(path));
      fingerprint =
          labels
              .map(NpyLabels::path)
              .map(l -> Checksums.line(path, sum) + Checksums.line(l, Checksums.sha256(l)))
              .map(Sha256::ofText)
              .orElse(sum);
    }
    return fingerprint;
  }
}
