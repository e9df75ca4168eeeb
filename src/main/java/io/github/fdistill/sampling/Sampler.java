package io.github.fdistill.sampling;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Lanes;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.device.SideBySide;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.diffusion.HeunSampler;
import io.github.fdistill.diffusion.NoiseLevels;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.GeneratorModel;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Draws images from a denoiser's SavedModel: from a student in as many evaluations as it has steps,
 * from a teacher with Heun's method in 2 steps - 1. The image of a row is a function of its seed
 * and condition.
 */
public final class Sampler implements AutoCloseable {
  /** Images that are drawn in one run, at most. */
  private static final int ROWS = 100;

  /** What the names of the model's nodes begin with, a pattern. */
  private static final String NODES = "model/\\d+/";

  private final LoadedNetwork loaded = new LoadedNetwork();
  private final SideBySide sideBySide = new SideBySide(loaded.graph());
  private final Ops tf = loaded.tf();
  private final Placeholder<TInt64> seed = placeholder(TInt64.class, Shape.of(-1));
  private final String where;
  private final Conditioning conditioning;
  private final Condition condition;
  private final Placeholder<TFloat32> sigma = placeholder(TFloat32.class, Shape.scalar());
  private final Placeholder<TFloat32> next = placeholder(TFloat32.class, Shape.scalar());
  private final Placeholder<TFloat32> x;
  private final int valuesPerImage;

  /** Images of a run, at most. */
  private final int most;

  /**
   * What is drawn from the seeds; each level but the last two leads to the next by {@code step}.
   */
  private final Expr first;

  private final Expr step;
  private final Expr last;
  private final double[] levels;
  private final Session session;
  private SessionRuns usual = SessionRuns.PLAIN;

