package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.fdistill.Eventually;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.hosting.HostedModel;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.hosting.LoadedModel;
import io.github.fdistill.hosting.NotLoaded;
import io.github.fdistill.wire.HostTensor;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/** Versions that cannot be loaded, beside others that can: none stops another. */
@Timeout(300)
class BadVersionsTest {
  @TempDir Path folder;

  private Path version(long number) {
    return folder.resolve("tiny").resolve("" + number);
  }

  /** What status says of a version as soon as that holds this text; fails after a while. */
  static void awaitStatus(Asked asked, String model, long version, String text) throws Exception {
    String path = "/v1/models/" + model + "/versions/" + version;
    if (!Eventually.within(120, () -> asked.get(path).body().contains(text))) {
      fail(asked.get(path).body());
    }
  }

  /** A folder with a pipe for this file, there at once: the server may look at any time. */
  private void makePipe(Path to, String file) throws Exception {
    Path aside = folder.resolve("aside");
    Path pipe = aside.resolve(file);
    Files.createDirectories(pipe.getParent());
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Files.move(aside, to);
  }

  private void put(long number, long seed) throws Exception {
    Path aside = folder.resolve("aside");
    TinyStudent.write(aside, seed);
    Files.createDirectories(folder.resolve("tiny"));
    Files.move(aside, version(number));
  }

  @Test
  void pipesAndWhatIsNoModelAreToldAndCountedAndLaterVersionsAreLoaded() throws Exception {
    put(1, 1);
    try (Asked asked = new Asked(folder.resolve("tiny"))) {
      assertEquals("ok\n", asked.get("/healthz").body());
      makePipe(version(2), "saved_model.pb");
      awaitStatus(asked, "tiny", 2, "a pipe, a socket or a device");
      makePipe(folder.resolve("tiny/.three"), "assets.extra/denoiser.pbtxt");
      Files.createSymbolicLink(version(3), Path.of(".three"));
      awaitStatus(asked, "tiny", 3, "a pipe, a socket or a device");
      String health = asked.get("/healthz").body();
      assertTrue(health.startsWith("ok\nbut version 3 of tiny is not served: "), health);
      String metrics = asked.get("/monitoring/prometheus/metrics").body();
      assertTrue(metrics.contains("versions_not_loaded{model_name=\"tiny\"} 1\n"), metrics);
      assertTrue(metrics.contains("load_failures{model_name=\"tiny\"} 2\n"), metrics);
      put(4, 2);
      awaitStatus(asked, "tiny", 4, "AVAILABLE");
      assertEquals("ok\n", asked.get("/healthz").body());
      assertEquals(200, asked.head("/healthz"));
      // A version that is there goes on; what is wrong with its folder is told while it is so.
      Path link = Files.createSymbolicLink(version(4).resolve("assets.extra/x"), Path.of("gone"));
      Path newer = Files.createSymbolicLink(version(5), Path.of("/nope/5"));
      awaitStatus(asked, "tiny", 5, "a link to what is not there");
      Files.delete(newer);
      String told = "a link to what is not there";
      assertTrue(Eventually.within(60, () -> asked.get("/healthz").body().contains(told)));
      asked.predict(Asked.request("tiny", 0, 2));
      Files.delete(link);
      assertTrue(Eventually.within(60, () -> asked.get("/healthz").body().equals("ok\n")));
    }
  }

  /** A version that is loaded, and what becomes of it. */
  private static final class Told implements HostedModel {
    private final boolean damaged;
    private final int millisToClose;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean running = true;

    private Told(boolean damaged, int millisToClose) {
      this.damaged = damaged;
      this.millisToClose = millisToClose;
    }

    @Override
    public LoadedModel loaded() {
      if (damaged) {
        throw new ArithmeticException("integer overflow");
      }
      return LoadedModel.getDefaultInstance();
    }

    @Override
    public Map<String, HostTensor> run(
        String signature, Map<String, HostTensor> in, Collection<String> out, Duration within) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<byte[]> draw(
        long[] seeds, ConditionRows conditions, double guidance, Duration within) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean running() {
      return running;
    }

    @Override
    public void close() {
      try {
        Thread.sleep(millisToClose);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      closed.countDown();
    }

    @Override
    public void kill() {}
  }

  /** What happens in the loading of some versions, as a stranger's files might bring it about. */
  private static final class Troubled implements Hosting {
    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final Told late = new Told(false, 0);
    private final Told damaged = new Told(true, 0);

    /**
     * Of versions that are right, loaded before: a machine that is busy takes its time for that.
     */
    private final Map<String, HostedModel> ready = new TreeMap<>();

    @Override
    public HostedModel load(Version version, Crashes crashes) throws InterruptedException {
      return switch (version.name()) {
        case "tiny-2" -> throw new StackOverflowError();
        case "tiny-3" -> throw new OutOfMemoryError("Java heap space");
        case "tiny-4" -> throw new UnsatisfiedLinkError("libmissing.so");
        case "tiny-5" -> untilToldToEnd();
        case "tiny-6" -> begun.getAndIncrement() == 0 ? whateverHappens() : untilToldToEnd();
        case "tiny-7" -> damaged;
        default -> ready.get(version.name());
      };
    }

    private static HostedModel untilToldToEnd() throws InterruptedException {
      new CountDownLatch(1).await();
      throw new AssertionError("nobody counts");
    }

