package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import java.util.Arrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * A tensor of a file: its name, type, shape, and where its numbers are. They are read when they are
 * asked for, part by part.
 */
public final class NamedTensor {
  /** Numbers that are on Java's heap at a time. */
  private static final int PIECE = 1 << 16;

  private final String name;
  private final NumberType type;
  private final Bytes bytes;
  private final Strided order;

  private NamedTensor(String name, NumberType type, Bytes bytes, Strided order) {
    this.name = name;
    this.type = type;
    this.bytes = bytes;
    this.order = order;
  }

  /**
   * A tensor whose numbers lie in C order.
   *
   * @throws InputException when the bytes are not just those of its numbers
   */
  public static NamedTensor whole(String name, NumberType type, Bytes bytes, long... shape) {
    Strided order;
    try {
      order = Strided.whole(shape);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrong(name, bytes, "shape " + Arrays.toString(shape), e);
    }
    // Both are below 2^63 / 8, so neither product overflows.
    boolean fits = order.size() <= bytes.size() && order.size() * type.bytes() == bytes.size();
    if (!fits) {
      throw wrong(
          name,
          bytes,
          type + " " + Arrays.toString(shape) + " in " + bytes.size() + " bytes",
          null);
    }
    return new NamedTensor(name, type, bytes, order);
  }

  /**
   * A tensor of a storage, which others may share.
   *
   * @param offset index of its first number
   * @param strides between its numbers, in numbers
   * @throws InputException when it leaves the storage, or has more numbers than that
   */
  public static NamedTensor strided(
      String name, NumberType type, Bytes storage, long offset, long[] shape, long[] strides) {
    String found =
        "offset "
            + offset
            + ", shape "
            + Arrays.toString(shape)
            + ", strides "
            + Arrays.toString(strides)
            + " in a storage of "
            + storage.size() / type.bytes()
            + " numbers";
    try {
      Strided order = new Strided(offset, shape, strides);
      long numbers = storage.size() / type.bytes();
      if (order.end() > numbers || order.size() > numbers) {
        throw wrong(name, storage, found, null);
      }
      return new NamedTensor(name, type, storage, order);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrong(name, storage, found, e);
    }
  }

  private static InputException wrong(String name, Bytes bytes, String found, Exception cause) {
    return new InputException(
        bytes.path() + ", tensor " + name,
        found,
        "a tensor whose numbers lie within its bytes",
        "the file is damaged: download or copy it again",
        cause);
  }

  public String name() {
    return name;
  }

  /** The same under another name. */
  public NamedTensor named(String other) {
    return new NamedTensor(other, type, bytes, order);
  }

  public NumberType type() {
    return type;
  }

  /** Sizes of its axes. */
  public long[] shape() {
    return order.shape().clone();
  }

  /** How many numbers it has. */
  public long size() {
    return order.size();
  }

  /** Where it stands, for messages. */
  public String where() {
    return bytes.path() + ", tensor " + name;
  }

  private NamedTensor with(Strided other) {
    return new NamedTensor(name, type, bytes, other);
  }

  /** The same tensor with its axes in another order: a matrix is transposed by (1, 0). */
  public NamedTensor permuted(int... axes) {
    return with(order.permuted(axes));
  }

  /** The same tensor with one axis cut into several, of which the last runs fastest. */
  public NamedTensor split(int axis, long... sizes) {
    return with(order.split(axis, sizes));
  }

  /** A part of an axis. */
  public NamedTensor part(int axis, long from, long count) {
    return with(order.part(axis, from, count));
  }

  /**
   * Reads its numbers, in C order.
   *
   * @param into as many as it has
   */
  public void copy(FloatDataBuffer into) {
    if (into.size() != size()) {
      throw new IllegalArgumentException(into.size() + " numbers of " + size());
    }
    Rows rows = new Rows();
    float[] piece = new float[rows.most()];
    for (long done = 0; done < size(); ) {
      int count = rows.next(piece);
      into.slice(done, count).write(piece, 0, count);
      done += count;
    }
  }

  /** Its numbers on Java's heap: for a few. */
  public float[] floats() {
    float[] all = new float[Math.toIntExact(size())];
    copy(DataBuffers.of(all, false, false));
    return all;
  }

  /**
   * Goes through the numbers in C order, as rows along the last axis, several at a time. Within
   * those it goes along the axis in which the numbers lie closer together: of a transposed matrix
   * numbers of one row are far from each other, and those of one column beside each other.
   */
  private final class Rows {
    private final Strided joined = order.joined();
    private final int last = joined.shape().length - 1;
    private final long length = joined.shape()[last];
    private final long stride = joined.strides()[last];
    private final int columns = (int) Math.min(PIECE, length);
    private final long[] index = new long[last];
    private final boolean alongRows = last == 0 || stride <= joined.strides()[last - 1];
    private final long count = length == 0 ? 0 : size() / length;

    /** Rows of a piece, at most. */
    private final int atATime = (int) Math.min(count, Math.max(1, PIECE / Math.max(1, length)));

    private final long[] firsts = new long[atATime];
    private long row;
    private long column;
    private long first = joined.offset();

    /** Numbers of a piece, at most. */
    int most() {
      return atATime * columns;
    }

    /** The next numbers; returns how many. */
    int next(float[] piece) {
      int rows = (int) Math.min(atATime, count - row);
      int wide = (int) Math.min(columns, length - column);
      long begin = column * stride;
      if (column + wide < length) {
        firsts[0] = first;
        column += wide;
      } else {
        for (int r = 0; r < rows; r++) {
          firsts[r] = first;
          step();
        }
        row += rows;
        column = 0;
      }
      if (alongRows) {
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < wide; c++) {
            piece[r * wide + c] = type.at(bytes, firsts[r] + begin + c * stride);
          }
        }
      } else {
        for (int c = 0; c < wide; c++) {
          for (int r = 0; r < rows; r++) {
            piece[r * wide + c] = type.at(bytes, firsts[r] + begin + c * stride);
          }
        }
      }
      return rows * wide;
    }

    /** To the row after this one. */
    private void step() {
      for (int axis = last - 1; axis >= 0; axis--) {
        first += joined.strides()[axis];
        if (++index[axis] < joined.shape()[axis]) {
          break;
        }
        first -= joined.strides()[axis] * joined.shape()[axis];
        index[axis] = 0;
      }
    }
  }

  @Override
  public String toString() {
    return name + " " + type + " " + Arrays.toString(order.shape());
  }
}
