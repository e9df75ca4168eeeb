package io.github.fdistill.sampling;

import io.github.fdistill.report.CloudGrid;
import io.github.fdistill.report.Density;
import io.github.fdistill.report.Extent;
import io.github.fdistill.report.PointCloud;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Stream;

/** Pictures of points: the first two coordinates, or the only one against the sample's number. */
final class Clouds {
  private Clouds() {}

  /** Draws sets of points side by side, to one scale. */
  static BufferedImage draw(List<Samples> sets) {
    List<float[]> points = sets.stream().map(Clouds::plane).toList();
    double reach = 0;
    for (float[] set : points) {
      for (float value : set) {
        reach = Float.isFinite(value) ? Math.max(reach, Math.abs(value)) : reach;
      }
    }
    Density white = Density.none(Extent.square(reach > 0 ? 1.05 * reach : 1));
    Stream<PointCloud> clouds = points.stream().map(set -> new PointCloud("", set, white));
    return new CloudGrid(sets.size(), clouds.toList()).draw();
  }

  private static float[] plane(Samples samples) {
    int d = (int) samples.image().size();
    int count = samples.values().length / d;
    float[] plane = new float[2 * count];
    for (int i = 0; i < count; i++) {
      plane[2 * i] = samples.values()[i * d];
      plane[2 * i + 1] = d > 1 ? samples.values()[i * d + 1] : (2 * i + 1f) / count - 1;
    }
    return plane;
  }
}
