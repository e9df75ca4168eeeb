package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.device.SessionRuns;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TrialTest {

  /** Images that take longer than the step, and count how often they are copied, and by whom. */
  private record Counted(PlainImages images, AtomicInteger copies, Set<Thread> threads)
      implements ImageSource {
    @Override
    public void copy(long index, float[] into, int offset) {
      threads.add(Thread.currentThread());
      LockSupport.parkNanos(20_000_000);
      images.copy(index, into, offset);
      copies.incrementAndGet();
    }

    @Override
    public long size() {
      return images.size();
    }

    @Override
    public int height() {
      return images.height();
    }

    @Override
    public int width() {
      return images.width();
    }

    @Override
    public int channels() {
      return images.channels();
    }

    @Override
    public int classes() {
      return images.classes();
    }

    @Override
    public int label(long index) {
      return images.label(index);
    }

    @Override
    public String fingerprint() {
      return images.fingerprint();
    }
  }

  /**
   * What is timed is a step of a long run: the making of one batch beside it, whole, is in its
   * time, and no work of other steps.
   */
  @Test
  void eachStepMakesTheBatchesOfOne() {
    PlainImages plain = new PlainImages(100, 8, 8, Tiny.CLASSES);
    Counted images = new Counted(plain, new AtomicInteger(), ConcurrentHashMap.newKeySet());
    PretrainConfig config = PretrainConfig.newBuilder().setBatchSize(Tiny.BATCH).build();
    try (Pretraining training = new Pretraining(Tiny.network(), config);
        Trial trial = training.trial(new Batches(images, Tiny.BATCH, 5))) {
      Consumer<SessionRuns> one = trial.repeated(trial.step());
      Consumer<SessionRuns> other = trial.repeated(trial.step());
      one.accept(SessionRuns.PLAIN);
      other.accept(SessionRuns.PLAIN);
      int begun = images.copies.get();
      for (int i = 1; i <= 6; i++) {
        (i % 2 == 0 ? one : other).accept(SessionRuns.PLAIN);
        assertEquals(begun + i * Tiny.BATCH, images.copies.get());
      }
    }
    assertFalse(images.threads.contains(Thread.currentThread()));
  }
}
