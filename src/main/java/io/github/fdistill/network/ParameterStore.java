package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The parameters of a network while it is built: each becomes a placeholder of the graph, and its
 * first values are drawn from (seed, name) alone.
 */
public final class ParameterStore {
  /** Numbers that are on Java's heap at a time. */
  private static final int PIECE = 1 << 14;

  /** What SplittableRandom adds for each number. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  /** Numbers between the first of a seed and of the next; any large odd number does. */
  private static final long APART = 0x5851F42D4C957F2DL;

  private final long seed;
  private final List<Parameter> list = new ArrayList<>();
  private final List<First> values = new ArrayList<>();

  public ParameterStore(long seed) {
    this.seed = seed;
  }

  long seed() {
    return seed;
  }

  /**
   * A new parameter, named by the scope it is made in.
   *
   * @param std standard deviation of its first values, which are normal; 0: all zeros
   */
  Expr normal(Ops tf, String name, double std, long... shape) {
    Expr parameter = placeholder(tf, name, shape);
    values.add(std > 0 ? new Normal(seed, parameter.op().name(), std) : new Same(0));
    return parameter;
  }

  /** A new parameter whose first values are uniform between -most and most. */
  Expr uniform(Ops tf, String name, double most, long... shape) {
    Expr parameter = placeholder(tf, name, shape);
    values.add(new Uniform(seed, parameter.op().name(), most));
    return parameter;
  }

  /** A new parameter whose first values are all the same. */
  Expr constant(Ops tf, String name, double value, long... shape) {
    Expr parameter = placeholder(tf, name, shape);
    values.add(new Same((float) value));
    return parameter;
  }

  private Expr placeholder(Ops tf, String name, long... shape) {
    Placeholder<TFloat32> placeholder =
        tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
    list.add(new Parameter(placeholder.op().name(), Shape.of(shape)));
    return Expr.of(tf, placeholder);
  }

  /** The parameters made so far. */
  public Parameters parameters() {
    return new Parameters(list);
  }

  /** Their first values, drawn when they are asked for. */
  public Weights first() {
    return new FirstWeights(parameters(), List.copyOf(values));
  }

  /**
   * First values of parameters of another function, drawn from (seed, name) as those of a store.
   *
   * @param deviations the standard deviation of each; 0: all zeros
   */
  public static Weights first(long seed, Parameters parameters, List<Double> deviations) {
    List<First> values = new ArrayList<>();
    for (int i = 0; i < deviations.size(); i++) {
      double std = deviations.get(i);
      String name = parameters.list().get(i).name();
      values.add(std > 0 ? new Normal(seed, name, std) : new Same(0));
    }
    return new FirstWeights(parameters, values);
  }

  private record FirstWeights(Parameters parameters, List<First> values) implements Weights {
    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      First first = values.get(parameter);
      Draw draw = first.draw();
      float[] piece = new float[(int) Math.min(PIECE, into.size())];
      for (long done = 0; done < into.size(); done += piece.length) {
        int count = (int) Math.min(piece.length, into.size() - done);
        for (int i = 0; i < count; i++) {
          piece[i] = draw.next();
        }
        into.slice(done, count).write(piece, 0, count);
      }
    }
  }

  /** How a parameter begins. */
  private sealed interface First {
    Draw draw();
  }

  /** Its numbers, one after another. */
  @FunctionalInterface
  private interface Draw {
    float next();
  }

  private record Same(float value) implements First {
    @Override
    public Draw draw() {
      return () -> value;
    }
  }

  /**
   * A generator for each seed and name. It adds a constant for each number that it draws, so seeds
   * begin far apart, and not each at the next number of the one before.
   */
  private static SplittableRandom random(long seed, String name) {
    long place = 1 + (seed - 1) * APART;
    return new SplittableRandom(place * STEP + name.hashCode());
  }

  private record Uniform(long seed, String name, double most) implements First {
    @Override
    public Draw draw() {
      SplittableRandom random = random(seed, name);
      return () -> (float) (most * (2 * random.nextDouble() - 1));
    }
  }

  /** Box and Muller's. */
  private record Normal(long seed, String name, double std) implements First {
    @Override
    public Draw draw() {
      SplittableRandom random = random(seed, name);
      return () -> {
        double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
        return (float) (std * radius * Math.cos(2 * Math.PI * random.nextDouble()));
      };
    }
  }
}
