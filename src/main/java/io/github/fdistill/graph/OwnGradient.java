package io.github.fdistill.graph;

import io.github.fdistill.device.Natives;
import io.github.fdistill.graph.BatchProduct.Factor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/**
 * Gradients that are not TensorFlow's. What has one stands behind a StopGradient, and an IdentityN
 * after that takes it beside the tensors that it is made of; its name says which gradient it passes
 * to them. TensorFlow itself has no gradient of an IdentityN; any other passes on what arrives.
 * Graphs in which something is trained have these, and no graph that is written.
 */
enum OwnGradient {
  /** Of s = sum x^2 over an axis that is kept: ds/dx = 2 x, by one pass over x. */
  SUM_OF_SQUARES {
    @Override
    List<Operand<?>> of(Ops tf, GraphOperation op, Operand<TFloat32> arrived) {
      Operand<TFloat32> x = input(op, 1);
      return List.of(tf.math.mul(x, tf.math.mul(arrived, tf.constant(2f))));
    }
  },

  /**
   * Of z = y s, s = sigmoid(y): dz/dy = s + z - z s. So z, which the next layer keeps in any case,
   * is kept instead of y.
   */
  SILU {
    @Override
    List<Operand<?>> of(Ops tf, GraphOperation op, Operand<TFloat32> arrived) {
      Operand<TFloat32> s = tf.math.sigmoid(input(op, 1)); // The one that z is made of.
      Operand<TFloat32> z = op.output(0).expect(TFloat32.class);
      Operand<TFloat32> slope = tf.math.add(tf.math.sub(z, tf.math.mul(z, s)), s);
      return List.of(tf.math.mul(arrived, slope));
    }
  },

  /**
   * Of batches of products of matrices, y = a b, of which either may be transposed first: dy b' and
   * a' dy, by the op that makes y.
   */
  PRODUCTS {
    @Override
    List<Operand<?>> of(Ops tf, GraphOperation op, Operand<TFloat32> arrived) {
      Factor a = new Factor(input(op, 1), op.attributes().getAttrBool(TRANSPOSED_A));
      Factor b = new Factor(input(op, 2), op.attributes().getAttrBool(TRANSPOSED_B));
      Factor dy = Factor.of(arrived);
      Operand<TFloat32> da =
          a.transposed()
              ? BatchProduct.of(tf, b, dy.turned())
              : BatchProduct.of(tf, dy, b.turned());
      Operand<TFloat32> db =
          b.transposed()
              ? BatchProduct.of(tf, dy.turned(), a)
              : BatchProduct.of(tf, a.turned(), dy);
      return BatchProduct.summed(tf, a.matrices(), da, b.matrices(), db);
    }
  };

  /** Whether the first factor of products is transposed; a name that TensorFlow does not know. */
  static final String TRANSPOSED_A = "_transposed_a";

  static final String TRANSPOSED_B = "_transposed_b";

  private static final boolean THERE = Natives.giveGradient("IdentityN", OwnGradient::all);

  /** Whether there are such gradients here: not on Windows. */
  static boolean areThere() {
    return THERE;
  }

  /** Of each tensor that the result is made of. */
  abstract List<Operand<?>> of(Ops tf, GraphOperation op, Operand<TFloat32> arrived);

  /**
   * Nodes that give a tensor this gradient.
   *
   * @param value the tensor, float32
   * @param of the float32 tensors that it is made of
   * @return the result, to be added
   */
  NodeDef.Builder after(NewNodes made, String value, String... of) {
    AttrValue.Builder types = AttrValue.newBuilder();
    for (int i = 0; i <= of.length; i++) {
      types.getListBuilder().addType(DataType.DT_FLOAT);
    }
    AttrValue type = NewNodes.type(DataType.DT_FLOAT);
    String stopped = made.add("stopped", "StopGradient", type, value);
    NodeDef.Builder result = made.node(name(), "IdentityN", stopped).putAttr("T", types.build());
    for (String tensor : of) {
      result.addInput(tensor);
    }
    return result;
  }

  /** Of all inputs of an IdentityN: what is computed of them takes its gradient from elsewhere. */
  private static List<Operand<?>> all(Ops tf, GraphOperation op, List<Output<?>> arrived) {
    Optional<AttentionGradient.Form> attention = AttentionGradient.Form.of(op.name());
    if (attention.isPresent()) {
      return AttentionGradient.of(tf, op, attention.get(), arrived);
    }
    Optional<OwnGradient> own = own(op.name());
    List<Operand<?>> gradients = new ArrayList<>();
    if (own.isPresent()) {
      gradients.add(tf.zerosLike(op.input(0)));
      gradients.addAll(own.get().of(tf, op, arrived.get(0).expect(TFloat32.class)));
      return gradients;
    }
    for (int i = 0; i < op.numInputs(); i++) {
      Output<?> one = arrived.get(i);
      gradients.add(GraphAccess.exists(one) ? one : tf.zerosLike(op.input(i)));
    }
    return gradients;
  }

  private static Optional<OwnGradient> own(String name) {
    for (OwnGradient gradient : values()) {
      if (name.endsWith("/" + gradient.name())) {
        return Optional.of(gradient);
      }
    }
    return Optional.empty();
  }

  private static Operand<TFloat32> input(GraphOperation op, int i) {
    return op.input(i).expect(TFloat32.class);
  }
}
