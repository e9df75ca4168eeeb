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
    StridedCopy.copy(type, bytes, order, Strided.whole(order.shape()), into);
  }

  /**
   * The same with other numbers between its rows: beside those of another tensor. A vector is one
   * row.
   *
   * @param from where in the memory its first number goes
   * @param apart numbers from the begin of one row along the first axis to that of the next
   */
  public void copyRows(FloatDataBuffer into, long from, long apart) {
    StridedCopy.copy(type, bytes, order, Strided.whole(order.shape()).moved(from, apart), into);
  }

  /** Its numbers on Java's heap: for a few. */
  public float[] floats() {
    float[] all = new float[Math.toIntExact(size())];
    copy(DataBuffers.of(all, false, false));
    return all;
  }

  @Override
  public String toString() {
    return name + " " + type + " " + Arrays.toString(order.shape());
  }
}
