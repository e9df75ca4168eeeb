package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
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

  /** Begins to write a checkpoint; returns how much of it is yet to be written then. */
  private long left(long room, int milliseconds) throws IOException {
    CountDownLatch written = new CountDownLatch(1);
    CountDownLatch returned = new CountDownLatch(1);
    Checkpoints checkpoints = new Checkpoints(folder, 1);
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph);
        CheckpointWriter writer = new CheckpointWriter(checkpoints, bytes -> bytes <= room)) {
      Ops tf = Ops.create(graph);
      Result values = session.runner().fetch(tf.constant(new float[] {1, 2, 3})).run();
      Snapshot.Numbers numbers =
          use -> {
            try {
              returned.await(milliseconds, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            use.of((TFloat32) values.get(0));
            written.countDown();
          };
      Snapshot.Part part = new Snapshot.Part("w", Shape.of(3), Optional.empty(), numbers, false);
      writer.save(1, () -> new Snapshot(values, List.of(part), "state"));
      long left = written.getCount();
      returned.countDown();
      writer.await();
      assertEquals(1, checkpoints.latest().orElseThrow().step());
      return left;
    }
  }

  @Test
  void stepsGoOnBesideACheckpointWhereThereIsRoomForWhatItKeeps() throws IOException {
    assertEquals(1, left(BYTES, 30_000));
  }

  @Test
  void elseTheyWaitUntilItIsWritten() throws IOException {
    assertEquals(0, left(BYTES - 1, 200));
  }
}
