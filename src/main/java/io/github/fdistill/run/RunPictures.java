package io.github.fdistill.run;

import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.training.BatchReadings;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What can be seen of a run on the way: pictures of the student or the teacher, and for each range
 * of noise levels how the density ratios and their weights are spread.
 *
 * @param role of the model, such as "student"
 */
public record RunPictures(RunSession session, String role) {
  /** Equal ranges of the logarithm of the noise level. */
  private static final int RANGES = 4;

  /**
   * Draws a model's samples, as a file and for TensorBoard.
   *
   * @param all that a picture could show; it shows what is drawn in time
   * @param sampler of the model, closed here
   */
  void draw(StudentModel model, SampleGrid all, Sampler sampler, long step, RunLog log)
      throws IOException {
    SampleGrid grid;
    Samples drawn;
    try (Sampler onTheWay = session.onTheWay(sampler)) {
      grid = session.shown(all, onTheWay);
      drawn = Samples.of(model, grid, onTheWay);
    }
    String name = RunFiles.picture(step);
    session.rows().drawn(name, grid, all);
    BufferedImage picture = Samples.picture(grid, List.of(drawn.decoded(model)));
    PngFile.write(session.files().pictures().resolve(name), picture);
    Raster raster = picture.getRaster();
    int channels = Math.min(raster.getNumBands(), 3);
    byte[] pixels = new byte[raster.getWidth() * raster.getHeight() * channels];
    int next = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      for (int x = 0; x < raster.getWidth(); x++) {
        for (int band = 0; band < channels; band++) {
          pixels[next++] = (byte) raster.getSample(x, y, band);
        }
      }
    }
    log.image(step - 1, role, pixels, raster.getHeight(), raster.getWidth(), channels);
  }

  /** Shows log r, r and h(r) of each range of noise levels. */
  static void spread(NoiseConfig noise, BatchReadings readings, long step, RunLog log)
      throws IOException {
    double low = Math.log(noise.getSigmaMin());
    double high = Math.log(noise.getSigmaMax());
    for (int range = 0; range < RANGES; range++) {
      double from = Math.exp(low + (high - low) * range / RANGES);
      double to = Math.exp(low + (high - low) * (range + 1) / RANGES);
      boolean first = range == 0;
      boolean last = range == RANGES - 1;
      boolean[] inside = new boolean[readings.sigma().length];
      for (int i = 0; i < inside.length; i++) {
        float sigma = readings.sigma()[i];
        inside[i] = (first || from <= sigma) && (last || sigma < to);
      }
      String levels = String.format(Locale.ROOT, "/%d_sigma_%.3g_to_%.3g", range + 1, from, to);
      log.histogram(step - 1, "logit" + levels, chosen(readings.logRatio(), inside));
      log.histogram(step - 1, "r" + levels, chosen(readings.ratio(), inside));
      log.histogram(step - 1, "h" + levels, chosen(readings.weight(), inside));
    }
  }

  private static float[] chosen(float[] values, boolean[] which) {
    float[] chosen = new float[values.length];
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      if (which[i]) {
        chosen[count++] = values[i];
      }
    }
    return Arrays.copyOf(chosen, count);
  }
}
