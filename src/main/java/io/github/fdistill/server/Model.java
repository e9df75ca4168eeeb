package io.github.fdistill.server;

import com.google.protobuf.Int64Value;
import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.hosting.NotLoaded;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.ModelVersionStatus;
import io.github.fdistill.wire.ModelVersionStatus.State;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Logger;

/**
 * A model that is served: its versions come and go as they do in its folder. A new one is loaded
 * and warmed up before the old one is retired, and that one answers what it has begun. Whatever is
 * wrong with a version concerns that version alone.
 */
final class Model {
  private static final Logger LOG = Logs.of(Model.class);

  private final VersionsFolder folder;
  private final KeptSettings settings;
  private final Hosting hosting;
  private final Limits limits;
  private final PrometheusCounts metrics;
  private final VersionStates states;
  private final Loads loads;
  private final NavigableMap<Long, ModelVersion> available = new TreeMap<>();
  private final Map<Long, FolderStamp> loaded = new TreeMap<>();
  private final NavigableMap<Long, Failure> failures = new TreeMap<>();

  /** Used no more, and not closed yet: some may still be answering. */
  private final Set<ModelVersion> retiring = new HashSet<>();

  private final Labels labels = new Labels();
  private Set<Long> wanted = Set.of();
  private boolean ended;
  private volatile long lastLook = System.nanoTime();

  /** At the last look; of the thread that looks alone. */
  private final Map<Long, FolderStamp> seen = new TreeMap<>();

  Model(VersionsFolder folder, Hosting hosting, Limits limits, PrometheusCounts metrics) {
    this.folder = folder;
    this.settings = new KeptSettings(folder);
    this.hosting = hosting;
    this.limits = limits;
    this.metrics = metrics;
    this.states = new VersionStates(folder.name());
    this.loads = new Loads(folder.name());
    metrics.gauge("versions_not_loaded", name(), () -> failed().size());
    metrics.gauge("seconds_since_look", name(), this::secondsSinceLook);
  }

  String name() {
    return folder.name();
  }

  Path path() {
    return folder.path();
  }

  /**
   * Refuses files beside the versions that are wrong, before the first look.
   *
   * @throws InputException naming the file
   */
  void requireSettings() {
    settings.require();
  }

  /**
   * Looks at the folder, begins to load what is new and retires what is to go; by one thread only,
   * which does not wait for what is loaded.
   */
  void look() {
    loads.giveUp(limits.loading()).forEach(this::late);
    Optional<VersionsFolder.Contents> found = settings.contents();
    if (found.isPresent()) {
      VersionsFolder.Contents contents = found.get();
      synchronized (this) {
        labels.give(contents.labels(), available.keySet());
        wanted = Set.copyOf(contents.versions().keySet()); // Before any can be there.
        failures.keySet().retainAll(wanted);
      }
      contents.versions().descendingMap().forEach(this::lookAt);
      retireUnwanted();
      seen.keySet().retainAll(contents.versions().keySet());
    }
    lastLook = System.nanoTime();
  }

  private synchronized void retireUnwanted() {
    boolean anyLeft = available.keySet().stream().anyMatch(wanted::contains);
    for (long version : List.copyOf(available.keySet())) {
      // While what is to come cannot be loaded, what is there goes on.
      boolean kept = labels.name(version) || !anyLeft;
      if (!wanted.contains(version) && (!kept || wanted.isEmpty())) {
        retire(version);
      }
    }
  }

  /** A version that is there already is loaded again when its files are others, and stay so. */
  private void lookAt(long number, Path path) {
    FolderStamp files;
    try {
      files = FolderStamp.of(path);
    } catch (NoSuchFileException e) {
      return; // It is being written or removed just now.
    } catch (IOException | RuntimeException | Error e) {
      unreadable(number, NotLoaded.because(path, e));
      return;
    }
    boolean settled = files.equals(seen.put(number, files));
    synchronized (this) {
      boolean there = available.containsKey(number);
      if (there && files.equals(loaded.get(number))) {
        failures.remove(number); // What could not be read at some look, or has been put right.
        return;
      }
      Failure failure = failures.get(number);
      if (loads.has(number)
          || (there && !settled)
          || (failure != null && !failure.again(Optional.of(files), settled))) {
        return;
      }
      if (!there) {
        states.set(number, State.LOADING);
      }
    }
    loads.begin(number, files, load -> load(load, path));
  }

  private void unreadable(long number, NotLoaded why) {
    synchronized (this) {
      Failure failure = failures.get(number);
      if (failure != null && !failure.again(Optional.empty(), false)) {
        return;
      }
    }
    failed(number, Optional.empty(), why);
  }

  private void load(Loads.Load load, Path path) {
    long start = System.nanoTime();
    ModelVersion version = null;
    try {
      version = new ModelVersion(this, path, hosting, limits);
      version.begin(path, limits, settings.batching(), metrics);
      requireUnchanged(path, load.files());
      if (loads.claim(load)) {
        publish(version, load.files(), start);
        version = null;
      }
    } catch (InterruptedException | RuntimeException | IOException | Error e) {
      if (loads.claim(load)) {
        failed(load.version(), Optional.of(load.files()), NotLoaded.because(path, e));
      }
    } finally {
      if (version != null) {
        version.retire();
      }
      loads.done(load);
    }
  }

  private static void requireUnchanged(Path path, FolderStamp files) throws IOException {
    if (!FolderStamp.of(path).equals(files)) {
      throw new InputException(
          path.toString(),
          "its files were changed while it was loaded",
          "a version that appears whole, under its name",
          "write it beside and rename it; it is tried again when it stays as it is");
    }
  }