    /** As native code that nothing interrupts. */
    private HostedModel whateverHappens() {
      while (never.getCount() > 0) {
        try {
          never.await();
        } catch (InterruptedException e) {
          // It does not end of it.
        }
      }
      return late;
    }

    private void makeReady(Path folder, String name) throws InterruptedException {
      Version version = new Version(folder, name, 1 << 20, Duration.ofMinutes(1));
      ready.put(name, HERE.load(version, null));
    }
  }

  @Test
  void errorsAndLoadingThatNeverEndsAreOfOneVersionAlone() throws Exception {
    Troubled hosting = new Troubled();
    Limits limits = new Limits(1 << 20, Duration.ofSeconds(20), 64, Duration.ofSeconds(5));
    put(1, 1);
    hosting.makeReady(version(1), "tiny-1");
    hosting.makeReady(version(1), "tiny-8");
    Files.writeString(
        folder.resolve("tiny/models.config"),
        "model_config_list { config { name: \"tiny\" model_version_policy { all {} } } }");
    try (Asked asked = new Asked(hosting, limits, folder.resolve("tiny"))) {
      for (long number : List.of(2, 3, 4, 5, 6, 7)) {
        put(number, 2);
      }
      awaitStatus(asked, "tiny", 2, "nested too deeply");
      awaitStatus(asked, "tiny", 3, "needs more memory than there is");
      awaitStatus(asked, "tiny", 4, "TensorFlow's libraries do not load: libmissing.so");
      awaitStatus(asked, "tiny", 5, "it is not loaded within 5 s");
      awaitStatus(asked, "tiny", 6, "it is not loaded within 5 s");
      // What is wrong with it shows when it is loaded: it is let go of.
      awaitStatus(asked, "tiny", 7, "it is damaged");
      assertTrue(hosting.damaged.closed.await(60, TimeUnit.SECONDS), "it is still loaded");
      put(8, 3);
      awaitStatus(asked, "tiny", 8, "AVAILABLE");
      asked.predict(Asked.request("tiny", 0, 2));

      // The one that hung ends at last: it is too late.
      hosting.never.countDown();
      assertTrue(hosting.late.closed.await(60, TimeUnit.SECONDS), "it is served, or still loaded");
      awaitStatus(asked, "tiny", 6, "it is not loaded within 5 s");
    }
  }

  @Test
  void theEndWaitsForWhatWasRetiredBeforeAndHealthIsThatOfTheNewest() throws Exception {
    Map<String, Told> versions =
        Map.of("tiny-1", new Told(false, 1_000), "tiny-2", new Told(false, 0));
    Files.createDirectories(version(1));
    try (Asked asked =
        new Asked(
            (version, crashes) -> versions.get(version.name()),
            Asked.LIMITS,
            folder.resolve("tiny"))) {
      Files.createDirectories(version(2));
      awaitStatus(asked, "tiny", 1, "END");
      assertEquals("ok\n", asked.get("/healthz").body());
      versions.get("tiny-2").running = false;
      HttpResponse<String> health = asked.get("/healthz");
      assertEquals(503, health.statusCode());
      assertTrue(health.body().contains("of tiny has crashed, and is being st"), health.body());
    }
    versions.values().forEach(told -> assertEquals(0, told.closed.getCount(), "it is not closed"));
  }

  @Test
  void aVersionThatWasWrongIsTriedAgainWhenItsFilesChange() throws Exception {
    put(1, 1);
    try (Asked asked = new Asked(folder.resolve("tiny"))) {
      Files.createDirectories(version(2));
      Files.writeString(version(2).resolve("saved_model.pb"), "nonsense");
      awaitStatus(asked, "tiny", 2, "cannot be read as a SavedModel");
      Files.move(version(2), folder.resolve("before"));
      put(2, 2);
      awaitStatus(asked, "tiny", 2, "AVAILABLE");
    }
  }

  /** Its loading ends at once, while the folder is still being looked at. */
  @Test
  void aVersionThatIsThereBeforeTheFirstLookEndsIsServed() throws Exception {
    put(2, 1);
    Files.createDirectories(version(1));
    for (int i = 0; i < 4_000; i++) { // To look at them takes a while.
      Files.createFile(version(1).resolve("" + i));
    }
    Files.writeString(
        folder.resolve("tiny/models.config"),
        "model_config_list { config { name: \"tiny\" model_version_policy { all {} } } }");
    Hosting.Version wanted =
        new Hosting.Version(version(2), "tiny-2", 1 << 20, Duration.ofMinutes(1));
    HostedModel ready = Hosting.HERE.load(wanted, null);
    Hosting atOnce =
        (version, crashes) ->
            version.folder().equals(version(2)) ? ready : Hosting.HERE.load(version, crashes);
    try (Asked asked = new Asked(atOnce, Asked.LIMITS, folder.resolve("tiny"))) {
      awaitStatus(asked, "tiny", 2, "AVAILABLE");
    }
  }

  @Test
  void whatIsToldNamesNoErrorOfJavas() {
    for (Throwable error :
        List.of(
            new StackOverflowError(),
            new OutOfMemoryError("Java heap space"),
            new TFInvalidArgumentException("Return o is not found."),
            new IndexOutOfBoundsException("Index 7"),
            new java.io.UncheckedIOException(new java.io.IOException("it is gone")))) {
      String told = NotLoaded.because(Path.of("m/1"), error).getMessage();
      assertTrue(told.startsWith("m/1: "), told);
      assertTrue(!told.contains("Error") && !told.contains("Exception"), told);
    }
  }
}
