package io.github.fdistill.training;

import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.data.Batch;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** A part of a batch as tensors, for the time of a run. */
final class Feed implements AutoCloseable {
  private final StepInputs inputs;
  private final TFloat32 images;
  private final ConditionTensors condition;
  private final TInt64 number;
  private final TInt32 part;

  private Feed(
      StepInputs inputs, TFloat32 images, ConditionTensors condition, TInt64 number, TInt32 part) {
    this.inputs = inputs;
    this.images = images;
    this.condition = condition;
    this.number = number;
    this.part = part;
  }

  /**
   * A part of a batch, as tensors.
   *
   * @param number of the batch
   * @param part of it, from 0
   */
  static Feed of(StepInputs inputs, Batch batch, long number, int part) {
    int rows = inputs.rows();
    long values = inputs.images().shape().size();
    // A batch that does not hold the part fails here, before there is a tensor to close.
    FloatDataBuffer images = DataBuffers.of(batch.images(), true, false);
    images = images.slice(part * values, values);
    ConditionTensors condition =
        batch.conditions().tensors(inputs.conditioning(), part * rows, (part + 1) * rows);
    return new Feed(
        inputs,
        TFloat32.tensorOf(inputs.images().shape(), images),
        condition,
        TInt64.scalarOf(number),
        TInt32.scalarOf(part));
  }

  Session.Runner into(Session.Runner runner) {
    return condition
        .into(runner, inputs.condition())
        .feed(inputs.images(), images)
        .feed(inputs.step(), number)
        .feed(inputs.part(), part);
  }

  @Override
  public void close() {
    images.close();
    condition.close();
    number.close();
    part.close();
  }
}
