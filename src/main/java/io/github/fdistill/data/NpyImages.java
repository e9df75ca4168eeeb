package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Images in a .npy file, mapped into memory: what is not used takes none. All have the label 0. */
public final class NpyImages implements ImageSource {
  /** One mapping holds whole images of about so many bytes; a ByteBuffer ends at two gibibytes. */
  private static final long PIECE_BYTES = 1 << 30;

  /** [N,H,W,C]. */
  private final long[] shape;

  private final NpyType type;
  private final long imagesPerPiece;
  private final List<ByteBuffer> pieces = new ArrayList<>();
  private final String fingerprint;

  private NpyImages(NpyHeader header, long[] shape, long pieceBytes) throws IOException {
    this.shape = shape;
    this.type = header.type();
    long bytesPerImage = (long) valuesPerImage() * type.bytes;
    this.imagesPerPiece = Math.max(1, pieceBytes / bytesPerImage);
    try (FileChannel channel = FileChannel.open(header.path())) {
      for (long first = 0; first < size(); first += imagesPerPiece) {
        long images = Math.min(imagesPerPiece, size() - first);
        long start = header.offset() + first * bytesPerImage;
        pieces.add(
            channel
                .map(FileChannel.MapMode.READ_ONLY, start, images * bytesPerImage)
                .order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    this.fingerprint = Checksums.sha256(header.path());
  }

  /**
   * Opens an array [N,H,W,C], or [N,H,W] of one channel: float32 in data units, from -1 to 1, or
   * uint8 from 0 to 255. Samples may go a little beyond -1 and 1; they are not clipped here. The
   * fingerprint is the file's SHA-256. Reads every value once.
   *
   * @param npy version 1.0 or 2.0, little-endian, in C order; it must not change while in use
   * @throws InputException if it is of another format, damaged, or its values are no data units
   */
  public static NpyImages open(Path npy) {
    return open(npy, PIECE_BYTES);
  }

  static NpyImages open(Path npy, long pieceBytes) {
    NpyHeader header = NpyHeader.read(npy);
    long[] shape = NpyShape.images(header);
    NpyImages images;
    try {
      images = new NpyImages(header, shape, pieceBytes);
    } catch (IOException e) {
      throw new InputException(
          npy.toString(),
          "cannot be mapped into memory: " + e,
          "a file on a disk of this machine",
          "copy it there",
          e);
    }
    if (header.type() == NpyType.FLOAT32) {
      DataUnits.check(npy, images);
    }
    return images;
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
    return 1;
  }

  @Override
  public int label(long index) {
    return 0;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    int length = valuesPerImage();
    ByteBuffer piece = pieces.get(Math.toIntExact(index / imagesPerPiece));
    int position = Math.toIntExact(index % imagesPerPiece * length * type.bytes);
    type.copy(piece, position, length, into, offset);
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }
}
