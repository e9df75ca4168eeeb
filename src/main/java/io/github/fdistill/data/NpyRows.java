package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.KeptOpen;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * Rows of numbers in a .npy file [R, ...], whatever they mean: floating point, or whole numbers of
 * 32 bits. A row is read when it is asked for, so that there may be more of them than memory has.
 * The file stays open and must not change. Safe for use by several threads.
 */
public final class NpyRows {
  private static final long MOST_IN_A_ROW = 1 << 24;

  private final NpyHeader header;
  private final NpyType type;
  private final NpyValues values;
  private final FileSum sum;

  private NpyRows(NpyHeader header, NpyValues values) {
    this.header = header;
    this.type = NpyType.of(header);
    this.values = values;
    this.sum = new FileSum(header.path());
  }

  /**
   * Opens a file.
   *
   * @throws InputException when it holds no rows of plain numbers in C order, or is damaged
   */
  public static NpyRows open(Path npy) {
    NpyHeader header = NpyHeader.read(npy);
    try {
      return KeptOpen.by(RegularFile.channel(npy), channel -> checked(header, channel));
    } catch (IOException e) {
      throw DiskRefusal.unreadable(npy, e);
    }
  }

  /**
   * The last row of a file, which is closed again.
   *
   * @throws InputException as {@link #open} and {@link #row} do
   */
  public static double[] last(Path npy) {
    NpyHeader header = NpyHeader.read(npy);
    try (FileChannel channel = RegularFile.channel(npy)) {
      NpyRows rows = checked(header, channel);
      return rows.row(rows.count() - 1);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(npy, e);
    }
  }

  private static NpyRows checked(NpyHeader header, FileChannel channel) throws IOException {
    NpyRows rows = new NpyRows(header, NpyValues.of(header.path(), channel));
    long[] shape = header.shape();
    double each = Arrays.stream(shape).skip(1).asDoubleStream().reduce(1, (a, b) -> a * b);
    rows.require(shape.length > 0 && shape[0] > 0, "[R, ...]: a row, or more");
    rows.require(
        each > 0 && each <= MOST_IN_A_ROW, "rows of at most " + MOST_IN_A_ROW + " numbers");
    rows.require(!header.fortran(), "C order: numpy.ascontiguousarray before numpy.save");
    double bytes = shape[0] * each * rows.type.bytes();
    rows.require(
        rows.values.length() - header.offset() == bytes, "as many numbers as its header says");
    return rows;
  }

  private void require(boolean holds, String needed) {
    if (!holds) {
      String shape = Arrays.toString(header.shape()).replace(" ", "");
      throw new InputException(
          header.path().toString(),
          "shape " + shape + (header.fortran() ? ", in Fortran order" : ""),
          needed,
          "save the array again with numpy.save");
    }
  }

  Path path() {
    return header.path();
  }

  /** The SHA-256 of the file. */
  String sum() {
    return sum.get();
  }

  /** How many rows there are, R. */
  public long count() {
    return header.shape()[0];
  }

  /** The shape of a row. */
  public Shape each() {
    return Shape.of(header.shape()).tail();
  }

  /** DT_FLOAT, or DT_INT32 of whole numbers. */
  public DataType dataType() {
    return type.isFloat() ? DataType.DT_FLOAT : DataType.DT_INT32;
  }

  /**
   * The numbers of a row.
   *
   * @throws InputException when one is not finite, or too large for a number of 32 bits
   */
  public double[] row(long row) {
    int size = (int) each().size();
    ByteBuffer bytes = ByteBuffer.allocate(size * type.bytes());
    values.read(bytes, header.offset() + row * bytes.capacity());
    double[] numbers = new double[size];
    for (int i = 0; i < size; i++) {
      double number = type.at(bytes, i);
      double kept = type.isFloat() ? (float) number : (int) number;
      if (!Double.isFinite(kept) || !type.isFloat() && kept != number) {
        throw new InputException(
            header.path() + ", row " + row,
            "" + number,
            type.isFloat() ? "finite numbers, as float32 has them" : "whole numbers of 32 bits",
            "save the array again without it");
      }
      numbers[i] = kept;
    }
    return numbers;
  }

  /** Copies a row into a row of a column of its type and shape. */
  void copy(long row, ConditionRows.Column into, int to) {
    double[] numbers = row(row);
    int start = to * numbers.length;
    for (int i = 0; i < numbers.length; i++) {
      if (into instanceof ConditionRows.Floats floats) {
        floats.values()[start + i] = (float) numbers[i];
      } else if (into instanceof ConditionRows.Ints ints) {
        ints.values()[start + i] = (int) numbers[i];
      }
    }
  }
}
