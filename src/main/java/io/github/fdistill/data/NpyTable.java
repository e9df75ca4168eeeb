package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A small array of numbers in a .npy file, whatever they mean, read whole.
 *
 * @param shape at least one dimension
 * @param values in C order
 */
public record NpyTable(long[] shape, float[] values) {
  private static final int MOST_VALUES = 1 << 24;

  /**
   * Reads a file.
   *
   * @throws InputException when it is none of at most 16 million plain numbers in C order
   */
  public static NpyTable read(Path path) {
    NpyHeader header = NpyHeader.read(path);
    NpyType type = NpyType.of(header);
    long[] shape = header.shape();
    double count = Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
    require(
        shape.length > 0 && count <= MOST_VALUES, header, "at most " + MOST_VALUES + " numbers");
    require(!header.fortran(), header, "C order: numpy.ascontiguousarray before numpy.save");
    Heap.require(path.toString(), (long) count + " numbers", 2 * Double.BYTES * (long) count);
    ByteBuffer bytes = ByteBuffer.allocate((int) count * type.bytes());
    try (FileChannel channel = RegularFile.channel(path)) {
      require(
          channel.size() - header.offset() == bytes.capacity(),
          header,
          "as many numbers as its header says");
      while (bytes.hasRemaining() && channel.read(bytes, header.offset() + bytes.position()) >= 0) {
        // Until all are there.
      }
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) type.at(bytes, i);
    }
    return new NpyTable(shape, values);
  }

  private static void require(boolean holds, NpyHeader header, String needed) {
    if (!holds) {
      throw new InputException(
          header.path().toString(),
          "shape "
              + Arrays.toString(header.shape()).replace(" ", "")
              + (header.fortran() ? ", in Fortran order" : ""),
          needed,
          "save the array again with numpy.save");
    }
  }
}
