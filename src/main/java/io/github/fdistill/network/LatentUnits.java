package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a network's latents are of those that an autoencoder gives: (encoded - shift) scale.
 *
 * @param shift one number for all channels, or one for each
 * @param scale the same; none is 0
 * @param fromZero whether the autoencoder is shown images from 0 to 1, and gives such; else from -1
 *     to 1, as ours are
 */
public record LatentUnits(List<Double> shift, List<Double> scale, boolean fromZero) {
  /** What Stable Diffusion's autoencoder gives of images from 0 to 1, as EDM2 takes it. */
  public static final Moments EDM2_GIVEN =
      new Moments(List.of(5.81, 3.25, 0.12, -2.15), List.of(4.17, 4.62, 3.71, 3.28));

  /** What EDM2 makes of it: in each of the 4 channels the mean 0 and the deviation 0.5. */
  public static final Moments EDM2_MADE =
      new Moments(Collections.nCopies(4, 0.0), Collections.nCopies(4, 0.5));

  /**
   * Those of EDM2's networks of latents (Karras et al. 2024): Stable Diffusion's autoencoder is
   * shown images from 0 to 1, and each channel has the mean 0 and the deviation 0.5.
   */
  public static final LatentUnits EDM2 = of(EDM2_GIVEN, EDM2_MADE);

  /** Means and deviations, above 0, of each channel. */
  public record Moments(List<Double> means, List<Double> deviations) {}

  /**
   * Those that bring an autoencoder, which is shown images from 0 to 1, from some moments to
   * others: (encoded - given mean) made deviation / given deviation + made mean.
   */
  public static LatentUnits of(Moments given, Moments made) {
    List<Double> shift = new ArrayList<>();
    List<Double> scale = new ArrayList<>();
    for (int i = 0; i < given.means().size(); i++) {
      double factor = made.deviations().get(i) / given.deviations().get(i);
      shift.add(given.means().get(i) - made.means().get(i) / factor);
      scale.add(factor);
    }
    return new LatentUnits(List.copyOf(shift), List.copyOf(scale), true);
  }

  /** The same for all channels, of images from -1 to 1. */
  public static LatentUnits of(double shift, double scale) {
    return new LatentUnits(List.of(shift), List.of(scale), false);
  }

  /** Whether an autoencoder of so many channels can have them. */
  public boolean fit(long channels) {
    return List.of(shift, scale).stream().allMatch(n -> n.size() == 1 || n.size() == channels);
  }

  /** What the autoencoder is shown of an image. */
  Expr shown(Expr image) {
    return fromZero ? image.plus(1).times(0.5) : image;
  }

  /** The image of what the autoencoder gives. */
  Expr image(Expr given) {
    return fromZero ? given.times(2).minus(1) : given;
  }

  Expr latents(Expr encoded) {
    boolean one = shift.size() == 1;
    Expr around = one ? encoded.minus(shift.get(0)) : encoded.minus(each(encoded, shift));
    return scaled(around);
  }

  /** The deviation of latents, of the autoencoder's. */
  Expr scaled(Expr encoded) {
    return scale.size() == 1 ? encoded.times(scale.get(0)) : encoded.times(each(encoded, scale));
  }

  Expr encoded(Expr latents) {
    Expr around =
        scale.size() == 1 ? latents.over(scale.get(0)) : latents.over(each(latents, scale));
    return shift.size() == 1 ? around.plus(shift.get(0)) : around.plus(each(latents, shift));
  }

  private static Expr each(Expr like, List<Double> numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.get(i).floatValue();
    }
    return Expr.of(like.tf(), like.tf().constant(values));
  }
}
