package io.github.fdistill.run;

import io.github.fdistill.Logs;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import org.apache.logging.log4j.Logger;

/**
 * How many images a run's pictures have, on the way and at the end: no more than their model draws
 * in ten minutes. One of the size of Stable Diffusion would take hours for a picture of them all.
 */
final class DrawingTime {
  private static final Logger LOG = Logs.of(DrawingTime.class);
  private static final double MOST_SECONDS = 600;

  private DrawingTime() {}

  /** The grid, or as much of it as the sampler draws in time, by the time of an evaluation. */
  static SampleGrid within(SampleGrid grid, Sampler sampler) {
    if (grid.count() == 1) {
      return grid;
    }
    double each = sampler.secondsPerImage(grid.conditions());
    SampleGrid drawn = within(grid, each);
    if (drawn.count() < grid.count()) {
      LOG.info(
          "Drawing {} of {} images, for one takes {} s; ./fdistill sample draws any",
          drawn.count(),
          grid.count(),
          Math.round(each));
    }
    return drawn;
  }

  /**
   * The same by the time that an image takes.
   *
   * @param each seconds
   */
  static SampleGrid within(SampleGrid grid, double each) {
    return grid.atMost((long) (MOST_SECONDS / each));
  }
}
