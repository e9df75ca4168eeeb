package io.github.fdistill.graph;

import io.github.fdistill.graph.BatchProduct.Factor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The gradient of attention in slices, which keeps nothing of what attention computed. For each
 * slice of the tokens that ask, with dy what arrives at its result, and one slice after another:
 *
 * <pre>
 * P  = softmax(s q k')
 * dv = sum of P' dy
 * dS = s P (dy v' - rowsum(P (dy v')))
 * dq = dS k
 * dk = sum of dS' q
 * </pre>
 *
 * <p>It stands at an IdentityN of q, k, v, s and the result y, as {@link OwnGradient} does.
 */
final class AttentionGradient {
  private static final Class<TFloat32> TYPE = TFloat32.class;

  /**
   * What is to be known of attention. Its IdentityN has it in its name: while TensorFlow asks for a
   * gradient, it waits where a graph is asked anything.
   *
   * @param turned whether products take the transpose of k: that is [..., tokens, width]
   * @param rank of q, k and v
   * @param slices of the tokens that ask
   */
  record Form(boolean turned, int rank, int slices) {
    private static final Pattern ENDING =
        Pattern.compile(".*/attention(_turned)?_rank_(\\d+)_slices_(\\d+)");

    /** How the name ends. */
    String ending() {
      return "/attention" + (turned ? "_turned" : "") + "_rank_" + rank + "_slices_" + slices;
    }

    static Optional<Form> of(String name) {
      Matcher found = ENDING.matcher(name);
      return found.matches()
          ? Optional.of(
              new Form(
                  found.group(1) != null,
                  Integer.parseInt(found.group(2)),
                  Integer.parseInt(found.group(3))))
          : Optional.empty();
    }
  }

  private final Ops tf;
  private final Form form;
  private final Factor k;
  private final Factor v;
  private final Operand<TFloat32> scale;

  private AttentionGradient(Ops tf, GraphOperation op, Form form) {
    this.tf = tf;
    this.form = form;
    k = new Factor(floats(op.input(1)), form.turned());
    v = Factor.of(floats(op.input(2)));
    scale = floats(op.input(3));
  }

  /** Of all inputs of its IdentityN. */
  static List<Operand<?>> of(Ops tf, GraphOperation op, Form form, List<Output<?>> arrived) {
    AttentionGradient attention = new AttentionGradient(tf, op, form);
    List<Operand<?>> gradients =
        new ArrayList<>(attention.all(floats(op.input(0)), floats(arrived.get(4))));
    gradients.add(tf.zerosLike(op.input(3)));
    gradients.add(tf.zerosLike(op.input(4)));
    return gradients;
  }

  private static Operand<TFloat32> floats(Output<?> tensor) {
    return tensor.expect(TYPE);
  }

  /** Those of q, k and v. */
  private List<Operand<TFloat32>> all(Operand<TFloat32> q, Operand<TFloat32> dy) {
    Operand<TInt32> axis = tf.constant(form.rank() - 2);
    Operand<TInt32> last = tf.constant(new int[] {form.rank() - 1});
    List<Output<TFloat32>> asking = tf.split(axis, q, (long) form.slices()).output();
    List<Output<TFloat32>> arriving = tf.split(axis, dy, (long) form.slices()).output();
    List<Operand<TFloat32>> dq = new ArrayList<>();
    Operand<TFloat32> dk = null;
    Operand<TFloat32> dv = null;
    List<Operand<TFloat32>> before = List.of(dy);
    for (int i = 0; i < form.slices(); i++) {
      Factor part = Factor.of(after(before, asking.get(i)));
      Factor dyPart = Factor.of(after(before, arriving.get(i)));
      Operand<TFloat32> p = tf.nn.softmax(tf.math.mul(BatchProduct.of(tf, part, k), scale));
      Operand<TFloat32> dp = BatchProduct.of(tf, dyPart, v.turned());
      Operand<TFloat32> mean = tf.sum(tf.math.mul(p, dp), last, Sum.keepDims(true));
      Factor ds = Factor.of(tf.math.mul(tf.math.mul(p, tf.math.sub(dp, mean)), scale));
      dq.add(BatchProduct.of(tf, ds, k.turned()));
      dk =
          sum(
              dk,
              k.transposed()
                  ? BatchProduct.of(tf, ds.turned(), part)
                  : BatchProduct.of(tf, part.turned(), ds));
      dv = sum(dv, BatchProduct.of(tf, Factor.of(p).turned(), dyPart));
      before = List.of(dq.get(i), dk, dv);
    }
    return List.of(tf.concat(dq, axis), dk, dv);
  }

  /**
   * The tensor when others are there. Built raw: in scopes of gradients TensorFlow Java's control
   * dependencies crash.
   */
  private Operand<TFloat32> after(List<Operand<TFloat32>> others, Operand<TFloat32> tensor) {
    OperationBuilder copy =
        tf.scope().env().opBuilder("Identity", tf.scope().makeOpName("Identity"), tf.scope());
    copy.addInput(tensor.asOutput());
    others.forEach(other -> copy.addControlInput(other.op()));
    return copy.build().output(0);
  }

  private Operand<TFloat32> sum(Operand<TFloat32> before, Operand<TFloat32> more) {
    return before == null ? more : tf.math.add(before, more);
  }
}
