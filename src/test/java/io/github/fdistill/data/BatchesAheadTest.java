package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

@Timeout(60)
class BatchesAheadTest {
  private static final int SIZE = 20;

  /** Makes images of three values; those who look at them can be told, stopped and refused. */
  private static class Watched implements MadeImages.Maker {
    final AtomicInteger copies = new AtomicInteger();
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    final Set<Long> damaged = ConcurrentHashMap.newKeySet();

    void before(long index) {}

    @Override
    public void make(long index, float[] into, int offset) {
      threads.add(Thread.currentThread());
      before(index);
      if (damaged.contains(index)) {
        throw new InputException("image " + index, "damaged", "a whole one", "copy it again");
      }
      for (int i = 0; i < 3; i++) {
        into[offset + i] = (float) Math.sin(index * 3 + i);
      }
      copies.incrementAndGet();
    }

    /** Of a thousand images. */
    Batches batches() {
      return new Batches(new MadeImages(1000, 1, 1, 3, 7, this), SIZE, 3);
    }
  }

  private static void assertSameBatch(Batch expected, Batch found) {
    assertArrayEquals(expected.images(), found.images());
    assertArrayEquals(
        expected.conditions().labels().orElseThrow(), found.conditions().labels().orElseThrow());
  }

  /** Onwards, back as after a collapse, far ahead as after a resumption, and the same again. */
  @Test
  void inWhateverOrderTheyAreAskedForTheyAreTheSame() {
    Batches batches = new Watched().batches();
    long[] asked = {0, 1, 2, 3, 1, 2, 3, 4, 5, 9, 10, 400, 401, 401, 0, 7, 6, 5, 8};
    try (BatchesAhead ahead = new BatchesAhead(batches)) {
      for (long n : asked) {
        assertSameBatch(batches.at(n), ahead.at(n));
      }
    }
  }

  @Test
  void whatFollowsIsMadeBesideAndNoMore() {
    Watched images = new Watched();
    try (BatchesAhead ahead = new BatchesAhead(images.batches())) {
      ahead.at(0);
      ahead.await();
      assertEquals(5 * SIZE, images.copies.get());
      ahead.at(1);
      ahead.await();
      assertEquals(6 * SIZE, images.copies.get());
    }
    assertFalse(images.threads.contains(Thread.currentThread()));
  }

  /** Of XL a text's numbers are more than its image's: they count as much. */
  @Test
  void whatImagesAreOfTakesRoomToo() {
    Conditioning.Input context =
        new Conditioning.Input("context", DataType.DT_FLOAT, Shape.of(7, 10), List.of());
    ConditionRows texts = ConditionRows.zeros(new Conditioning(List.of(context)), 2);
    Batch both = new Batch(new float[2 * 30], texts); // 200 numbers, 800 bytes
    assertEquals(2, BatchesAhead.ahead(both, 8 * 2 * 800));
    assertEquals(4, BatchesAhead.ahead(both, 8 * 9 * 800));
    assertEquals(1, BatchesAhead.ahead(both, 8));
    Batch alone = new Batch(new float[2 * 30], ConditionRows.none(2)); // 240 bytes
    assertEquals(3, BatchesAhead.ahead(alone, 8 * 3 * 240));
  }

  /** While the next batches cannot be made, the one that is there is handed out. */
  @Test
  void nobodyWaitsForLaterOnes() {
    CountDownLatch later = new CountDownLatch(1);
    Watched images = thatWaitAfterTheFirstBatch(later);
    try (BatchesAhead ahead = new BatchesAhead(images.batches())) {
      assertEquals(SIZE, ahead.at(0).conditions().count());
      later.countDown();
    }
  }

  @Test
  void whereThereAreProcessorsABatchIsMadeByAllOfThem() {
    int processors = Math.min(Runtime.getRuntime().availableProcessors(), 2);
    CountDownLatch together = new CountDownLatch(processors);
    Set<Thread> met = ConcurrentHashMap.newKeySet();
    Watched images =
        new Watched() {
          @Override
          void before(long index) {
            if (met.add(Thread.currentThread())) {
              together.countDown();
            }
            await(together);
          }
        };
    try (BatchesAhead ahead = new BatchesAhead(images.batches())) {
      ahead.at(0);
      assertTrue(met.size() >= processors);
    }
  }

  /** Of two damaged images in a batch the first is told of, each time; batches before are whole. */
  @Test
  void aDamagedImageIsToldOfWhenItsBatchIsAskedForAndNotBefore() {
    Watched images = new Watched();
    Batches batches = images.batches();
    Batch before = batches.at(0);
    Batch after = batches.at(2);
    images.damaged.add(new Shuffle(1000, 3).at(SIZE + 13));
    images.damaged.add(new Shuffle(1000, 3).at(SIZE + 3));
    InputException alone = assertThrows(InputException.class, () -> batches.at(1));
    try (BatchesAhead ahead = new BatchesAhead(batches)) {
      assertSameBatch(before, ahead.at(0));
      ahead.await();
      for (int i = 0; i < 2; i++) {
        InputException found = assertThrows(InputException.class, () -> ahead.at(1));
        assertEquals(alone.getMessage(), found.getMessage());
      }
      assertSameBatch(after, ahead.at(2));
    }
  }

  @Test
  void anErrorIsThrownAsItIs() {
    OutOfMemoryError full = new OutOfMemoryError("for the test");
    Watched images =
        new Watched() {
          @Override
          void before(long index) {
            throw full;
          }
        };
    try (BatchesAhead ahead = new BatchesAhead(images.batches())) {
      assertSame(full, assertThrows(OutOfMemoryError.class, () -> ahead.at(0)));
    }
  }

  /** What is under way ends, what is not is dropped, and no thread is left. */
  @Test
  void afterTheCloseNothingGoesOn() throws InterruptedException {
    CountDownLatch later = new CountDownLatch(1);
    Watched images = thatWaitAfterTheFirstBatch(later);
    try (BatchesAhead ahead = new BatchesAhead(images.batches())) {
      ahead.at(0);
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(later::countDown);
    }
    for (Thread thread : images.threads) {
      assertTrue(thread.isDaemon());
      thread.join(30_000);
      assertFalse(thread.isAlive());
    }
  }

  private static Watched thatWaitAfterTheFirstBatch(CountDownLatch latch) {
    Set<Long> first = new HashSet<>();
    for (int i = 0; i < SIZE; i++) {
      first.add(new Shuffle(1000, 3).at(i));
    }
    return new Watched() {
      @Override
      void before(long index) {
        if (!first.contains(index)) {
          await(latch);
        }
      }
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
