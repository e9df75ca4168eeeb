package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * What is fed to a training graph, and all that is: a batch, or a part of it, and the number of the
 * batch. Noise is a function of the seed and that number: a part has its rows of the whole batch's
 * draws, so that in parts a batch is what it is as a whole.
 *
 * @param images [B,H,W,C], data units; B images are a part
 * @param conditioning what the networks take
 * @param condition of each image, B rows
 * @param step scalar, the number of the batch
 * @param part scalar, the number of the part in it
 * @param parts how many parts a batch has
 * @param noise drawn in the graph
 * @param share which of the parts are computed here
 */
public record StepInputs(
    Placeholder<TFloat32> images,
    Conditioning conditioning,
    Condition condition,
    Placeholder<TInt64> step,
    Placeholder<TInt32> part,
    int parts,
    Noise noise,
    Share share) {
  private static final long FEWEST_PIXELS = 1 << 13;

  /**
   * Adds them to a graph.
   *
   * @param batchSize a multiple of the number of parts
   * @param parts of the whole batch, as many for each worker
   * @param image [H,W,C]
   * @param conditioning what the networks take
   */
  static StepInputs create(
      Ops tf,
      int batchSize,
      int parts,
      Shape image,
      Conditioning conditioning,
      long seed,
      Share share) {
    if (batchSize % parts != 0) {
      throw new IllegalArgumentException(batchSize + " images in " + parts + " parts");
    }
    Ops scope = tf.withSubScope("batch");
    int rows = batchSize / parts;
    Placeholder<TInt64> step = scope.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    return new StepInputs(
        scope.placeholder(TFloat32.class, Placeholder.shape(image.prepend(rows))),
        conditioning,
        conditioning.placeholders(scope, rows),
        step,
        scope.placeholder(TInt32.class, Placeholder.shape(Shape.scalar())),
        parts,
        new Noise(seed, step),
        share);
  }

  /** Images of the whole batch. */
  int batchSize() {
    return rows() * parts;
  }

  /** Images of a part, B. */
  int rows() {
    return (int) images.shape().get(0);
  }

  /** The parts that are computed here, each by its number. */
  List<Integer> partsHere() {
    int count = parts / share.workers();
    return IntStream.range(count * share.worker(), count * (share.worker() + 1)).boxed().toList();
  }

  /** The first row of the batch that is computed here. */
  int firstRow() {
    return rows() * partsHere().get(0);
  }

  /** Rows of the batch that are computed here. */
  int rowsHere() {
    return rows() * partsHere().size();
  }

  /** The batches with the rows that are computed here. */
  Batches ofRowsHere(Batches batches) {
    return share.workers() == 1 ? batches : batches.rows(firstRow(), firstRow() + rowsHere());
  }

  /**
   * In how many slices a network that nothing else runs beside is best evaluated: as many as there
   * are lanes, unless that leaves them too little to do.
   */
  int slices() {
    long pixels = rows() * images.shape().get(1) * images.shape().get(2);
    int lanes = Sessions.lanes();
    return rows() % lanes == 0 && pixels >= FEWEST_PIXELS ? lanes : 1;
  }

  /** The images as an expression. */
  Expr real(Ops tf) {
    return Expr.of(tf, images);
  }

  /** Fresh N(0, 1) of the images' shape. */
  Expr normalImages(Ops tf, String stream) {
    return normal(tf, stream, images.shape().tail());
  }

  /**
   * Fresh N(0, 1), [B] and the shape.
   *
   * @param each [h,w,c]
   */
  Expr normal(Ops tf, String stream, Shape each) {
    return ofPart(tf, noise.normal(tf, stream, shape(batchSize(), each)));
  }

  /** [rows,h,w,c] */
  static int[] shape(int rows, Shape each) {
    return Arrays.stream(each.prepend(rows).asArray()).mapToInt(Math::toIntExact).toArray();
  }

  /** Fresh noise levels, [B]. */
  Expr levels(Ops tf, NoiseConfig config, String stream) {
    Operand<TInt32> all = tf.constant(new int[] {batchSize()});
    return ofPart(tf, Choices.noise(config).sample(tf, noise, stream, all));
  }

  /** Fresh draws from [0, 1): [B, more]. */
  Expr uniform(Ops tf, String stream, int... more) {
    int[] shape = new int[more.length + 1];
    shape[0] = batchSize();
    System.arraycopy(more, 0, shape, 1, more.length);
    return ofPart(tf, noise.uniform(tf, stream, shape));
  }

  /** The rows of this part. */
  Expr ofPart(Ops tf, Expr ofBatch) {
    return parts == 1 ? ofBatch : Expr.of(tf, tf.gather(ofBatch, rowNumbers(tf), tf.constant(0)));
  }

  /** Which rows of the batch this part has, [B]. */
  Operand<TInt32> rowNumbers(Ops tf) {
    int[] numbers = new int[rows()];
    Arrays.setAll(numbers, i -> i);
    return tf.math.add(tf.constant(numbers), tf.math.mul(part, tf.constant(rows())));
  }

  /** The number in the batch of this part's first row, a scalar on the host. */
  Operand<TInt64> firstRowOfPart(Ops tf) {
    Ops host = Host.on(tf);
    return host.math.mul(host.dtypes.cast(part, TInt64.class), host.constant((long) rows()));
  }

  /** The run's step, where each has so many batches, as a number to compute with. */
  Expr runStep(Ops tf, int batchesPerStep) {
    return Expr.cast(tf, tf.math.floorDiv(step, tf.constant((long) batchesPerStep)));
  }
}
