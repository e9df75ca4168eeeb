package io.github.fdistill.condition;

import io.github.fdistill.InputException;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Conditions of several images, outside any graph. The arrays are its own and not copied: whoever
 * makes rows may fill them; nobody changes them later.
 *
 * @param count how many images
 * @param columns by the names of a model's inputs
 */
public record ConditionRows(int count, Map<String, Column> columns) {

  /** The values of one input, a row for each image, in C order. */
  public sealed interface Column permits Ints, Floats {
    /** The shape of a row. */
    Shape each();

    /** How many values there are, of all rows. */
    int length();

    /** A value, as a text. */
    String value(int index);

    /** The same as a number. */
    double number(int index);

    /** Some of the rows, in the order in which they are named. */
    Column rows(int[] which);

    /** A tensor of some rows, which the caller closes. */
    Tensor tensor(int from, int to);

    /** The shape of all rows, [N] and that of a row. */
    default Shape shape() {
      return each().prepend(length() / Math.max(1, each().size()));
    }

    /** All rows as nested lists, such as "[[1, 2], [3, 4]]": JSON. */
    default String nested() {
      if (length() == 0) {
        return "[]";
      }
      StringBuilder text = new StringBuilder();
      long[] dims = shape().asArray();
      long[] inside = new long[dims.length]; // Values in an entry of each axis.
      long size = 1;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        size *= dims[axis];
        inside[axis] = size;
      }
      for (int i = 0; i < length(); i++) {
        for (long whole : inside) {
          text.append(i % whole == 0 ? "[" : "");
        }
        text.append(value(i));
        for (long whole : inside) {
          text.append((i + 1) % whole == 0 ? "]" : "");
        }
        text.append(i + 1 < length() ? ", " : "");
      }
      return text.toString();
    }
  }

  /** Whole numbers. */
  public record Ints(Shape each, int[] values) implements Column {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public Column rows(int[] which) {
      int size = Math.toIntExact(each.size());
      int[] rows = new int[Math.multiplyExact(which.length, size)];
      for (int i = 0; i < which.length; i++) {
        System.arraycopy(values, which[i] * size, rows, i * size, size);
      }
      return new Ints(each, rows);
    }

    @Override
    public String value(int index) {
      return Integer.toString(values[index]);
    }

    @Override
    public double number(int index) {
      return values[index];
    }

    @Override
    public Tensor tensor(int from, int to) {
      long size = each.size();
      return TInt32.tensorOf(
          each.prepend(to - from),
          DataBuffers.of(values, true, false).slice(from * size, (to - from) * size));
    }
  }

  /** Numbers. */
  public record Floats(Shape each, float[] values) implements Column {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public Column rows(int[] which) {
      int size = Math.toIntExact(each.size());
      float[] rows = new float[Math.multiplyExact(which.length, size)];
      for (int i = 0; i < which.length; i++) {
        System.arraycopy(values, which[i] * size, rows, i * size, size);
      }
      return new Floats(each, rows);
    }

    @Override
    public String value(int index) {
      return Float.toString(values[index]);
    }

    @Override
    public double number(int index) {
      return values[index];
    }

    @Override
    public Tensor tensor(int from, int to) {
      long size = each.size();
      return TFloat32.tensorOf(
          each.prepend(to - from),
          DataBuffers.of(values, true, false).slice(from * size, (to - from) * size));
    }
  }

  /** Every column has as many rows. */
  public ConditionRows {
    columns = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    columns.forEach(
        (name, column) -> {
          if (column.length() != count * column.each().size()) {
            throw new IllegalArgumentException(
                name + " has " + column.length() + " values for " + count + " rows");
          }
        });
  }

  /** Rows of zeros, to be filled. */
  public static ConditionRows zeros(Conditioning conditioning, int count) {
    Map<String, Column> columns = new LinkedHashMap<>();
    for (Conditioning.Input input : conditioning.inputs()) {
      int length = Math.toIntExact(count * input.each().size());
      columns.put(
          input.name(),
          input.type() == DataType.DT_INT32
              ? new Ints(input.each(), new int[length])
              : new Floats(input.each(), new float[length]));
    }
    return new ConditionRows(count, columns);
  }

  /**
   * Rows to try a model with: whole numbers 0, 1, 2, ... by rows, and cosines of 0, 1, 2, ... so
   * that no two rows are alike.
   */
  public static ConditionRows madeUp(Conditioning conditioning, int count) {
    ConditionRows rows = zeros(conditioning, count);
    for (Column column : rows.columns.values()) {
      int size = Math.max(1, column.length() / Math.max(1, count));
      if (column instanceof Ints ints) {
        Arrays.setAll(ints.values(), i -> i / size);
      } else if (column instanceof Floats floats) {
        for (int i = 0; i < floats.values().length; i++) {
          floats.values()[i] = (float) Math.cos(i);
        }
      }
    }
    return rows;
  }

  /** The columns of both, whose names differ, side by side. */
  public ConditionRows with(ConditionRows more) {
    Map<String, Column> both = new LinkedHashMap<>(columns);
    both.putAll(more.columns);
    return new ConditionRows(count, both);
  }

  /**
   * The columns of some names alone, in the order in which they are here.
   *
   * @param names some of which there may be no column of
   */
  public ConditionRows only(Collection<String> names) {
    Map<String, Column> some = new LinkedHashMap<>(columns);
    some.keySet().retainAll(names);
    return new ConditionRows(count, some);
  }

  /** A class for each image. */
  public static ConditionRows ofLabels(int... labels) {
    return new ConditionRows(
        labels.length, Map.of(Conditioning.LABEL, new Ints(Shape.scalar(), labels)));
  }

  /** So many images under nothing. */
  public static ConditionRows none(int count) {
    return new ConditionRows(count, Map.of());
  }

  /** The classes, where there are some. */
  public Optional<int[]> labels() {
    return columns.get(Conditioning.LABEL) instanceof Ints label
        ? Optional.of(label.values())
        : Optional.empty();
  }

  /** The rows from one to before another. */
  public ConditionRows range(int from, int to) {
    int[] which = new int[to - from];
    Arrays.setAll(which, i -> from + i);
    return rows(which);
  }

  /** Some of the rows, in the order in which they are named; one may be named again. */
  public ConditionRows rows(int... which) {
    Map<String, Column> some = new LinkedHashMap<>();
    columns.forEach((name, column) -> some.put(name, column.rows(which)));
    return new ConditionRows(which.length, some);
  }

  /**
   * Tensors of some rows, of what a model takes; the caller closes them.
   *
   * @throws InputException when there is no column of an input, or a label is none of the model's
   */
  public ConditionTensors tensors(Conditioning taken, int from, int to) {
    labels().ifPresent(all -> LabelRange.of(taken, true).ifPresent(r -> r.require(all, from, to)));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Conditioning.Input input : taken.inputs()) {
      if (!columns.containsKey(input.name())) {
        tensors.values().forEach(Tensor::close);
        throw new InputException(
            "what the images are drawn under",
            columns.isEmpty() ? "nothing" : String.join(", ", columns.keySet()),
            input + ", which the model takes",
            "give that for each image too");
      }
      tensors.put(input.name(), columns.get(input.name()).tensor(from, to));
    }
    return new ConditionTensors(tensors);
  }

  /** Tensors of all rows, of what a model takes; the caller closes them. */
  public ConditionTensors tensors(Conditioning taken) {
    return tensors(taken, 0, count);
  }
}
