package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.If;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What loops and conditionals of a served model say of their shapes. */
class BranchShapesTest {
  @TempDir Path folder;

  /** A server runs loops. What a body gives is what it takes in the next turn. */
  @Test
  void aConvolutionInALoopIsServedWhereEachTurnHasTheSameShapes() throws IOException {
    inALoop(BranchShapesTest::convolved, (tf, y) -> y);
    inALoop(BranchShapesTest::convolved, BranchShapesTest::convolved);
    inALoop(BranchShapesTest::turned, (tf, y) -> y);
    String unknown = " on inputs of unknown shape";
    notInALoop((tf, x) -> turned(tf, convolved(tf, x)), (tf, y) -> y, "the op Conv2D" + unknown);
    notInALoop(BranchShapesTest::turned, BranchShapesTest::convolved, "node Conv2d: the op Conv2D");
    notInALoop((tf, x) -> tf.expandDims(x, tf.constant(0)), (tf, y) -> y, "the op ExpandDims");
    notInALoop(
        (tf, x) -> tf.nn.biasAdd(x, tf.tile(tf.constant(new float[1]), some(tf, x))),
        (tf, y) -> y,
        "): the op BiasAdd" + unknown);
  }

  /** Where a model says that either branch gives an image, and one does not. */
  @Test
  void whatAConditionalSaysOfItsShapesIsNotBelieved() throws IOException {
    either(BranchShapesTest::convolved);
    String message =
        assertThrows(InputException.class, () -> either(BranchShapesTest::turned)).getMessage();
    assertTrue(message.contains("node Conv2d: the op Conv2D on inputs of unknown"), message);
  }

  /** What a conditional says becomes a size of a transposed convolution. */
  @Test
  void aConditionalBesideATransposedConvolutionSaysWhatIsTrue() throws IOException {
    Step upwards =
        (tf, y) -> {
          Operand<TFloat32> image = tf.reshape(y, tf.constant(new int[] {-1, 4, 4, 2}));
          return KnownRanksTest.transposed(tf, image, KnownRanksTest.rows(tf, image), 8);
        };
    either((ops, x) -> x, Shape.of(-1, 4, 4, 2), upwards);
    String message =
        assertThrows(
                InputException.class, () -> either((ops, x) -> x, Shape.of(1, 4, 4, 2), upwards))
            .getMessage();
    assertTrue(message.contains("says a shape of its outputs that they may not have"), message);
  }

  private void either(Step other) throws IOException {
    either(other, Shape.of(-1, 4, 4, 2), BranchShapesTest::convolved);
  }

  private void either(Step other, Shape said, Step after) throws IOException {
    try (ConcreteFunction one = ConcreteFunction.create(tf -> body(tf, (ops, x) -> x));
        ConcreteFunction two = ConcreteFunction.create(tf -> body(tf, other))) {
      KnownRanksTest.write(
          folder,
          (tf, x, filter, shape) -> {
            Operand<?> first = tf.reshape(some(tf, x), tf.constant(new int[0]));
            If choice =
                tf.ifOp(
                    first, List.of(x), List.of(TFloat32.class), one, two, If.outputShapes(said));
            return after.of(tf, choice.output().get(0).expect(TFloat32.class));
          });
    }
    ServedGraph.require(folder);
  }

  /** A number that nobody knows before it runs, as a vector [1]. */
  private static Operand<TInt32> some(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> largest = tf.reduceMax(x, tf.constant(new int[] {0, 1, 2, 3}));
    return tf.dtypes.cast(tf.reshape(largest, tf.constant(new int[] {1})), TInt32.class);
  }

  /** A body, or what follows the loop. */
  private interface Step {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  private void inALoop(Step step, Step after) throws IOException {
    try (ConcreteFunction never = ConcreteFunction.create(BranchShapesTest::never);
        ConcreteFunction body = ConcreteFunction.create(tf -> body(tf, step))) {
      KnownRanksTest.write(
          folder,
          (tf, x, filter, shape) ->
              after.of(
                  tf, tf.whileOp(List.of(x), never, body).output().get(0).expect(TFloat32.class)));
    }
    ServedGraph.require(folder);
  }

  private void notInALoop(Step step, Step after, String part) {
    String message = assertThrows(InputException.class, () -> inALoop(step, after)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static Operand<TFloat32> convolved(Ops tf, Operand<TFloat32> x) {
    return tf.nn.conv2d(x, tf.constant(new float[1][1][2][2]), KnownRanksTest.ONE, "SAME");
  }

  /** To another shape, which the loop does not say. */
  private static Operand<TFloat32> turned(Ops tf, Operand<TFloat32> x) {
    return tf.reshape(x, tf.constant(new int[] {-1}));
  }

  private static Operand<TFloat32> image(Ops tf) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
  }

  private static Signature never(Ops tf) {
    Operand<TFloat32> x = image(tf);
    return Signature.builder().key("never").input("x", x).output("y", tf.constant(false)).build();
  }

  private static Signature body(Ops tf, Step step) {
    Operand<TFloat32> x = image(tf);
    return Signature.builder().key("body").input("x", x).output("y", step.of(tf, x)).build();
  }
}
