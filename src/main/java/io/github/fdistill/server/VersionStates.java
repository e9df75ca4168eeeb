package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ModelVersionStatus;
import io.github.fdistill.wire.ModelVersionStatus.State;
import io.github.fdistill.wire.StatusProto;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.tensorflow.proto.error.Code;

/** How every version of a model is that has been seen, as the API tells it. */
final class VersionStates {
  private record Known(State state, String error) {}

  private final String model;
  private final NavigableMap<Long, Known> known = new TreeMap<>();

  VersionStates(String model) {
    this.model = model;
  }

  synchronized void set(long version, State state) {
    known.put(version, new Known(state, ""));
  }

  /** It cannot be served, for this reason. */
  synchronized void failed(long version, String error) {
    known.put(version, new Known(State.END, error));
  }

  /**
   * Of one version, or of each, the newest first.
   *
   * @throws ApiException when there is none
   */
  synchronized List<ModelVersionStatus> of(Optional<Long> wanted) {
    List<ModelVersionStatus> found = new ArrayList<>();
    for (Map.Entry<Long, Known> entry : known.descendingMap().entrySet()) {
      if (wanted.isEmpty() || wanted.get().equals(entry.getKey())) {
        found.add(status(entry.getKey(), entry.getValue()));
      }
    }
    if (found.isEmpty()) {
      String what = wanted.map(version -> "version " + version).orElse("any versions");
      throw new ApiException(
          Status.Code.NOT_FOUND, "Could not find " + what + " of model " + model);
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

  /** What keeps versions from being served, if that is known, of the newest last. */
  synchronized List<String> errors() {
    return known.values().stream().map(Known::error).filter(error -> !error.isEmpty()).toList();
  }
}
