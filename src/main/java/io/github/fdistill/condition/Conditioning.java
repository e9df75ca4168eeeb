package io.github.fdistill.condition;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What a model takes beside noisy images and their noise levels, or beside noise: named inputs,
 * each with a row for an image. Two conditionings are alike if their inputs' names, types and
 * shapes are.
 */
public record Conditioning(List<Input> inputs) {
  /** The input of a model that knows classes: a number from 0, [N] int32. */
  public static final String LABEL = "label";

  /** Of a model that takes nothing. */
  public static final Conditioning NONE = new Conditioning(List.of());

  /**
   * One input.
   *
   * @param type DT_INT32 or DT_FLOAT
   * @param each the shape of a row; [] of a label
   * @param none what a row holds where there is no condition: a number for each of its values, or
   *     one for all; empty where that is not known
   */
  public record Input(String name, DataType type, Shape each, List<Double> none) {
    /**
     * @throws InputException when the type is another, a dimension is not fixed, or there are as
     *     many numbers for none as a row has not
     */
    public Input {
      none = List.copyOf(none);
      require(
          type == DataType.DT_INT32 || type == DataType.DT_FLOAT,
          name,
          "" + type,
          "DT_INT32 or DT_FLOAT");
      require(
          !each.isUnknown() && !each.hasUnknownDimension(),
          name,
          "rows of shape " + each,
          "rows of a fixed shape");
      require(
          none.size() <= 1 || none.size() == each.size(),
          name,
          none.size() + " numbers for none",
          "one, or " + each.size() + ", as a row has");
    }

    private static void require(boolean holds, String name, String found, String needed) {
      if (!holds) {
        throw new InputException(
            "condition '" + name + "'",
            found,
            needed,
            "export the model with such an input, or correct what is said of it");
      }
    }

    /** How many numbers a row has: of any shape, as a server may say it. */
    public double numbers() {
      return Arrays.stream(each.asArray()).asDoubleStream().reduce(1, (a, b) -> a * b);
    }

    private Shape shape(long rows) {
      return each.prepend(rows);
    }

    @Override
    public String toString() {
      StringBuilder dims = new StringBuilder("[N");
      for (long size : each.asArray()) {
        dims.append(',').append(size);
      }
      return name + " " + dims + (type == DataType.DT_INT32 ? "] int32" : "] float32");
    }
  }

  /**
   * @throws InputException when two inputs have one name
   */
  public Conditioning {
    inputs = List.copyOf(inputs);
    Set<String> names = new HashSet<>();
    for (Input input : inputs) {
      if (!names.add(input.name())) {
        throw new InputException(
            "condition '" + input.name() + "'", "two of that name", "one", "rename one of them");
      }
    }
  }

  /**
   * Of a model that takes a class alone.
   *
   * @param classes the label that means "no class" is this number; 0 or less: none does
   */
  public static Conditioning ofClasses(int classes) {
    return new Conditioning(List.of(label(classes)));
  }

  /**
   * The input of a class.
   *
   * @param classes the label that means "no class" is this number; 0 or less: none does
   */
  public static Input label(int classes) {
    List<Double> none = classes > 0 ? List.of((double) classes) : List.of();
    return new Input(LABEL, DataType.DT_INT32, Shape.scalar(), none);
  }

  /** Whether the model takes nothing. */
  public boolean isEmpty() {
    return inputs.isEmpty();
  }

  /** Whether the model takes one thing alone: its class. */
  public boolean isClassAlone() {
    return names().equals(Set.of(LABEL));
  }

  /** The input of a name. */
  public Optional<Input> input(String name) {
    return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
  }

  /** The names of its inputs. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    inputs.forEach(input -> names.add(input.name()));
    return names;
  }

  /** Whether there is something to take, and for all of it what it is where there is none. */
  public boolean knowsNone() {
    return !isEmpty() && inputs.stream().noneMatch(input -> input.none().isEmpty());
  }

  /** Whether names, types and shapes of the inputs are the same, in whatever order. */
  public boolean isLike(Conditioning other) {
    return texts().equals(other.texts());
  }

  private Set<String> texts() {
    Set<String> texts = new HashSet<>();
    inputs.forEach(input -> texts.add(input.toString()));
    return texts;
  }

  /**
   * Placeholders by the inputs' names.
   *
   * @param rows N; -1: any number
   */
  public Condition placeholders(Ops tf, long rows) {
    Map<String, Operand<?>> tensors = new LinkedHashMap<>();
    for (Input input : inputs) {
      Placeholder.Options shape = Placeholder.shape(input.shape(rows));
      Ops named = tf.withName(input.name());
      tensors.put(
          input.name(),
          input.type() == DataType.DT_INT32
              ? named.placeholder(TInt32.class, shape)
              : named.placeholder(TFloat32.class, shape));
    }
    return new Condition(tensors);
  }

  /**
   * No condition, as guidance needs it and dropping conditions in training.
   *
   * @param rows [1] int32, holding N
   * @throws InputException where that is not known of an input
   */
  public Condition none(Ops tf, Operand<TInt32> rows) {
    Map<String, Operand<?>> tensors = new LinkedHashMap<>();
    for (Input input : inputs) {
      if (input.none().isEmpty()) {
        throw new InputException(
            "condition '" + input.name() + "'",
            "the model does not say what it is where there is none",
            "none { input: \"" + input.name() + "\" value: ... }, or for a label its classes",
            "say it in the model's assets.extra/denoiser.pbtxt, or do without: guidance 1, and"
                + " label_dropout 0 in pretraining");
      }
      Operand<TFloat32> all = repeated(tf, input, rows);
      tensors.put(
          input.name(),
          input.type() == DataType.DT_INT32 ? tf.dtypes.cast(all, TInt32.class) : all);
    }
    return new Condition(tensors);
  }

  /** What a row holds where there is no condition, in so many rows. */
  private static Operand<TFloat32> repeated(Ops tf, Input input, Operand<TInt32> rows) {
    int[] each = new int[input.each().numDimensions()];
    int[] once = new int[each.length];
    for (int i = 0; i < each.length; i++) {
      each[i] = Math.toIntExact(input.each().get(i));
      once[i] = 1;
    }
    if (input.none().size() == 1) {
      Operand<TInt32> shape =
          each.length == 0 ? rows : tf.concat(List.of(rows, tf.constant(each)), tf.constant(0));
      return tf.fill(shape, tf.constant(input.none().get(0).floatValue()));
    }
    float[] row = new float[input.none().size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = input.none().get(i).floatValue();
    }
    int[] one = new int[each.length + 1];
    one[0] = 1;
    System.arraycopy(each, 0, one, 1, each.length);
    Operand<TFloat32> shaped = tf.reshape(tf.constant(row), tf.constant(one));
    return tf.tile(shaped, tf.concat(List.of(rows, tf.constant(once)), tf.constant(0)));
  }

  /** Such as "label [N] int32, vector [N,3] float32"; of none "nothing". */
  @Override
  public String toString() {
    List<String> texts = new ArrayList<>();
    inputs.forEach(input -> texts.add(input.toString()));
    return texts.isEmpty() ? "nothing" : String.join(", ", texts);
  }
}
