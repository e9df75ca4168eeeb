package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.device.SessionRuns;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TrialTest {

  /** Makes images for longer than a step takes, and counts how often it does so, and for whom. */
  private record Counting(AtomicInteger copies, Set<Thread> threads) implements MadeImages.Maker {
    @Override
    public void make(long index, float[] into, int offset) {
      threads.add(Thread.currentThread());
      LockSupport.parkNanos(20_000_000);
      copies.incrementAndGet();
    }
  }

  /**
   * What is timed is a step of a long run: the making of one batch beside it, whole, is in its
   * time, and no work of other steps.
   */
  @Test
  void eachStepMakesTheBatchesOfOne() {
    Counting made = new Counting(new AtomicInteger(), ConcurrentHashMap.newKeySet());
    MadeImages images = new MadeImages(100, 8, 8, 1, Tiny.CLASSES, made);
    PretrainConfig config = PretrainConfig.newBuilder().setBatchSize(Tiny.BATCH).build();
    try (Pretraining training = new Pretraining(Tiny.network(), config);
        Trial trial = training.graph().trial(new Batches(images, Tiny.BATCH, 5))) {
      Consumer<SessionRuns> one = trial.repeated(trial.step());
      Consumer<SessionRuns> other = trial.repeated(trial.step());
      one.accept(SessionRuns.PLAIN);
      other.accept(SessionRuns.PLAIN);
      int begun = made.copies.get();
      for (int i = 1; i <= 6; i++) {
        (i % 2 == 0 ? one : other).accept(SessionRuns.PLAIN);
        assertEquals(begun + i * Tiny.BATCH, made.copies.get());
      }
    }
    assertFalse(made.threads.contains(Thread.currentThread()));
  }
}
