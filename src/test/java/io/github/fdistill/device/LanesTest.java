package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;

class LanesTest {
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
  void blocksAreEvenAndNotLarger() {
    int lanes = Sessions.lanes();
    assertEquals(List.of(), blocks(0, 100));
    assertEquals(List.of(1), blocks(1, 100));
    assertEquals(Collections.nCopies(lanes, 32), blocks(32 * lanes, 100));
    assertEquals(Collections.nCopies(lanes, 100), blocks(100 * lanes, 100));
    assertEquals(Collections.nCopies(2 * lanes, 64), blocks(128 * lanes, 100));
    assertEquals(Collections.nCopies(lanes, 128), blocks(128 * lanes, Integer.MAX_VALUE));
    assertEquals(2 * lanes, blocks(100 * lanes + lanes, 100).size());
  }

  /** The sizes of the blocks, the largest first; every item is in one of them. */
  private static List<Integer> blocks(int items, int most) {
    AtomicIntegerArray done = new AtomicIntegerArray(items);
    List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    Lanes.inBlocks(
        items,
        most,
        (from, to) -> {
          sizes.add(to - from);
          IntStream.range(from, to).forEach(done::incrementAndGet);
        });
    assertTrue(IntStream.range(0, items).allMatch(i -> done.get(i) == 1), done.toString());
    assertEquals(Lanes.blocks(items, most), sizes.size());
    return sizes.stream().sorted(Comparator.reverseOrder()).toList();
  }

  @Test
  void itemsOfBlocksAreCountedAsTheyAreDone() {
    List<Long> told = new ArrayList<>();
    Lanes.inBlocks(70, 20, (from, to) -> {}, told::add);
    assertEquals(told.stream().sorted().distinct().toList(), told);
    assertEquals(70, told.get(told.size() - 1));
    assertTrue(told.size() >= 4, told.toString());
  }

  @Test
  void asManyItemsAreDoneAtATimeAsThereAreLanes() {
    assumeTrue(Sessions.lanes() > 1, "for a machine of several cores without a GPU");
    CyclicBarrier meeting = new CyclicBarrier(Sessions.lanes());
    Lanes.forEach(
        3 * Sessions.lanes(),
        item -> {
          try {
            meeting.await(60, TimeUnit.SECONDS);
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
                        Thread.sleep(item == 0 ? 0 : 10);
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
    ConfigProto shared = DeviceChoice.AUTO.settings(3, true);
    assertEquals(3, shared.getIntraOpParallelismThreads());
    try (Sessions.Hold device = Sessions.use(DeviceChoice.CPU)) {
      Sessions.useOneLane();
      assertEquals(1, Sessions.lanes());
    }
    assumeTrue(!Sessions.onGpu(), "a GPU has one lane");
    assertEquals(Math.min(2, Runtime.getRuntime().availableProcessors()), Sessions.lanes());
  }
}
