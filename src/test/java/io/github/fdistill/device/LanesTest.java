package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;

class LanesTest {
  @AfterEach
  void asManyAsAreBest() {
    Sessions.use(DeviceChoice.AUTO);
  }

  @Test
  void everyItemIsDoneOnce() {
    for (int items : new int[] {0, 1, 2, 7, 1000}) {
      AtomicIntegerArray done = new AtomicIntegerArray(items);
      Lanes.forEach(items, done::incrementAndGet);
      for (int i = 0; i < items; i++) {
        assertEquals(1, done.get(i), "item " + i + " of " + items);
      }
    }
  }

  @Test
  void asManyItemsAreDoneAtATimeAsThereAreLanes() {
    assumeTrue(Sessions.lanes() > 1, "for a machine of several cores without a GPU");
    CyclicBarrier meeting = new CyclicBarrier(Sessions.lanes());
    Lanes.forEach(
        3 * Sessions.lanes(),
        item -> {
          try {
            meeting.await(10, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new AssertionError("item " + item + " was alone", e);
          }
        });
  }

  @Test
  void aFailureEndsTheWorkAndIsThrownAsItIs() {
    IllegalStateException broken = new IllegalStateException("broken");
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    RuntimeException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                Lanes.forEach(
                    1000,
                    item -> {
                      begun.incrementAndGet();
                      try {
                        Thread.sleep(item == 0 ? 0 : 1);
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      } finally {
                        ended.incrementAndGet();
                      }
                      if (item == 0) {
                        throw broken;
                      }
                    }));
    assertSame(broken, thrown);
    assertTrue(begun.get() < 1000, begun + " were begun");
    assertEquals(begun.get(), ended.get(), "none goes on after the return");
    assertThrows(
        StackOverflowError.class,
        () ->
            Lanes.forEach(
                3,
                item -> {
                  throw new StackOverflowError();
                }));
  }

  @Test
  void oneLaneLeavesEveryOpAllCores() {
    ConfigProto shared = DeviceChoice.AUTO.settings(3);
    assertEquals(3, shared.getIntraOpParallelismThreads());
    Sessions.useOneLane();
    assertEquals(1, Sessions.lanes());
    Sessions.use(DeviceChoice.CPU);
    assertEquals(Math.min(2, Runtime.getRuntime().availableProcessors()), Sessions.lanes());
  }
}