  private void publish(ModelVersion version, FolderStamp files, long start) {
    long number = version.number();
    ModelVersion before;
    synchronized (this) {
      if (ended) {
        version.retire();
        return;
      }
      before = available.put(number, version);
      loaded.put(number, files);
      states.set(number, State.AVAILABLE);
      failures.remove(number);
      labels.move(available.keySet());
      retireUnwanted();
    }
    if (before != null) {
      before.retire();
    }
    LOG.info(
        "Serving version {} of {}{} ({} warm-up requests, {} ms)",
        number,
        name(),
        before == null ? "" : ", whose files have changed",
        version.warmedUp(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    version.givenUp().ifPresent(why -> putAside(version, why));
  }

  private void late(Loads.Load load) {
    failed(
        load.version(),
        Optional.of(load.files()),
        NotLoaded.within(folder.path().resolve("" + load.version()), limits.loading()));
  }

  /** What keeps a version from being served; one that is there already goes on as it was. */
  private void failed(long number, Optional<FolderStamp> files, NotLoaded why) {
    metrics.loadFailed(name());
    if (why.isCrash()) {
      metrics.crashed(name());
    }
    synchronized (this) {
      failures.put(number, Failure.after(failures.get(number), files, why));
      if (!available.containsKey(number)) {
        states.failed(number, why.getMessage());
      }
    }
    LOG.warn("Version {} of {} is not loaded: {}", number, name(), why.getMessage());
    LOG.debug("Why", why);
  }

  /** A version whose process has ended, and is started again. */
  void crashed() {
    metrics.crashed(name());
  }

  /** A version that is served no more, until its files are others. */
  void putAside(ModelVersion version, String why) {
    long number = version.number();
    synchronized (this) {
      if (available.get(number) != version) {
        return;
      }
      failures.put(number, Failure.forGood(loaded.get(number), why));
      retire(number);
      states.failed(number, why);
    }
    LOG.error("Version {} of {} is put aside until its files change: {}", number, name(), why);
  }

  private synchronized void retire(long number) {
    ModelVersion version = available.remove(number);
    loaded.remove(number);
    states.set(number, State.END);
    LOG.info("Version {} of {} is retired", number, name());
    version.retire();
  }

  synchronized void retiring(ModelVersion version) {
    retiring.add(version);
  }

  synchronized void closed(ModelVersion version) {
    retiring.remove(version);
  }

  /**
   * Retires every version, and loads no more.
   *
   * @return these, and those retired before that are not closed yet
   */
  synchronized List<ModelVersion> retireAll() {
    loads.end();
    ended = true;
    List.copyOf(available.keySet()).forEach(this::retire);
    return List.copyOf(retiring);
  }

  /** Waits until nothing is being loaded any more, which has its limit. */
  void awaitLoads() throws InterruptedException {
    while (loads.any()) {
      loads.giveUp(limits.loading()).forEach(this::late);
      Thread.sleep(5);
    }
  }

  /**
   * The version that a request means, held: who asked lets go of it.
   *
   * @throws ApiException when there is none
   */
  synchronized ModelVersion hold(ModelSpec spec) {
    Map.Entry<Long, ModelVersion> newest = available.lastEntry();
    ModelVersion found =
        switch (spec.getVersionChoiceCase()) {
          case VERSION -> available.get(spec.getVersion().getValue());
          case VERSION_LABEL -> available.get(labels.version(spec.getVersionLabel()));
          default -> newest == null ? null : newest.getValue();
        };
    if (found == null || !found.hold()) {
      throw notFound(spec.hasVersionLabel() ? numbered(spec) : spec);
    }
    return found;
  }

  private ModelSpec numbered(ModelSpec spec) {
    Int64Value number = Int64Value.of(labels.version(spec.getVersionLabel()));
    return spec.toBuilder().setVersion(number).build();
  }

  /** What TensorFlow Serving says where it has no such version. */
  static ApiException notFound(ModelSpec spec) {
    String wanted =
        spec.hasVersion()
            ? "Specific(" + spec.getName() + ", " + spec.getVersion().getValue() + ")"
            : "Latest(" + spec.getName() + ")";
    return new ApiException(Status.Code.NOT_FOUND, "Servable not found for request: " + wanted);
  }

  /**
   * The state of a version, or of every version that has been seen.
   *
   * @throws ApiException when there is none
   */
  synchronized List<ModelVersionStatus> status(ModelSpec spec) {
    if (spec.hasVersion()) {
      return states.of(Optional.of(spec.getVersion().getValue()));
    }
    return states.of(Optional.empty()); // A label is not looked at, as TensorFlow Serving does.
  }

  /** What keeps its versions from being served, if that is known, of the newest last. */
  List<String> errors() {
    return states.errors();
  }

  /** The versions that should be served and are not as they should be, and why. */
  synchronized NavigableMap<Long, String> failed() {
    NavigableMap<Long, String> failed = new TreeMap<>();
    failures.forEach((number, failure) -> failed.put(number, failure.why()));
    return failed;
  }

  /** Since the folder was looked at last; it is to be a second or so. */
  long secondsSinceLook() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastLook);
  }

  /** Whether a version can be asked. */
  synchronized boolean ready() {
    return !available.isEmpty();
  }

  /** Whether the newest version can be asked now: not while its process is started again. */
  synchronized boolean newestRuns() {
    return !available.isEmpty() && available.lastEntry().getValue().running();
  }

  /** Values of the largest batch that can be asked for now. */
  synchronized double largestBatch() {
    return available.values().stream().mapToDouble(ModelVersion::largestBatch).max().orElse(0);
  }

  synchronized int waitingRows() {
    return available.values().stream().mapToInt(ModelVersion::waitingRows).sum();
  }

  synchronized int computingRows() {
    return available.values().stream().mapToInt(ModelVersion::computingRows).sum();
  }
}
