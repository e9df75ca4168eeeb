package io.github.fdistill.report;

/** A rectangle of the plane. */
public record Extent(double xMin, double xMax, double yMin, double yMax) {
  public Extent {
    if (!(xMin < xMax && yMin < yMax && Double.isFinite(xMax - xMin + (yMax - yMin)))) {
      throw new IllegalArgumentException(
          "no rectangle: x from " + xMin + " to " + xMax + ", y from " + yMin + " to " + yMax);
    }
  }

  /** The square around the origin whose sides are {@code 2 half} long. */
  public static Extent square(double half) {
    return new Extent(-half, half, -half, half);
  }

  /** Whether a point lies in it, its edges included. */
  public boolean contains(double x, double y) {
    return x >= xMin && x <= xMax && y >= yMin && y <= yMax;
  }

  double width() {
    return xMax - xMin;
  }

  double height() {
    return yMax - yMin;
  }
}
