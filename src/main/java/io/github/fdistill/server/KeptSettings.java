package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import java.util.Optional;
import java.util.Set;
import org.apache.logging.log4j.Logger;

/**
 * What the files beside a model's versions say now. While one of them is wrong, the model stays as
 * it was before: no version is kept from being served by a mistake there.
 */
final class KeptSettings {
  private static final Logger LOG = Logs.of(KeptSettings.class);

  private final VersionsFolder folder;
  private Optional<Batching> batching = Optional.empty();
  private Set<Long> unnamed = Set.of();
  private Set<String> absent = Set.of();
  private String wrongContents = "";
  private String wrongBatching = "";

  KeptSettings(VersionsFolder folder) {
    this.folder = folder;
  }

  /**
   * Refuses files that are wrong at the start; later they are only told of.
   *
   * @throws InputException naming the file
   */
  synchronized void require() {
    folder.contents();
    batching = Optional.of(folder.batching());
  }

  /** Which versions are to be served; nothing while that cannot be told. By one thread only. */
  Optional<VersionsFolder.Contents> contents() {
    try {
      VersionsFolder.Contents contents = folder.contents();
      wrongContents = "";
      tellUnnamed(contents.unnamed());
      tellAbsent(contents.absent());
      return Optional.of(contents);
    } catch (InputException e) {
      wrongContents = tell(wrongContents, e.getMessage());
      return Optional.empty();
    }
  }

  /** Newer versions that models.config keeps back: easily forgotten. */
  private void tellUnnamed(Set<Long> now) {
    if (!now.equals(unnamed) && !now.isEmpty()) {
      String found = "Versions of {} that models.config does not name are not served: {}";
      LOG.info(found, folder.name(), now);
    }
    unnamed = now;
  }

  /** What models.config names and is not there: mistyped, or yet to come. */
  private void tellAbsent(Set<String> now) {
    if (!now.equals(absent) && !now.isEmpty()) {
      LOG.warn("models.config of {} names what is not there to be served: {}", folder.name(), now);
    }
    absent = now;
  }

  /**
   * How requests of a version that is loaded now are batched.
   *
   * @throws InputException when the file is wrong, and has never been right
   */
  synchronized Batching batching() {
    try {
      batching = Optional.of(folder.batching());
      wrongBatching = "";
    } catch (InputException e) {
      wrongBatching = tell(wrongBatching, e.getMessage());
      return batching.orElseThrow(() -> e);
    }
    return batching.get();
  }

  private String tell(String before, String wrong) {
    if (!before.equals(wrong)) {
      LOG.warn("Model {} stays as it is: {}", folder.name(), wrong);
    }
    return wrong;
  }
}
