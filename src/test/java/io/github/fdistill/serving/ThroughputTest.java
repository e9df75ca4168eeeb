package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.journal.Json;
import io.github.fdistill.serving.Throughput.Point;
import io.github.fdistill.wire.BatchingParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.exceptions.TFResourceExhaustedException;

class ThroughputTest {
  /** A batch takes {@code fixed} seconds, and {@code each} more for each of its rows. */
  private static Throughput linear(double fixed, double each, int least, int most) {
    List<Point> points = new ArrayList<>();
    for (int rows = least; rows <= most; rows *= 2) {
      points.add(new Point(rows, fixed + rows * each));
    }
    return new Throughput(points);
  }

  @Test
  void batchesAreAsLargeAsTheRateGains() {
    // rate(n) = n / (8 + n) of a thousand: at 128 rows 0.94 of the best, at 64 rows 0.89.
    BatchingParameters parameters = linear(8e-3, 1e-3, 1, 128).batching();
    assertEquals(128, parameters.getMaxBatchSize().getValue());
    // rate(n) = n / (1 + n): at 32 rows 0.97, at 16 rows 0.94.
    parameters = linear(1e-3, 1e-3, 1, 128).batching();
    assertEquals(32, parameters.getMaxBatchSize().getValue());
    assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L), parameters.getAllowedBatchSizesList());
    assertEquals(1_000, parameters.getBatchTimeoutMicros().getValue(), "half of one row's time");
    assertEquals(30, parameters.getMaxEnqueuedBatches().getValue(), "a second's");
  }

  /** Who sends the stable version 128 rows at once may go on when a canary comes beside it. */
  @Test
  void batchesAreNoSmallerThanThoseOfVersionsBeside() {
    BatchingParameters large = linear(8e-3, 1e-3, 1, 128).batching();
    Throughput small = linear(1e-3, 1e-3, 1, 128);
    BatchingParameters both = small.batching(large);
    assertEquals(large.getMaxBatchSize(), both.getMaxBatchSize());
    assertEquals(large.getAllowedBatchSizesList(), both.getAllowedBatchSizesList());
    assertEquals(small.batching().getBatchTimeoutMicros(), both.getBatchTimeoutMicros());
    BatchingParameters none = BatchingParameters.getDefaultInstance();
    assertEquals(small.batching(), small.batching(none));
    assertEquals(small.batching(), small.batching(linear(0, 0.1, 1, 16).batching()));
    // Nor than those before, as far as they were measured.
    assertEquals(large.getAllowedBatchSizesList(), sizes(small.noFewerThan(128)));
    assertEquals(large.getAllowedBatchSizesList(), sizes(small.noFewerThan(4096)));
    assertEquals(small.batching(), small.noFewerThan(2).batching());
    assertEquals(List.of(4L), sizes(linear(0, 0.1, 4, 4).noFewerThan(128)));
  }

  /** As where the rows of a batch are more than fit in a processor's cache. */
  @Test
  void batchesThatAreSlowerAreNoLargerThanTheyHaveToBe() {
    List<Point> points = new ArrayList<>();
    for (int rows = 1; rows <= 128; rows *= 2) {
      points.add(new Point(rows, 0.01 * rows * (rows > 16 ? 1 + rows / 32.0 : 1)));
    }
    Throughput falling = new Throughput(points);
    assertEquals(16, falling.best().rows());
    assertEquals(32, falling.noFewerThan(32).best().rows());
    assertEquals(64, falling.noFewerThan(33).best().rows());
    assertEquals(128, falling.noFewerThan(4096).best().rows());
  }

  private static List<Long> sizes(Throughput throughput) {
    return throughput.batching().getAllowedBatchSizesList();
  }

  @Test
  void aRequestMayHaveSomeRowsWhereBatchesGainNothing() {
    BatchingParameters parameters = linear(0, 0.1, 1, 128).batching();
    assertEquals(16, parameters.getMaxBatchSize().getValue());
    assertEquals(4, linear(0, 0.1, 4, 4).batching().getMaxBatchSize().getValue(), "a fixed size");
  }

  /** Of a large network a batch may take minutes, and one of twice the rows more memory. */
  @Test
  void noLargerBatchIsTriedAfterASlowOne() {
    List<Integer> run = new ArrayList<>();
    Throughput slow = ServingTimes.measure(rows -> timed(run, rows, 6.0 * rows), 1, 128, 0.1);
    assertEquals(List.of(1, 2), slow.points().stream().map(Point::rows).toList());
    assertEquals(List.of(1, 1, 1, 2, 2), run, "each once that is not counted");
    run.clear();
    Throughput quick = ServingTimes.measure(rows -> timed(run, rows, rows / 64.0), 1, 4, 0.125);
    assertEquals(List.of(1, 2, 4), quick.points().stream().map(Point::rows).toList());
    assertEquals(3 + 8 + 4 + 3, run.size(), "an eighth of a second, and three at least");
  }

  /** Servers are told to wait for it, of large networks longer than they do by themselves. */
  @Test
  void aSlowStudentIsWaitedFor() {
    Throughput fast = linear(1e-3, 1e-3, 1, 128);
    Patience quick = Patience.of(List.of(fast), 32);
    assertEquals(new Patience(30, 300), quick);
    assertEquals("", quick.serveFlags());
    Throughput large = linear(0, 20, 1, 2); // 20 s and 40 s, of four signatures.
    Patience slow = Patience.of(List.of(large), 2);
    assertEquals(new Patience(120, 720), slow);
    assertEquals(" --load-timeout 720 --timeout 120", slow.serveFlags());
    assertEquals(new Patience(120, 721), Patience.of(List.of(fast, large), 32), "both are served");
    assertEquals(new Patience(120, 1440), Patience.of(List.of(large, large), 2));
    Throughput small = linear(0, 1, 1, 128); // By itself of 16 rows a batch, beside others of 64.
    assertEquals(new Patience(48, 372), Patience.of(List.of(small), 16));
    assertEquals(new Patience(192, 372), Patience.of(List.of(small), 64));
    assertEquals(new Patience(3600, 86_400), Patience.of(List.of(linear(0, 1e5, 1, 1)), 1));
  }

  /** What stands beside a new version may come from anywhere, and is no reason not to export. */
  @Test
  void aRecordThatSaysNoSpeedIsPassedOver(@TempDir Path version) throws IOException {
    assertEquals(Optional.empty(), RecordedThroughput.in(version));
    Path file = version.resolve(RecordedThroughput.FILE);
    Files.createDirectories(file.getParent());
    String rates = "{\"program\": \"x\", \"images_per_second\": ";
    for (String wrong :
        List.of(
            "{",
            "{}",
            rates + "1}",
            rates + "[]}",
            rates + "[{\"rows\": 1}]}",
            rates + "[{\"rows\": 1, \"images_per_second\": 0}]}",
            rates + "[{\"rows\": 1, \"images_per_second\": 1e999}]}",
            rates + "[{\"rows\": 1e10, \"images_per_second\": 1}]}",
            rates + "[{\"rows\": 0.5, \"images_per_second\": 1}]}")) {
      Files.writeString(file, wrong);
      assertEquals(Optional.empty(), RecordedThroughput.in(version), wrong);
    }
    Throughput throughput = linear(1, 0, 1, 4);
    Map<String, Object> record =
        Map.of("program", "x", RecordedThroughput.RATES, RecordedThroughput.rates(throughput));
    Files.writeString(file, Json.pretty(record));
    assertEquals(Optional.of(throughput), RecordedThroughput.in(version));
  }

  @Test
  void noLargerBatchIsTriedThanThereIsMemoryFor() {
    IntToDoubleFunction upToTwo =
        rows -> {
          if (rows > 2) {
            throw new TFResourceExhaustedException("OOM when allocating tensor");
          }
          return 0.5;
        };
    Throughput some = ServingTimes.measure(upToTwo, 1, 128, 0.1);
    assertEquals(List.of(1, 2), some.points().stream().map(Point::rows).toList());
    assertThrows(
        TFResourceExhaustedException.class, () -> ServingTimes.measure(upToTwo, 4, 4, 0.1));
  }

  private static double timed(List<Integer> run, int rows, double seconds) {
    run.add(rows);
    return seconds;
  }
}
