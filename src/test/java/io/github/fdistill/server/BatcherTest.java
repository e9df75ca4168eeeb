package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

@Timeout(120)
class BatcherTest {
  private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());

  /** Gives back what goes in. */
  private Map<String, HostTensor> echo(
      Map<String, HostTensor> inputs, Collection<String> outputs, Duration within) {
    return Map.of("y", inputs.get("x"));
  }

  private Batcher batcher(Batching batching, Batcher.Run run) {
    return batcher(batching, Duration.ofMinutes(1), run);
  }

  private Batcher batcher(Batching batching, Duration limit, Batcher.Run run) {
    return new Batcher("test", batching, limit, run, (rows, padded, nanos) -> batches.add(padded));
  }

  private static HostTensor rows(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return HostTensor.of(DataType.DT_UINT8, Shape.of(values.length), bytes);
  }

  private static CompletableFuture<Map<String, HostTensor>> submit(Batcher batcher, HostTensor x) {
    return batcher.submit(Map.of("x", x), Set.of("y"));
  }

  private static Batching batching(int rows, long micros, int waiting, Integer... sizes) {
    return new Batching(rows, micros, waiting, 1, List.of(sizes), true, false);
  }

  @Test
  void rowsOfSeveralRequestsAreOneRunAndEachGetsItsOwnBack() throws Exception {
    try (Batcher batcher = batcher(batching(4, 10_000_000, 9), this::echo)) {
      var first = submit(batcher, rows(1, 2));
      var second = submit(batcher, rows(3));
      assertThrows(TimeoutException.class, () -> first.get(100, TimeUnit.MILLISECONDS));
      var third = submit(batcher, rows(4));
      assertArrayEquals(new byte[] {1, 2}, first.get().get("y").bytes());
      assertArrayEquals(new byte[] {3}, second.get().get("y").bytes());
      assertArrayEquals(new byte[] {4}, third.get().get("y").bytes());
      assertEquals(List.of(4), batches);
    }
  }

  @Test
  void theTimeoutEndsTheWaitForMore() throws Exception {
    try (Batcher batcher = batcher(batching(4, 20_000, 9, 1, 4), this::echo)) {
      long start = System.nanoTime();
      assertArrayEquals(new byte[] {7, 8}, submit(batcher, rows(7, 8)).get().get("y").bytes());
      assertTrue(System.nanoTime() - start >= 20_000_000);
      assertEquals(List.of(4), batches, "padded to the next allowed size");
    }
  }

  @Test
  void rowsOfAnotherShapeStandInAnotherBatch() throws Exception {
    try (Batcher batcher = batcher(batching(4, 1_000, 9), this::echo)) {
      var narrow = submit(batcher, HostTensor.of(DataType.DT_UINT8, Shape.of(1, 1), new byte[1]));
      var wide = submit(batcher, HostTensor.of(DataType.DT_UINT8, Shape.of(1, 2), new byte[2]));
      assertEquals(Shape.of(1, 1), narrow.get().get("y").shape());
      assertEquals(Shape.of(1, 2), wide.get().get("y").shape());
      assertEquals(List.of(1, 1), batches);
    }
  }

  @Test
  void moreThanMayWaitIsRefusedAndWhatNobodyWaitsForIsDropped() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Batcher.Run slow =
        (inputs, outputs, within) -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return echo(inputs, outputs, within);
        };
    try (Batcher batcher = batcher(batching(1, 0, 2), slow)) {
      var running = submit(batcher, rows(1));
      while (batcher.waitingRows() > 0) {
        Thread.sleep(1);
      }
      var given = submit(batcher, rows(2));
      var kept = submit(batcher, rows(3));
      ApiException full = assertThrows(ApiException.class, () -> submit(batcher, rows(4)));
      assertEquals(Status.Code.UNAVAILABLE, full.code());
      given.cancel(false);
      assertEquals(1, batcher.waitingRows(), "what nobody waits for takes no place");
      go.countDown();
      running.get();
      assertArrayEquals(new byte[] {3}, kept.get().get("y").bytes());
      assertEquals(2, batches.size());
      assertEquals(0, batcher.waitingRows());
    }
  }

  @Test
  void whoWaitsTooLongIsToldWhereAndIsNotComputed() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<Duration> within = Collections.synchronizedList(new ArrayList<>());
    List<Byte> computed = Collections.synchronizedList(new ArrayList<>());
    Batcher.Run slow =
        (inputs, outputs, time) -> {
          computed.add(inputs.get("x").bytes()[0]);
          within.add(time);
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return echo(inputs, outputs, time);
        };
    Duration limit = Duration.ofSeconds(1);
    try (Batcher batcher = batcher(batching(1, 0, 9), limit, slow)) {
      var running = submit(batcher, rows(1));
      while (within.isEmpty()) {
        Thread.sleep(1);
        running = running.isDone() ? submit(batcher, rows(1)) : running;
      }
      var waiting = submit(batcher, rows(2));
      var freed = waiting.handle((answer, error) -> batcher.waitingRows());
      late(Status.Code.DEADLINE_EXCEEDED, "Timed out waiting for notification", running);
      late(
          Status.Code.RESOURCE_EXHAUSTED,
          "Run() timeout exceeded while waiting in batching queue",
          waiting);
      assertEquals(0, freed.join(), "its place is free when it is answered");
      go.countDown();
      var after = submit(batcher, rows(3)).handle((answer, error) -> answer);
      for (int i = 0; i < 20 && after.join() == null; i++) { // Late by itself, on a busy machine.
        after = submit(batcher, rows(3)).handle((answer, error) -> answer);
      }
      assertArrayEquals(new byte[] {3}, after.join().get("y").bytes());
      assertFalse(computed.contains((byte) 2), "the one that was late in the queue was computed");
      assertTrue(within.get(0).compareTo(limit) <= 0 && within.get(0).toNanos() > 0);
    }
  }

  private static void late(Status.Code code, String message, CompletableFuture<?> answer) {
    CompletionException e = assertThrows(CompletionException.class, answer::join);
    assertEquals(code, ((ApiException) e.getCause()).code());
    assertEquals(message, e.getCause().getMessage());
  }

  @Test
  void tensorsWithoutRowsAreRunOneByOne() throws Exception {
    HostTensor scalar = HostTensor.of(DataType.DT_UINT8, Shape.scalar(), new byte[] {7});
    try (Batcher batcher = batcher(batching(4, 10_000_000, 9).oneByOne(), this::echo)) {
      var first = submit(batcher, scalar);
      var second = submit(batcher, scalar);
      assertEquals(scalar, first.get().get("y"));
      assertEquals(scalar, second.get().get("y"));
      assertEquals(List.of(1, 1), batches);
    }
  }

  @Test
  void oneThatIsWrongDoesNotSpoilTheOthers() throws Exception {
    Batcher.Run picky =
        (inputs, outputs, within) -> {
          for (byte value : inputs.get("x").bytes()) {
            if (value == 66) {
              throw ApiException.invalid("66");
            }
          }
          return echo(inputs, outputs, within);
        };
    try (Batcher batcher = batcher(batching(3, 10_000_000, 9), picky)) {
      var good = submit(batcher, rows(1));
      var bad = submit(batcher, rows(66));
      var alsoGood = submit(batcher, rows(2));
      assertArrayEquals(new byte[] {1}, good.get().get("y").bytes());
      assertArrayEquals(new byte[] {2}, alsoGood.get().get("y").bytes());
      CompletionException e = assertThrows(CompletionException.class, bad::join);
      assertEquals("66", e.getCause().getMessage());
    }
  }

  /** Such as of a memory that is full while a batch is put together. */
  @Test
  void afterAnErrorItGoesOn() throws Exception {
    Set<Boolean> thrown = new HashSet<>();
    Map<String, HostTensor> failsOnce =
        new TreeMap<>(Map.of("x", rows(1))) {
          private static final long serialVersionUID = 1L;

          @Override
          public Set<Map.Entry<String, HostTensor>> entrySet() {
            if (thrown.add(true)) {
              throw new OutOfMemoryError("of the test");
            }
            return super.entrySet();
          }
        };
    try (Batcher batcher = batcher(batching(2, 10_000_000, 9), this::echo)) {
      var first = batcher.submit(failsOnce, Set.of("y"));
      var second = submit(batcher, rows(2));
      assertArrayEquals(new byte[] {1}, first.get(20, TimeUnit.SECONDS).get("y").bytes());
      assertArrayEquals(new byte[] {2}, second.get(20, TimeUnit.SECONDS).get("y").bytes());
      assertEquals(Set.of(true), thrown);
      assertEquals(0, batcher.waitingRows());
    }
  }

  /** A graph that leaves rows out, all but those below 9, say: whose they are it does not tell. */
  @Test
  void outputsOfOtherRowsAreAnsweredToEachRequestByItself() throws Exception {
    Batcher.Run sieve =
        (inputs, outputs, within) -> {
          byte[] all = inputs.get("x").bytes();
          int[] left = IntStream.range(0, all.length).map(i -> all[i]).filter(v -> v < 9).toArray();
          return Map.of("y", rows(left));
        };
    try (Batcher batcher = batcher(batching(4, 10_000_000, 9, 4), sieve)) {
      var first = submit(batcher, rows(1, 10));
      var second = submit(batcher, rows(11, 3));
      assertArrayEquals(new byte[] {1}, first.get().get("y").bytes());
      assertArrayEquals(new byte[] {3}, second.get().get("y").bytes());
      assertEquals(0, submit(batcher, rows(12, 13, 14, 15)).get().get("y").rows());
    }
  }

  /** What one request wants is no reason to refuse what others want. */
  @Test
  void aFixedBatchIsFilledUpAlsoAfterOutputsOfOtherRows() throws Exception {
    Batcher.Run two =
        (inputs, outputs, within) -> {
          assertEquals(2, inputs.get("x").rows(), "the graph takes two rows");
          Map<String, HostTensor> all = Map.of("y", inputs.get("x"), "sum", rows(1));
          return outputs.contains("sum") ? all : Map.of("y", inputs.get("x"));
        };
    try (Batcher batcher = batcher(batching(4, 10_000, 9).fixedTo(2), two)) {
      var both = batcher.submit(Map.of("x", rows(7)), Set.of("y", "sum"));
      var merged = submit(batcher, rows(8));
      late(
          Status.Code.INVALID_ARGUMENT,
          "the signature takes 2 rows, the request has 1: it can be filled up only where every"
              + " output that it wants has as many rows",
          both);
      assertArrayEquals(new byte[] {8}, merged.get().get("y").bytes());
      assertArrayEquals(new byte[] {9}, submit(batcher, rows(9)).get().get("y").bytes());
      var whole = batcher.submit(Map.of("x", rows(1, 2)), Set.of("y", "sum"));
      assertArrayEquals(new byte[] {1}, whole.get().get("sum").bytes());
    }
  }

  @Test
  void whatWaitsAtTheEndIsAnswered() throws Exception {
    Batcher batcher = batcher(batching(9, 60_000_000, 9), this::echo);
    var last = submit(batcher, rows(5));
    batcher.close();
    assertArrayEquals(new byte[] {5}, last.get(1, TimeUnit.MILLISECONDS).get("y").bytes());
    assertThrows(ApiException.class, () -> submit(batcher, rows(6)));
  }
}
