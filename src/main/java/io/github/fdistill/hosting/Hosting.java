package io.github.fdistill.hosting;

import java.nio.file.Path;

/** Where a server's models run. */
@FunctionalInterface
public interface Hosting {
  /** Each version in a process of its own: TensorFlow may crash there, and the server goes on. */
  Hosting APART = ModelApart::load;

  /** In this process, which ends with TensorFlow where that crashes: for models that one trusts. */
  Hosting HERE = (folder, name, mostBytes, crashes) -> ModelHere.load(folder, mostBytes);

  /** Hears of what ends by itself. */
  interface Crashes {
    /** Its process has ended. */
    void crashed();

    /** It is started no more, for this reason. */
    void givenUp(String why);
  }

  /**
   * Loads a version and warms it up.
   *
   * @param name of the model with its version, for messages
   * @param mostBytes of a request that warms it up
   * @throws NotLoaded when it cannot be loaded, whatever the reason
   * @throws InterruptedException when the caller is told to wait no longer
   */
  HostedModel load(Path folder, String name, long mostBytes, Crashes crashes)
      throws InterruptedException;
}
