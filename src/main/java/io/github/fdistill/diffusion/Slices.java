package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * Networks whose batches are evaluated in equal slices, next to each other in the graph, so that
 * each may run on cores of its own. What comes out is the same but for rounding.
 */
public final class Slices {
  private Slices() {}

  /**
   * A denoiser that sees a batch in slices.
   *
   * @param slices how many; each batch's size must be a multiple of it
   */
  public static Denoiser of(Denoiser denoiser, int slices) {
    return slices == 1
        ? denoiser
        : (x, sigma, condition) -> pass(denoiser, slices, x, sigma, condition);
  }

  /**
   * A generator that makes a batch in slices.
   *
   * @param slices how many; a batch of another size than a multiple of it is evaluated whole
   */
  public static Generator of(Generator generator, int slices) {
    if (slices > 1 && generator instanceof FewSteps few) {
      return new FewSteps(of(few.denoiser(), slices), few.steps(), few.image());
    }
    return slices == 1 ? generator : new Sliced(generator, slices);
  }

  private static Denoiser.Pass pass(
      Denoiser denoiser, int slices, Expr x, Expr sigma, Condition condition) {
    List<Expr> images = x.parts(slices);
    List<Expr> levels = sigma.parts(slices);
    List<Condition> conditions = condition.parts(x.tf(), slices);
    List<Denoiser.Pass> passes = new ArrayList<>();
    for (int i = 0; i < slices; i++) {
      passes.add(denoiser.pass(images.get(i), levels.get(i), conditions.get(i)));
    }
    return Denoiser.Pass.joined(passes, rows -> Expr.concat(0, rows));
  }

  private record Sliced(Generator generator, int slices) implements Generator {
    /** Whole, where the rows do not make equal slices. */
    @Override
    public Expr sample(Expr z, Condition condition) {
      if (z.shape().get(0) % slices != 0) {
        return generator.sample(z, condition);
      }
      List<Expr> noise = z.parts(slices);
      List<Condition> conditions = condition.parts(z.tf(), slices);
      List<Expr> images = new ArrayList<>();
      for (int i = 0; i < slices; i++) {
        images.add(generator.sample(noise.get(i), conditions.get(i)));
      }
      return Expr.concat(0, images);
    }

    @Override
    public Shape noise() {
      return generator.noise();
    }
  }
}
