package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * Copies numbers of a file into memory in another order, a tile of rows and columns at a time: of a
 * transposed matrix numbers of one row are far from each other in the file, and those of one column
 * beside each other, so that what comes with one of them from the file is used before it is let go.
 */
final class StridedCopy {
  /** Numbers of a tile. Rows of a power of two of them would share one place in the cache. */
  private static final int TILE = 64_000;

  /** Rows of a tile, where there are as many: numbers that lie beside each other in the file. */
  private static final int ROWS = 64;

  private final NumberType type;
  private final Bytes bytes;
  private final FloatDataBuffer into;
  private final List<Axis> axes;
  private final Axis rows;
  private final Axis columns;
  private final float[] tile;

  /**
   * An axis.
   *
   * @param size numbers along it
   * @param from how far apart they are in the file
   * @param to the same in memory
   */
  private record Axis(long size, long from, long to) {
    /** Whether another's steps are as long as this one. */
    boolean isOneStepOf(Axis outer) {
      return outer.from == size * from && outer.to == size * to;
    }
  }

  private StridedCopy(
      NumberType type, Bytes bytes, Strided source, Strided target, FloatDataBuffer into) {
    this.type = type;
    this.bytes = bytes;
    this.into = into;
    axes = axes(source, target);
    rows = axes.get(axes.size() - 2);
    columns = axes.get(axes.size() - 1);
    tile = new float[(int) Math.min(TILE, source.size())];
  }

  /**
   * Copies.
   *
   * @param source numbers of the file
   * @param target places in memory, of the same shape; the last axis' lie beside each other
   * @throws InputException where the file became shorter since it was opened
   */
  static void copy(
      NumberType type, Bytes bytes, Strided source, Strided target, FloatDataBuffer into) {
    if (source.size() == 0) {
      return;
    }
    bytes.requireWhole();
    new StridedCopy(type, bytes, source, target, into).copy(source.offset(), target.offset());
  }

  /** As few as both take, but two at least; the last with numbers that lie together in memory. */
  private static List<Axis> axes(Strided source, Strided target) {
    List<Axis> axes = new ArrayList<>();
    for (int i = 0; i < source.shape().length; i++) {
      Axis axis = new Axis(source.shape()[i], source.strides()[i], target.strides()[i]);
      int last = axes.size() - 1;
      if (axis.size == 1) {
        continue;
      } else if (last >= 0 && axis.isOneStepOf(axes.get(last))) {
        axes.set(last, new Axis(axes.get(last).size * axis.size, axis.from, axis.to));
      } else {
        axes.add(axis);
      }
    }
    if (axes.isEmpty() || axes.get(axes.size() - 1).to != 1) {
      axes.add(new Axis(1, 0, 1));
    }
    if (axes.size() == 1) {
      axes.add(0, new Axis(1, 0, 0));
    }
    return axes;
  }

  private void copy(long source, long target) {
    int high = (int) Math.min(rows.size, Math.max(ROWS, TILE / columns.size));
    int wide = (int) Math.min(columns.size, TILE / high);
    for (long row = 0; row < rows.size; row += high) {
      for (long column = 0; column < columns.size; column += wide) {
        copy(
            0,
            source + row * rows.from + column * columns.from,
            target + row * rows.to + column,
            (int) Math.min(high, rows.size - row),
            (int) Math.min(wide, columns.size - column));
      }
    }
  }

  /** A tile of each matrix that the outer axes have, from one of these on. */
  private void copy(int outer, long source, long target, int high, int wide) {
    if (outer == axes.size() - 2) {
      read(source, high, wide);
      write(target, high, wide);
      return;
    }
    Axis axis = axes.get(outer);
    for (long i = 0; i < axis.size; i++) {
      copy(outer + 1, source + i * axis.from, target + i * axis.to, high, wide);
    }
  }

  /** Along the axis whose numbers lie closer together. */
  private void read(long source, int high, int wide) {
    if (columns.from <= rows.from || high == 1) {
      for (int r = 0; r < high; r++) {
        type.read(bytes, source + r * rows.from, columns.from, wide, tile, r * wide, 1);
      }
    } else {
      for (int c = 0; c < wide; c++) {
        type.read(bytes, source + c * columns.from, rows.from, high, tile, c, wide);
      }
    }
  }

  private void write(long target, int high, int wide) {
    if (rows.to == wide || high == 1) {
      into.slice(target, (long) high * wide).write(tile, 0, high * wide);
      return;
    }
    for (int r = 0; r < high; r++) {
      into.slice(target + r * rows.to, wide).write(tile, r * wide, wide);
    }
  }
}
