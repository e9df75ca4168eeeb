package io.github.fdistill.report;

import java.util.stream.DoubleStream;

/**
 * A density on a grid of cells over a rectangle, known at the middle of each cell: that of column i
 * of n has x = xMin + (i + 1/2) (xMax - xMin) / n.
 *
 * @param values [rows, columns] in C order, not negative; the first row is the lowest, at yMin
 */
public record Density(double[] values, int rows, int columns, Extent extent) {
  public Density {
    if (rows < 1 || columns < 1 || values.length != (long) rows * columns) {
      throw new IllegalArgumentException(
          values.length + " values are not " + rows + " rows of " + columns);
    }
    if (!DoubleStream.of(values).allMatch(value -> value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException("a density that is negative or no finite number");
    }
  }

  /** No density anywhere: a white background. */
  public static Density none(Extent extent) {
    return new Density(new double[1], 1, 1, extent);
  }

  /** A function of the plane. */
  @FunctionalInterface
  public interface Function {
    /** Its value at a point. */
    double at(double x, double y);
  }

  /** A function at the middle of each cell. */
  public static Density of(Extent extent, int rows, int columns, Function function) {
    double[] values = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      double y = extent.yMin() + (row + 0.5) * extent.height() / rows;
      for (int column = 0; column < columns; column++) {
        double x = extent.xMin() + (column + 0.5) * extent.width() / columns;
        values[row * columns + column] = function.at(x, y);
      }
    }
    return new Density(values, rows, columns, extent);
  }

  double greatest() {
    return DoubleStream.of(values).max().orElseThrow();
  }

  /**
   * The density between the cells' middles, linear along x and along y; as at the nearest middle
   * outside of them.
   *
   * @param right from 0 at xMin to 1 at xMax
   * @param up from 0 at yMin to 1 at yMax
   */
  double between(double right, double up) {
    double x = Math.max(0, Math.min(columns - 1, right * columns - 0.5));
    double y = Math.max(0, Math.min(rows - 1, up * rows - 0.5));
    int column = Math.min((int) x, Math.max(0, columns - 2));
    int row = Math.min((int) y, Math.max(0, rows - 2));
    double lower = along(row, column, x - column);
    double upper = along(Math.min(row + 1, rows - 1), column, x - column);
    return lower + (upper - lower) * (y - row);
  }

  private double along(int row, int column, double fraction) {
    double left = values[row * columns + column];
    double right = values[row * columns + Math.min(column + 1, columns - 1)];
    return left + (right - left) * fraction;
  }
}
