package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * Calls a network that takes a fixed number of images, or one time for all of them, for any batch
 * of up to so many: in calls of that many rows, the last row standing in for those that there are
 * not. Each batch costs all the calls.
 *
 * @param rows that a batch has at the most
 * @param each rows of a call
 */
record FixedRows(int rows, int each) {

  /** What a call of the network gives, by name. */
  @FunctionalInterface
  interface Network {
    Map<String, Output<?>> of(ForeignInput.Call call);
  }

  /** How many calls a batch costs. */
  int calls() {
    return (rows + each - 1) / each;
  }

  /** What the network gives for a batch [N,...] of it; TensorFlow refuses N above the most. */
  Map<String, Output<?>> call(Ops tf, ForeignInput.Call batch, Network network) {
    Operand<TInt32> count =
        tf.reshape(
            tf.shape.size(tf.shape(batch.images()), tf.constant(0)), tf.constant(new int[0]));
    Operand<TInt32> places =
        tf.math.minimum(
            tf.constant(IntStream.range(0, calls() * each).toArray()),
            tf.math.sub(count, tf.constant(1)));
    List<Expr> images = parts(tf, batch.images(), places);
    List<Expr> times = parts(tf, batch.time(), places);
    Map<String, Operand<?>> conditions = new LinkedHashMap<>();
    batch
        .condition()
        .tensors()
        .forEach((name, tensor) -> conditions.put(name, rows(tf, tensor, places)));
    List<Condition> condition = new Condition(conditions).parts(tf, calls());
    Map<String, List<Output<?>>> given = new LinkedHashMap<>();
    for (int i = 0; i < calls(); i++) {
      ForeignInput.Call call =
          new ForeignInput.Call(
              images.get(i), times.get(i), condition.isEmpty() ? Condition.NONE : condition.get(i));
      network
          .of(call)
          .forEach((name, out) -> given.computeIfAbsent(name, n -> new ArrayList<>()).add(out));
    }
    Map<String, Output<?>> outputs = new LinkedHashMap<>();
    given.forEach((name, parts) -> outputs.put(name, first(tf, parts, count)));
    return outputs;
  }

  private List<Expr> parts(Ops tf, Expr rows, Operand<TInt32> places) {
    Shape shape = rows.shape();
    Expr all = Expr.of(tf, tf.gather(rows, places, tf.constant(0)));
    return all.parts(calls()).stream()
        .map(part -> part.reshape(shape.tail().prepend(each).asArray()))
        .toList();
  }

  private static Operand<?> rows(Ops tf, Operand<?> tensor, Operand<TInt32> places) {
    return tf.gather(tensor, places, tf.constant(0));
  }

  /** The rows of all parts, one after another, without those that stood in. */
  private Output<?> first(Ops tf, List<Output<?>> parts, Operand<TInt32> count) {
    List<Expr> rows = new ArrayList<>();
    parts.forEach(part -> rows.add(ForeignInput.floats(tf, part)));
    // Cut, which is refused where there are not as many: on a GPU, gather gives zeros for them.
    Operand<TInt32> there =
        tf.slice(
            tf.constant(IntStream.range(0, calls() * each).toArray()),
            tf.constant(new int[] {0}),
            tf.reshape(count, tf.constant(new int[] {1})));
    return tf.gather(Expr.concat(0, rows), there, tf.constant(0)).asOutput();
  }
}
