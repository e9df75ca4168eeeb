package io.github.fdistill.network;

import io.github.fdistill.config.DenoiserInfo;
import java.nio.file.Path;

/** Files beside a model that say more of it, and their reading. */
public final class NetworkFiles {
  private NetworkFiles() {}

  /** Reads what a model's inputs are without a condition. */
  public static void readNone(DenoiserInfo info, Path savedModel) {
    NoneValues.read(info, savedModel);
  }
}
