package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.wire.PredictResponse;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients of both protocols, while one version after another takes the place of the one
 * before: every image is the one that its seed must give in the version that answered.
 */
class SwapTrialTest {
  private static final int SEEDS = 32;

  @TempDir Path folder;

  private final List<byte[][]> images = new ArrayList<>();
  private final Map<Long, byte[][]> expected = new ConcurrentHashMap<>();
  private final LongAdder right = new LongAdder();
  private final Map<Long, LongAdder> byVersion = new ConcurrentHashMap<>();

  /** Students that take turns under ever new numbers. */
  private static final int STUDENTS = 3;

  private static final int LIMIT_SECONDS = 240;

  private volatile boolean ended;

  @Test
  @Tag("trial")
  @Timeout(LIMIT_SECONDS)
  void eightClientsWhileTwoVersionsComeAndGo() throws Exception {
    try (Asked asked = serve()) {
      List<Future<?>> clients = clients(asked, 8);
      for (long version = 1; version <= STUDENTS; version++) {
        put(version);
        while (!clients.get(0).isDone() && answeredBy(version) < 40) {
          Thread.sleep(20);
        }
        AtomicFolder.delete(model().resolve(Long.toString(version - 1)));
      }
      end(clients);
    }
  }

  @Test
  @Tag("trial")
  @Timeout(1200)
  void sixtyFourClientsForThreeMinutes() throws Exception {
    try (Asked asked = serve()) {
      List<Future<?>> clients = clients(asked, 64);
      long start = System.nanoTime();
      long halfWay = 0;
      long version = 0;
      for (double seconds = 0; seconds < 180; seconds = (System.nanoTime() - start) / 1e9) {
        put(++version);
        AtomicFolder.delete(model().resolve(Long.toString(version - 2)));
        Thread.sleep(4_000);
        halfWay = seconds < 90 ? outsideTheHeap() : halfWay;
      }
      end(clients);
      long atTheEnd = outsideTheHeap();
      System.out.printf(
          "%d versions put there, %d answered: %d images, none wrong; %d MB outside the heap, half-way %d MB%n",
          version, byVersion.size(), right.sum(), atTheEnd / 1_000_000, halfWay / 1_000_000);
      assertTrue(byVersion.size() >= 10, byVersion + "");
      assertTrue(atTheEnd < halfWay * 1.1, atTheEnd + " bytes, " + halfWay + " half-way");
    }
  }

  /** TensorFlow's memory and that of threads; Java's own grows as far as it may. */
  private static long outsideTheHeap() {
    return ResidentMemory.here().now().orElse(0) - Runtime.getRuntime().totalMemory();
  }

  private Path model() {
    return folder.resolve("tiny");
  }

  private long answeredBy(long version) {
    return byVersion.getOrDefault(version, new LongAdder()).sum();
  }

  private Asked serve() throws Exception {
    for (int student = 0; student < STUDENTS; student++) {
      Path aside = folder.resolve("aside").resolve(Integer.toString(student));
      TinyStudent.write(aside, student);
      images.add(TinyStudent.images(aside, SEEDS));
    }
    put(0);
    return new Asked(model());
  }

  /** A version appears at once, and what it must give is known before. */
  private void put(long version) throws IOException {
    int student = (int) (version % STUDENTS);
    expected.put(version, images.get(student));
    Path source = folder.resolve("aside").resolve(Integer.toString(student));
    AtomicFolder.write(
        model().resolve(Long.toString(version)),
        target -> {
          try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(f -> !f.equals(source)).toList()) {
              Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
          }
        });
  }

  private List<Future<?>> clients(Asked asked, int count) {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<Future<?>> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int client = i;
      clients.add(threads.submit(() -> ask(asked, client)));
    }
    threads.shutdown();
    return clients;
  }

  private void end(List<Future<?>> clients) throws Exception {
    ended = true;
    for (Future<?> client : clients) {
      client.get();
    }
  }

  private Void ask(Asked asked, int client) throws Exception {
    for (int i = client; !ended; i++) {
      int count = 1 + i % 5;
      int from = i * 7 % (SEEDS - count);
      if (client % 4 == 3) {
        overRest(asked, from, count);
      } else {
        overGrpc(asked, from, count);
      }
    }
    return null;
  }

  private void overGrpc(Asked asked, int from, int count) {
    PredictResponse response;
    try {
      response = asked.predict(Asked.request("tiny", from, count));
    } catch (StatusRuntimeException e) {
      throw new AssertionError("seeds from " + from, e);
    }
    long version = response.getModelSpec().getVersion().getValue();
    check(version, Asked.images(response), from, count);
  }

  private void check(long version, byte[] images, int from, int count) {
    for (int k = 0; k < count; k++) {
      byte[] image =
          Arrays.copyOfRange(images, k * TinyStudent.VALUES, (k + 1) * TinyStudent.VALUES);
      assertTrue(
          Arrays.equals(expected.get(version)[from + k], image),
          "version " + version + ", seed " + (from + k));
    }
    right.add(count);
    byVersion.computeIfAbsent(version, v -> new LongAdder()).add(count);
  }

  /** A REST answer does not say its version: it must be one of those that were there. */
  private void overRest(Asked asked, int from, int count) throws Exception {
    StringBuilder seeds = new StringBuilder();
    StringBuilder labels = new StringBuilder();
    for (int k = 0; k < count; k++) {
      seeds.append(k == 0 ? "" : ",").append(from + k);
      labels.append(k == 0 ? "" : ",").append((from + k) % 3);
    }
    HttpResponse<String> response =
        asked.post(
            "/v1/models/tiny:predict",
            "{\"inputs\": {\"seed\": [" + seeds + "], \"label\": [" + labels + "]}}");
    assertEquals(200, response.statusCode(), response.body());
    byte[] images = new byte[count * TinyStudent.VALUES];
    String[] numbers = response.body().replaceAll("[^0-9]+", " ").trim().split(" ");
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) Integer.parseInt(numbers[i]);
    }
    long version =
        expected.entrySet().stream()
            .filter(
                e -> Arrays.equals(e.getValue()[from], Arrays.copyOf(images, TinyStudent.VALUES)))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no version gives this image of " + from))
            .getKey();
    check(version, images, from, count);
  }
}
