package io.github.fdistill.savedmodel;

import io.github.fdistill.files.RegularFile;
import io.github.fdistill.graph.DataTypes;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.proto.DataType;

/**
 * Reads the numbers of a tensor of a checkpoint as float32, one piece after another, into the
 * memory of tensors: of float32, float16 and bfloat16 as they are, of float64 the nearest.
 */
public final class TensorReader implements Closeable {
  /** Numbers that are read at a time: their checksum is made while they are in the cache. */
  private static final int PIECE = 1 << 18;

  /** Numbers that are not as they were written. */
  private static final class WrongChecksum extends IOException {
    private static final long serialVersionUID = 1L;

    private WrongChecksum(String message) {
      super(message);
    }
  }

  private final CheckpointIndex.Stored stored;
  private final FileChannel file;
  private final CRC32C checksum = new CRC32C();
  private final int width;
  private ByteBuffer bytes = ByteBuffer.allocate(0);
  private float[] numbers = {};
  private long left;

  /**
   * @param stored of floating-point numbers
   */
  TensorReader(CheckpointIndex.Stored stored) throws IOException {
    this.stored = stored;
    width = DataTypes.width(stored.type()).orElseThrow();
    left = stored.bytes() / width;
    file = RegularFile.channel(stored.file());
    file.position(stored.offset());
  }

  /**
   * Reads the next numbers: as many as there is room for. Those of float32 go from the file to
   * where they belong, where that is a tensor's memory.
   */
  public void read(FloatDataBuffer into) throws IOException {
    long count = into.size();
    for (long done = 0; done < count; ) {
      int piece = (int) Math.min(PIECE, count - done);
      FloatDataBuffer part = into.slice(done, piece);
      Optional<ByteBuffer> there =
          stored.type() == DataType.DT_FLOAT ? NativeBytes.find(part) : Optional.empty();
      if (there.isPresent()) {
        next(there.get());
      } else {
        FloatBytes.read(stored.type(), next(piece), numbers(piece), piece);
        part.write(numbers, 0, piece);
      }
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
      next((int) Math.min(PIECE, left));
    }
    if (Checksum.masked(checksum) != stored.checksum()) {
      throw new WrongChecksum("the checksum of a tensor in " + stored.file() + " is wrong");
    }
  }

  /** Leaves numbers out; there is no checksum of the rest. */
  public void skip(long count) throws IOException {
    file.position(file.position() + count * width);
    left -= count;
  }

  /** The next numbers, on Java's heap. */
  private ByteBuffer next(int count) throws IOException {
    if (bytes.capacity() < count * width) {
      bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
    }
    next(bytes.clear().limit(count * width));
    return bytes.rewind();
  }

  private float[] numbers(int count) {
    if (numbers.length < count) {
      numbers = new float[count];
    }
    return numbers;
  }

  private void next(ByteBuffer room) throws IOException {
    int count = room.remaining() / width;
    if (count > left) {
      throw new EOFException("more numbers were asked for than a tensor has");
    }
    while (room.hasRemaining()) {
      if (file.read(room) < 0) {
        throw new EOFException(stored.file() + " ends too early");
      }
    }
    checksum.update(room.flip());
    left -= count;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
