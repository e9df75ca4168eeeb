package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.graph.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * What stands around a network in an exported signature ({@link Frame}), for whatever program
 * serves it.
 *
 * <p>A label out of range is refused: the run fails, and says from where to where the labels are
 * and should be. A one-hot vector would be all zeros, which is "no class", though nobody asked for
 * it.
 *
 * <p>A batch of no rows goes through the network as one row of ones, of which nothing is given
 * back: some of TensorFlow's convolutions give another shape for no rows than they should. Rows
 * that are there are passed on as they are.
 */
public final class ExportFrame {
  private final Ops tf;
  private final Map<String, Operand<?>> inputs = new LinkedHashMap<>();

  /** [1], how many rows a request has; null where every batch has the same. */
  private final Operand<TInt32> rows;

  /**
   * Builds it.
   *
   * @param scope of the signature
   * @param conditioning what the network is conditioned on
   * @param none whether "no class" may be asked for, where there are classes
   * @param given the signature's inputs, [N] and more
   */
  public ExportFrame(
      Ops scope, Conditioning conditioning, boolean none, Map<String, Operand<?>> given) {
    tf = scope.withSubScope(Frame.SCOPE);
    inputs.putAll(given);
    LabelRange.of(conditioning, none)
        .ifPresent(
            range -> inputs.computeIfPresent(Conditioning.LABEL, (n, l) -> looked(range, l)));
    Optional<Operand<?>> first = given.values().stream().findFirst();
    boolean free = first.isPresent() && first.get().shape().get(0) < 0;
    rows = free ? rows(first.get()) : null;
    if (free) {
      inputs.replaceAll((name, input) -> atLeastOne(input));
    }
  }

  /** The inputs, as the network is to have them. */
  public Map<String, Operand<?>> inputs() {
    return inputs;
  }

  /** Those of them that are conditions. */
  public Condition condition(Conditioning conditioning) {
    Map<String, Operand<?>> conditions = new LinkedHashMap<>();
    conditioning.inputs().forEach(input -> conditions.put(input.name(), inputs.get(input.name())));
    return new Condition(conditions);
  }

  /** What the signature gives of an output of the network: a row for each that was asked for. */
  public <T extends TType> Operand<T> output(Operand<T> output) {
    if (rows == null) {
      return output;
    }
    Operand<TInt32> zero = tf.constant(new int[] {0});
    Operand<TInt32> one = tf.constant(new int[] {1});
    return tf.withName(Frame.PASS).stridedSlice(output, zero, rows, one);
  }

  /** A tensor that is served no lower and no higher than this. */
  public Operand<TFloat32> within(Operand<TFloat32> output, float low, float high) {
    // Not ClipByValue, which TensorFlow Lite lacks.
    Operand<TFloat32> below = tf.withName(Frame.PASS).math.minimum(output, tf.constant(high));
    return tf.withName(Frame.PASS).math.maximum(below, tf.constant(low));
  }

  private Operand<TInt32> rows(Operand<?> input) {
    Operand<TInt32> zero = tf.constant(new int[] {0});
    Operand<TInt32> one = tf.constant(new int[] {1});
    return tf.stridedSlice(tf.shape(input), zero, one, one);
  }

  /** The rows, or one of ones where there is none. */
  private <T extends TType> Operand<T> atLeastOne(Operand<T> input) {
    Operand<TInt32> missing =
        tf.math.sub(tf.math.maximum(rows, tf.constant(new int[] {1})), rows); // [1], 1 or 0
    int rank = input.shape().numDimensions();
    // Before and after each axis: only after the first.
    Operand<TInt32> none = tf.constant(new int[1]);
    List<Operand<TInt32>> parts = new ArrayList<>(List.of(none, missing));
    if (rank > 1) {
      parts.add(tf.constant(new int[2 * rank - 2]));
    }
    Operand<TInt32> flat = tf.concat(parts, tf.constant(0));
    Operand<TInt32> paddings = tf.reshape(flat, tf.constant(new int[] {rank, 2}));
    Operand<T> one = tf.dtypes.cast(tf.constant(1), input.type());
    Operand<T> padded = tf.withName(Frame.PASS).pad(input, paddings, one);
    int[] sizes = new int[rank];
    Arrays.setAll(sizes, i -> Math.toIntExact(input.shape().get(i)));
    return tf.withName(Frame.PASS).reshape(padded, tf.constant(sizes));
  }

  /** TensorFlow looks on the CPU, wherever it computes the rest: what it is to tell is there. */
  private Operand<?> looked(LabelRange range, Operand<?> given) {
    Operand<TInt32> label = given.asOutput().expect(TInt32.class);
    Ops cpu =
        tf.withDevice(
            DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build());
    // Of no rows at all the least is the greatest int, and the greatest the least.
    Operand<TInt32> least = cpu.min(label, cpu.constant(0));
    Operand<TInt32> greatest = cpu.max(label, cpu.constant(0));
    Operand<TBool> fits =
        cpu.math.logicalAnd(
            cpu.math.greaterEqual(least, cpu.constant(0)),
            cpu.math.lessEqual(greatest, cpu.constant(range.last())));
    List<Operand<?>> told =
        List.of(
            cpu.constant("label out of range, expected " + range + "; found from"),
            least,
            cpu.constant("to"),
            greatest);
    Op look = cpu.assertThat(fits, told);
    return cpu.withControlDependencies(List.of(look)).withName(Frame.PASS).identity(label);
  }
}
