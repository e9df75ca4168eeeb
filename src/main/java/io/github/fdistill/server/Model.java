package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.ModelVersionStatus;
import io.github.fdistill.wire.ModelVersionStatus.State;
import io.github.fdistill.wire.StatusProto;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.proto.error.Code;

/**
 * A model that is served: its versions come and go as they do in its folder. A new one is loaded
 * and warmed up before the old one is retired, and that one answers what it has begun.
 */
final class Model {
  private static final Logger LOG = LogManager.getLogger(Model.class);

  /** A version that could not be loaded is tried again at every so many looks. */
  private static final int LOOKS_BETWEEN_TRIES = 10;

  private record Known(State state, String error) {}

  /** A version that could not be loaded, with the files it had then. */
  private static final class Failure {
    private final FolderStamp files;
    private int looks;

    Failure(FolderStamp files) {
      this.files = files;
    }

    /** Whether to try again: when it has become another, or after a while. */
    boolean again(FolderStamp now, boolean settled) {
      looks++;
      return (settled && !now.equals(files)) || looks % LOOKS_BETWEEN_TRIES == 0;
    }
  }

  private final VersionsFolder folder;
  private final Limits limits;
  private final Batching batching;
  private final PrometheusCounts metrics;
  private final NavigableMap<Long, ModelVersion> available = new TreeMap<>();
  private final NavigableMap<Long, Known> known = new TreeMap<>();
  private final Map<Long, FolderStamp> loaded = new TreeMap<>();
  private Map<String, Long> labels = Map.of();

  /** At the last look; these are of the thread that looks alone. */
  private final Map<Long, FolderStamp> seen = new TreeMap<>();

  private final Map<Long, Failure> failures = new TreeMap<>();
  private Set<Long> unnamed = Set.of();

  Model(VersionsFolder folder, Limits limits, PrometheusCounts metrics) {
    this.folder = folder;
    this.batching = folder.batching();
    this.limits = limits;
    this.metrics = metrics;
  }

  String name() {
    return folder.name();
  }

  /** Looks at the folder, loads what is new and retires what is to go; by one thread only. */
  void look() {
    VersionsFolder.Contents contents;
    try {
      contents = folder.contents();
    } catch (InputException e) {
      LOG.warn("Model {} stays as it is: {}", name(), e.getMessage());
      return;
    }
    contents.versions().forEach(this::loadIfNew);
    synchronized (this) {
      labels = contents.labels();
      boolean anyLeft = available.keySet().stream().anyMatch(contents.versions()::containsKey);
      for (long version : List.copyOf(available.keySet())) {
        boolean wanted = contents.versions().containsKey(version);
        // While what is to come cannot be loaded, what is there goes on.
        if (!wanted && (anyLeft || contents.versions().isEmpty())) {
          retire(version);
        }
      }
    }
    seen.keySet().retainAll(contents.versions().keySet());
    failures.keySet().retainAll(contents.versions().keySet());
    tellUnnamed(contents.unnamed());
  }

  /** Newer versions that models.config keeps back: easily forgotten. */
  private void tellUnnamed(Set<Long> now) {
    if (!now.equals(unnamed) && !now.isEmpty()) {
      LOG.info("Versions of {} that models.config does not name are not served: {}", name(), now);
    }
    unnamed = now;
  }

  /** A version that is there already is loaded again when its files are others, and stay so. */
  private void loadIfNew(long number, Path path) {
    Optional<FolderStamp> files = FolderStamp.of(path);
    if (files.isEmpty()) {
      return;
    }
    boolean settled = files.get().equals(seen.put(number, files.get()));
    synchronized (this) {
      boolean there = available.containsKey(number);
      if (there && (files.get().equals(loaded.get(number)) || !settled)) {
        return;
      }
      if (failures.containsKey(number) && !failures.get(number).again(files.get(), settled)) {
        return;
      }
      if (!there) {
        known.put(number, new Known(State.LOADING, ""));
      }
    }
    try {
      load(number, path, files.get());
    } catch (RuntimeException e) {
      failures.put(number, new Failure(files.get()));
      LOG.warn("Version {} of {} is not loaded: {}", number, name(), e.getMessage());
      LOG.debug("Why", e);
      noteFailure(number, "" + e.getMessage());
    }
  }