  private Sampler(StudentModel model, Precision precision, double guidance, double[] levels) {
    this.levels = levels;
    this.most = drawnAtOnce(model, guidance);
    boolean denoises = model instanceof DenoiserModel;
    this.where =
        model.origin()
            + ", signature "
            + (denoises ? DenoiserModel.SIGNATURE : GeneratorModel.SIGNATURE);
    this.conditioning = model.conditioning();
    try {
      condition = conditioning.placeholders(tf, -1);
      Shape image = model.image();
      valuesPerImage = (int) image.size();
      x = placeholder(TFloat32.class, image.prepend(-1));

      Expr weights = loaded.vector(model.weights());
      Shape noise = levels.length > 0 ? image : model.noise();
      Expr z = SeededNoise.normal(tf, seed, noise.get(0), noise.get(1), noise.get(2));
      if (levels.length > 0 && model instanceof DenoiserModel teacher) {
        Denoiser network = denoiser(teacher, weights, precision);
        Denoiser denoiser = guidance == 1 ? network : new Guided(network, conditioning, guidance);
        HeunSampler heun = new HeunSampler(denoiser, condition);
        first = z.times(levels[0]);
        step = heun.step(Expr.of(tf, x), Expr.of(tf, sigma), Expr.of(tf, next));
        last = heun.last(Expr.of(tf, x), Expr.of(tf, sigma));
      } else {
        first = model.generator(tf, "model", weights, precision).sample(z, condition);
        step = first;
        last = first;
      }
      session = loaded.open();
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /** With guidance the network takes each image twice. */
  private static int drawnAtOnce(StudentModel model, double guidance) {
    int drawn = model.drawnAtOnce(ROWS);
    return guidance == 1 ? drawn : Math.max(1, Math.min(drawn, model.mostRows(2 * ROWS) / 2));
  }

  private Denoiser denoiser(DenoiserModel model, Expr vector, Precision precision) {
    NetworkFunction images = model.function().only(List.of(DenoiserModel.DENOISED));
    return new ImportedDenoiser(tf, "model", StudentModel.forDrawing(images, precision), vector);
  }

  /** As many evaluations for each image as the student has steps. */
  public static Sampler ofStudent(StudentModel student, Precision precision) {
    return new Sampler(student, precision, 1, new double[0]);
  }

  /**
   * Heun's method.
   *
   * @param steps noise levels above 0; 2 steps - 1 evaluations an image
   * @param guidance 1: none
   */
  public static Sampler heun(
      DenoiserModel teacher, int steps, double guidance, Precision precision) {
    double last = teacher.info().getSigmaMin();
    double[] levels = NoiseLevels.heun(steps, last, teacher.sampledFrom(), NoiseLevels.RHO);
    return new Sampler(teacher, precision, guidance, levels);
  }

  /** This one, whose runs are made in some way wherever nothing else is said. */
  public Sampler by(SessionRuns how) {
    usual = how;
    return this;
  }

  /**
   * Draws an image for each seed, under the condition of its row.
   *
   * @param conditions as many as seeds; what the model does not take is ignored
   * @return [N,H,W,C] in C order, data units
   */
  public float[] draw(long[] seeds, ConditionRows conditions) {
    return draw(seeds, conditions, usual);
  }

  /**
   * Draws an image for each seed, under the condition of its row.
   *
   * @param how the runs of the session are made, some of them side by side
   */
  public float[] draw(long[] seeds, ConditionRows conditions, SessionRuns how) {
    return draw(seeds, conditions, block(seeds.length), how);
  }

  /** How many of so many images are drawn in a run, but for the last of them. */
  int block(int images) {
    return Lanes.each(images, most);
  }

  /**
   * The same with so many in a run, so that some of many images have the bits that they have among
   * all.
   */
  float[] draw(long[] seeds, ConditionRows conditions, int block, SessionRuns how) {
    float[] images = new float[Math.multiplyExact(seeds.length, valuesPerImage)];
    Lanes.inBlocksOf(
        block,
        seeds.length,
        (from, to) -> {
          ConditionRows some = conditions.range(from, to);
          float[] part = drawAtOnce(Arrays.copyOfRange(seeds, from, to), some, how);
          System.arraycopy(part, 0, images, from * valuesPerImage, part.length);
        });
    return images;
  }

  private float[] drawAtOnce(long[] seeds, ConditionRows conditions, SessionRuns how) {
    Shape rows = Shape.of(seeds.length);
    try (TInt64 s = TInt64.tensorOf(rows, DataBuffers.of(seeds, true, false));
        ConditionTensors c = conditions.tensors(conditioning)) {
      Result result = run(how, c.into(session.runner(), condition).feed(seed, s).fetch(first));
      for (int i = 0; i + 1 < levels.length; i++) {
        result = advance(result, c, levels[i], levels[i + 1], how);
      }
      try (Result done = result) {
        return TensorBundle.floats((TFloat32) done.get(0));
      }
    }
  }

  /** One step of Heun's method; closes what it started from. */
  private Result advance(
      Result from, ConditionTensors conditions, double level, double nextLevel, SessionRuns how) {
    try (Result previous = from;
        Tensor s = TFloat32.scalarOf((float) level);
        Tensor n = TFloat32.scalarOf((float) nextLevel)) {
      Session.Runner runner =
          conditions.into(session.runner(), condition).feed(x, previous.get(0)).feed(sigma, s);
      return run(how, nextLevel > 0 ? runner.feed(next, n).fetch(step) : runner.fetch(last));
    }
  }

  private Result run(SessionRuns how, Session.Runner prepared) {
    try {
      return sideBySide.run(how, prepared);
    } catch (RuntimeException e) {
      throw RunFailure.isOne(e) ? RunFailure.of(where, loaded.graph(), NODES, e) : e;
    }
  }

  /**
   * How long one image takes, by its first step, the shorter of two times; of a student by the
   * second of two drawings.
   *
   * @param conditions of which the first is told
   */
  public double secondsPerImage(ConditionRows conditions) {
    double shortest = Double.POSITIVE_INFINITY;
    try (TInt64 s = TInt64.vectorOf(0);
        ConditionTensors c = conditions.range(0, 1).tensors(conditioning)) {
      Session.Runner begin = c.into(session.runner(), condition).feed(seed, s).fetch(first);
      Result result = run(SessionRuns.PLAIN, begin);
      if (levels.length == 0) {
        long start = System.nanoTime();
        run(SessionRuns.PLAIN, begin).close();
        shortest = (System.nanoTime() - start) / 1e9;
      }
      for (int i = 0; i < 2 && levels.length > 0; i++) {
        long start = System.nanoTime();
        result = advance(result, c, levels[0], levels[1], SessionRuns.PLAIN);
        shortest = Math.min(shortest, (System.nanoTime() - start) / 1e9);
      }
      result.close();
    }
    return levels.length == 0 ? shortest : ofSteps(levels.length - 1, shortest);
  }

  /**
   * What so many steps of Heun's method take: each is two evaluations, but the last, which is one.
   */
  static double ofSteps(int steps, double first) {
    return steps == 1 ? first : first / 2 * Sampling.evaluations(steps);
  }

  /** How many runs of the session so many images are drawn in. */
  public int runs(int images) {
    return Lanes.blocks(images, most) * Math.max(1, levels.length);
  }

  /** What the model takes. */
  public Conditioning conditioning() {
    return conditioning;
  }

  /** What everything runs in; rows are of any number. */
  public Graph graph() {
    return loaded.graph();
  }

  /** What is fetched to draw images, run after run. */
  public List<Operation> runs() {
    List<Operation> runs = new ArrayList<>(List.of(first.op()));
    for (int i = 0; i + 1 < levels.length; i++) {
      runs.add((levels[i + 1] > 0 ? step : last).op());
    }
    return runs;
  }

  private <T extends org.tensorflow.types.family.TType> Placeholder<T> placeholder(
      Class<T> type, Shape shape) {
    return tf.placeholder(type, Placeholder.shape(shape));
  }

  @Override
  public void close() {
    loaded.close();
  }
}
