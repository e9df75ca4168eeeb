package io.github.fdistill.savedmodel;

import io.github.fdistill.files.RegularFile;
import io.github.fdistill.graph.DataTypes;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * Reads the numbers of a tensor of a checkpoint as float32, one piece after another, into the
 * memory of tensors: of float32, float16 and bfloat16 as they are, of float64 the nearest.
 */
public final class TensorReader implements Closeable {
  /** Numbers that are on Java's heap at a time. */
  private static final int PIECE = 1 << 18;

  private final CheckpointIndex.Stored stored;
  private final FileChannel file;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer bytes;
  private final float[] numbers;
  private final int width;
  private long left;

  /**
   * @param stored of floating-point numbers
   */
  TensorReader(CheckpointIndex.Stored stored) throws IOException {
    this.stored = stored;
    width = DataTypes.width(stored.type()).orElseThrow();
    left = stored.bytes() / width;
    numbers = new float[(int) Math.min(PIECE, left)];
    bytes = ByteBuffer.allocate(numbers.length * width).order(ByteOrder.LITTLE_ENDIAN);
    file = RegularFile.channel(stored.file());
    file.position(stored.offset());
  }

  /** Reads the next numbers: as many as there is room for. */
  public void read(FloatDataBuffer into) throws IOException {
    long count = into.size();
    for (long done = 0; done < count; ) {
      int piece = (int) Math.min(numbers.length, count - done);
      next(piece);
      FloatBytes.read(stored.type(), bytes, numbers, piece);
      into.slice(done, piece).write(numbers, 0, piece);
      done += piece;
    }
  }

  /**
   * Reads what is left, and compares all that was read with its checksum.
   *
   * @throws IOException when it is not as it was written
   */
  public void requireWhole() throws IOException {
    while (left > 0) {
      next((int) Math.min(numbers.length, left));
    }
    if (Checksum.masked(checksum) != stored.checksum()) {
      throw new IOException("the checksum of a tensor in " + stored.file() + " is wrong");
    }
  }

  /** Leaves numbers out; there is no checksum of the rest. */
  public void skip(long count) throws IOException {
    file.position(file.position() + count * width);
    left -= count;
  }

  private void next(int count) throws IOException {
    if (count > left) {
      throw new EOFException("more numbers were asked for than a tensor has");
    }
    bytes.clear().limit(count * width);
    while (bytes.hasRemaining()) {
      if (file.read(bytes) < 0) {
        throw new EOFException(stored.file() + " ends too early");
      }
    }
    checksum.update(bytes.flip());
    bytes.rewind();
    left -= count;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