  private void load(long number, Path path, FolderStamp files) {
    long start = System.nanoTime();
    ModelVersion version = ModelVersion.load(name(), path, limits, batching, metrics);
    int warmed;
    try {
      warmed = WarmUp.replay(version, limits.requestBytes());
      if (!FolderStamp.of(path).equals(Optional.of(files))) {
        throw new InputException(
            path.toString(),
            "its files were changed while it was loaded",
            "a version that appears whole, under its name",
            "write it beside and rename it; it is tried again when it stays as it is");
      }
    } catch (RuntimeException e) {
      version.retire();
      throw e;
    }
    ModelVersion before;
    synchronized (this) {
      before = available.put(number, version);
      loaded.put(number, files);
      known.put(number, new Known(State.AVAILABLE, ""));
      failures.remove(number);
    }
    if (before != null) {
      before.retire();
    }
    LOG.info(
        "Serving version {} of {}{} ({} warm-up requests, {} ms)",
        number,
        name(),
        before == null ? "" : ", whose files have changed",
        warmed,
        (System.nanoTime() - start) / 1_000_000);
  }

  /** What keeps a version from being served; one that is there already goes on as it was. */
  private synchronized void noteFailure(long number, String error) {
    if (!available.containsKey(number)) {
      known.put(number, new Known(State.END, error));
    }
  }

  private synchronized ModelVersion retire(long number) {
    ModelVersion version = available.remove(number);
    loaded.remove(number);
    known.put(number, new Known(State.END, ""));
    LOG.info("Version {} of {} is retired", number, name());
    version.retire();
    return version;
  }

  /** Retires every version. */
  List<ModelVersion> retireAll() {
    List<ModelVersion> gone = new ArrayList<>();
    synchronized (this) {
      List.copyOf(available.keySet()).forEach(number -> gone.add(retire(number)));
    }
    return gone;
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
          case VERSION_LABEL -> available.get(labelled(spec.getVersionLabel()));
          default -> newest == null ? null : newest.getValue();
        };
    if (found == null || !found.hold()) {
      throw notFound(spec);
    }
    return found;
  }

  private long labelled(String label) {
    Long version = labels.get(label);
    if (version == null) {
      throw ApiException.invalid("Unrecognized servable version label: " + label);
    }
    return version;
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
    List<ModelVersionStatus> found = new ArrayList<>();
    Long wanted = null;
    if (spec.hasVersion()) {
      wanted = spec.getVersion().getValue();
    } else if (!spec.getVersionLabel().isEmpty()) {
      wanted = labelled(spec.getVersionLabel());
    }
    for (Map.Entry<Long, Known> entry : known.descendingMap().entrySet()) {
      if (wanted == null || wanted.equals(entry.getKey())) {
        found.add(status(entry.getKey(), entry.getValue()));
      }
    }
    if (found.isEmpty()) {
      throw new ApiException(
          Status.Code.NOT_FOUND,
          wanted == null
              ? "Could not find any versions of model " + name()
              : "Could not find version " + wanted + " of model " + name());
    }
    return found;
  }

  private static ModelVersionStatus status(long version, Known what) {
    Code code = what.error().isEmpty() ? Code.OK : Code.UNKNOWN;
    return ModelVersionStatus.newBuilder()
        .setVersion(version)
        .setState(what.state())
        .setStatus(StatusProto.newBuilder().setErrorCode(code).setErrorMessage(what.error()))
        .build();
  }

  /** What keeps its versions from being served, if that is known. */
  synchronized String errors() {
    return String.join("; ", known.values().stream().map(Known::error).toList());
  }

  /** Whether a version can be asked. */
  synchronized boolean ready() {
    return !available.isEmpty();
  }

  synchronized int waitingRows() {
    return available.values().stream().mapToInt(ModelVersion::waitingRows).sum();
  }
}
