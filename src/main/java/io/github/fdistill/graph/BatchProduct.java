package io.github.fdistill.graph;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Products of the matrices of two batches, [...,m,k] and [...,k,n], by BatchMatMulV2: oneDNN
 * computes that one, and not the BatchMatMulV3 that TensorFlow's own gradients are made of.
 */
final class BatchProduct {
  private BatchProduct() {}

  /**
   * What stands in a product.
   *
   * @param matrices a batch of them
   * @param transposed whether each is transposed first
   */
  record Factor(Operand<TFloat32> matrices, boolean transposed) {
    static Factor of(Operand<TFloat32> matrices) {
      return new Factor(matrices, false);
    }

    Factor turned() {
      return new Factor(matrices, !transposed);
    }
  }

  /** a b. */
  static Operand<TFloat32> of(Ops tf, Factor a, Factor b) {
    Scope scope = tf.scope();
    OperationBuilder op = scope.opBuilder("BatchMatMulV2", "product");
    op.addInput(a.matrices().asOutput()).addInput(b.matrices().asOutput());
    op.setAttr("adj_x", a.transposed()).setAttr("adj_y", b.transposed());
    return op.build().<TFloat32>output(0);
  }

  /**
   * The gradients of the factors, each summed over what was one for all matrices of the other. That
   * is asked of the tensors when they are there: while gradients are added, TensorFlow tells no
   * shapes.
   *
   * @param da of each product
   * @param db of each product
   */
  static List<Operand<?>> summed(
      Ops tf,
      Operand<TFloat32> a,
      Operand<TFloat32> da,
      Operand<TFloat32> b,
      Operand<TFloat32> db) {
    OperationBuilder builder = tf.scope().opBuilder("BroadcastGradientArgs", "axes");
    builder.addInput(batches(tf, a).asOutput()).addInput(batches(tf, b).asOutput());
    Operation axes = builder.build();
    return List.of(
        tf.reshape(tf.reduceSum(da, axes.<TInt32>output(0)), tf.shape(a)),
        tf.reshape(tf.reduceSum(db, axes.<TInt32>output(1)), tf.shape(b)));
  }

  private static Operand<TInt32> batches(Ops tf, Operand<TFloat32> of) {
    Operand<TInt32> count = tf.math.sub(tf.rank(of), tf.constant(2));
    return tf.slice(tf.shape(of), tf.constant(new int[] {0}), tf.expandDims(count, tf.constant(0)));
  }
}
