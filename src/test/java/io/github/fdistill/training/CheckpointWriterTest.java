package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Training goes on beside a checkpoint only where there is memory for both. */
@Timeout(60)
class CheckpointWriterTest {
  private static final long BYTES = 3 * Float.BYTES;

  @TempDir Path folder;

  private static CheckpointWriter.Held held(long peak, long available) {
    return new CheckpointWriter.Held(OptionalLong.of(peak), OptionalLong.of(available));
  }

  /**
   * Writes checkpoints.
   *
   * @param waits of each whether it is to be written before training goes on
   * @param before the memory before each
   */
  private void write(List<Boolean> waits, CheckpointWriter.Held... before) throws IOException {
    Checkpoints checkpoints = new Checkpoints(Files.createTempDirectory(folder, "run"), 1);
    Iterator<CheckpointWriter.Held> memory = List.of(before).iterator();
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph);
        CheckpointWriter writer = new CheckpointWriter(checkpoints, memory::next)) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> three = tf.constant(new float[] {1, 2, 3});
      for (int i = 1; i <= before.length; i++) {
        boolean waiting = waits.get(i - 1);
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        Result values = session.runner().fetch(three).run();
        Snapshot.Numbers numbers =
            use -> {
              try {
                returned.await(waiting ? 200 : 30_000, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              use.of((TFloat32) values.get(0));
              written.countDown();
            };
        Snapshot.Part part = new Snapshot.Part("w", Shape.of(3), Optional.empty(), numbers, false);
        writer.save(i, () -> new Snapshot(values, List.of(part), "state"));
        assertEquals(waiting ? 0 : 1, written.getCount(), "to be written of the one of step " + i);
        returned.countDown();
        writer.await();
        assertEquals(i, checkpoints.latest().orElseThrow().step());
      }
    }
  }

  @Test
  void stepsGoOnBesideACheckpointWhereThereIsRoomForWhatItKeeps() throws IOException {
    write(List.of(false), held(100, 100 + BYTES));
    CheckpointWriter.Held unknown =
        new CheckpointWriter.Held(OptionalLong.empty(), OptionalLong.empty());
    write(List.of(false), unknown);
  }

  @Test
  void elseTheyWaitUntilItIsWritten() throws IOException {
    write(List.of(true), held(100, 99 + BYTES));
  }

  /** The most that was held tells of the copy too that there was beside steps. */
  @Test
  void theNextNeedsNoMoreThanTheOneBeforeHad() throws IOException {
    CheckpointWriter.Held first = held(100, 100 + BYTES);
    CheckpointWriter.Held beside = held(100 + BYTES, 100 + BYTES);
    write(List.of(false, false, false), first, beside, beside);
    // What the steps themselves took more since then counts, and so does what they took before.
    write(List.of(false, true), first, held(101 + BYTES, 100 + BYTES));
    write(List.of(false, true), first, held(100, 99 + BYTES));
  }
}
