package io.github.fdistill.condition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * What the images of a batch are drawn under, in a graph.
 *
 * @param tensors by the names of a model's inputs, [N] and the shape of a row; none of a model that
 *     takes nothing
 */
public record Condition(Map<String, Operand<?>> tensors) {
  /** Of models that take nothing. */
  public static final Condition NONE = new Condition(Map.of());

  /** Keeps the order of the tensors. */
  public Condition {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** The class alone, [N]. */
  public static Condition ofLabel(Operand<TInt32> label) {
    return new Condition(Map.of(Conditioning.LABEL, label));
  }

  /**
   * The class, [N].
   *
   * @throws IllegalStateException when there is none
   */
  public Operand<TInt32> label() {
    Operand<?> label = tensors.get(Conditioning.LABEL);
    if (label == null) {
      throw new IllegalStateException("no label among " + tensors.keySet());
    }
    return label.asOutput().expect(TInt32.class);
  }

  /** Those of the tensors that have one of the names. */
  public Map<String, Operand<?>> among(Set<String> names) {
    Map<String, Operand<?>> found = new LinkedHashMap<>(tensors);
    found.keySet().retainAll(names);
    return found;
  }

  /** These rows and then others, of the same names. */
  public Condition concat(Ops tf, Condition more) {
    return both(more, (mine, theirs) -> concat(tf, mine, theirs));
  }

  /** Equal parts of the rows, in their order. */
  public List<Condition> parts(Ops tf, int count) {
    return cut(count, tensor -> tf.split(tf.constant(0), tensor, (long) count).output());
  }

  /**
   * Parts of the rows.
   *
   * @param way from a tensor to its parts
   */
  public List<Condition> cut(int count, Function<Operand<?>, List<? extends Operand<?>>> way) {
    if (count == 1) {
      return List.of(this);
    }
    List<Map<String, Operand<?>>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(new LinkedHashMap<>());
    }
    tensors.forEach(
        (name, tensor) -> {
          List<? extends Operand<?>> each = way.apply(tensor);
          for (int i = 0; i < count; i++) {
            parts.get(i).put(name, each.get(i));
          }
        });
    return parts.stream().map(Condition::new).toList();
  }

  /**
   * These rows, and others in the place of some.
   *
   * @param which [N], where the others are
   */
  public Condition replaced(Ops tf, Operand<TBool> which, Condition others) {
    return both(others, (mine, other) -> chosen(tf, which, mine, other));
  }

  private Condition both(Condition more, BiFunction<Operand<?>, Operand<?>, Operand<?>> joined) {
    if (!tensors.keySet().equals(more.tensors.keySet())) {
      throw new IllegalArgumentException(tensors.keySet() + " and " + more.tensors.keySet());
    }
    Map<String, Operand<?>> all = new LinkedHashMap<>();
    tensors.forEach((name, mine) -> all.put(name, joined.apply(mine, more.tensors.get(name))));
    return new Condition(all);
  }

  private static <T extends TType> Operand<T> concat(Ops tf, Operand<T> a, Operand<?> b) {
    return tf.concat(List.of(a, b.asOutput().expect(a.type())), tf.constant(0));
  }

  private static <T extends TType> Operand<T> chosen(
      Ops tf, Operand<TBool> which, Operand<T> mine, Operand<?> other) {
    int more = mine.shape().numDimensions() - 1;
    int[] rows = new int[more + 1];
    java.util.Arrays.fill(rows, 1);
    rows[0] = -1;
    Operand<TBool> mask = more == 0 ? which : tf.reshape(which, tf.constant(rows));
    return tf.select(mask, other.asOutput().expect(mine.type()), mine);
  }
}
