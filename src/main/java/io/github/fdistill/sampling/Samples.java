package io.github.fdistill.sampling;

import io.github.fdistill.config.Precision;
import io.github.fdistill.data.ImageGrid;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.network.LatentDecoder;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/**
 * What was drawn from a model.
 *
 * @param values [N,H,W,C] in C order, data units
 * @param image [H,W,C]
 */
public record Samples(float[] values, Shape image) {
  /** Two deviations of latents, as networks have them: what is beyond is no brighter. */
  public static final float WIDEST = 2;

  /**
   * Draws a model's, a teacher's or a student's.
   *
   * @throws io.github.fdistill.InputException when the model cannot be sampled so
   */
  public static Samples of(StudentModel model, Sampling sampling, SampleGrid grid) {
    try (Sampler sampler = sampling.sampler(model)) {
      return of(model, grid, sampler);
    }
  }

  /** Draws a student's, in as many evaluations as it has steps. */
  public static Samples ofStudent(StudentModel student, SampleGrid grid) {
    try (Sampler sampler = Sampler.ofStudent(student, Precision.FLOAT32)) {
      return of(student, grid, sampler);
    }
  }

  /** Draws a model's by a sampler of it. */
  public static Samples of(StudentModel model, SampleGrid grid, Sampler sampler) {
    return new Samples(sampler.draw(grid.seedOfEach(), grid.conditionOfEach()), model.image());
  }

  /** The shape [H,W,C] of what a model's samples are shown as: of latents, of their images. */
  public static Shape shown(StudentModel model) {
    return decoder(model).map(Pipeline::image).orElse(model.image());
  }

  /** Whether a model's samples are images, from -1 to 1: neither points nor latents of images. */
  public static boolean areImages(StudentModel model) {
    Shape image = model.image();
    return !Drawable.ofPoints(image) && !Drawable.ofLatents(image) && decoder(model).isEmpty();
  }

  /** Images of latents, where the model that they were drawn from has a decoder. */
  public Samples decoded(StudentModel model) {
    return decoder(model).map(p -> new Samples(p.decoded(values, image), p.image())).orElse(this);
  }

  /** The same by a decoder that is loaded; without one, as they are. */
  public Samples decoded(Optional<LatentDecoder> decoder) {
    return decoder.map(d -> new Samples(d.decoded(values), d.image())).orElse(this);
  }

  /** The decoder of a model whose samples are latents, where it has one; to be closed. */
  public static Optional<LatentDecoder> openDecoder(StudentModel model) {
    return decoder(model).map(pipeline -> new LatentDecoder(pipeline, model.image()));
  }

  private static Optional<Pipeline> decoder(StudentModel model) {
    return model.pipeline().filter(Pipeline::decodes);
  }

  /** So many of them from one on. */
  public Samples some(int from, int count) {
    int size = (int) image.size();
    return from == 0 && count * size == values.length
        ? this
        : new Samples(Arrays.copyOfRange(values, from * size, (from + count) * size), image);
  }

  /** As images, which have 1 or 3 channels. */
  public Images images() {
    return new Images(values, (int) image.get(0), (int) image.get(1), (int) image.get(2));
  }

  /**
   * The same within -1 and 1, where they are images: what a network gives beyond is no brighter.
   * Points and latents lie where they lie, and what is no number stays.
   */
  public Samples inRange() {
    if (Drawable.ofPoints(image) || Drawable.ofLatents(image)) {
      return this;
    }
    float[] cut = values.clone();
    for (int i = 0; i < cut.length; i++) {
      cut[i] = Float.isFinite(cut[i]) ? Math.max(-1, Math.min(1, cut[i])) : cut[i];
    }
    return new Samples(cut, image);
  }

  /** How many of them hold what is no finite number: a network has diverged there. */
  public int broken() {
    int size = (int) image.size();
    return (int)
        IntStream.range(0, values.length)
            .filter(i -> !Float.isFinite(values[i]))
            .map(i -> i / size)
            .distinct()
            .count();
  }

  /** The shape [N,H,W,C]. */
  public long[] shape() {
    return image.prepend(values.length / image.size()).asArray();
  }

  /**
   * Writes a picture of one or several sets side by side: grids of images, or clouds of points.
   *
   * @param grid which samples they are
   */
  public static void writePicture(Path png, SampleGrid grid, List<Samples> sets) {
    PngFile.write(png, picture(grid, sets));
  }

  /** The picture that {@link #writePicture} writes. */
  public static BufferedImage picture(SampleGrid grid, List<Samples> sets) {
    return Drawable.ofPoints(sets.get(0).image())
        ? Clouds.draw(sets)
        : ImageGrid.draw(grid.columns(), sets.stream().map(Samples::pictured).toList());
  }

  /** As pictures: of latents the first channels, black and white at -2 and 2. */
  private Images pictured() {
    if (!Drawable.ofLatents(image)) {
      return images();
    }
    int channels = (int) image.get(2);
    int shown = Drawable.shownChannels(image);
    float[] some = new float[values.length / channels * shown];
    for (int i = 0; i < some.length; i++) {
      some[i] = values[i / shown * channels + i % shown] / WIDEST;
    }
    return new Images(some, (int) image.get(0), (int) image.get(1), shown);
  }
}
