package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What the files beside a model's versions say now. While one of them is wrong, the model stays as
 * it was before: no version is kept from being served by a mistake there.
 */
final class KeptSettings {
  private static final Logger LOG = LogManager.getLogger(KeptSettings.class);

  private final VersionsFolder folder;
  private Optional<Batching> batching = Optional.empty();
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
      return Optional.of(contents);
    } catch (InputException e) {
      wrongContents = tell(wrongContents, e.getMessage());
      return Optional.empty();
    }
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
