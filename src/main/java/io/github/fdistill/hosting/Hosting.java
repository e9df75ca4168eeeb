package io.github.fdistill.hosting;

import java.nio.file.Path;
import java.time.Duration;

/** Where a server's models run. */
@FunctionalInterface
public interface Hosting {
  /** Each version in a process of its own: TensorFlow may crash there, and the server goes on. */
  Hosting APART = ModelApart::load;

  /** In this process, which ends with TensorFlow where that crashes: for models that one trusts. */
  Hosting HERE = (version, crashes) -> ModelHere.load(version.folder(), version.mostBytes());

  /**
   * A version that is to be loaded.
   *
   * @param name of the model with its version, for messages
   * @param mostBytes of a request that warms it up
   * @param within each time that it is loaded; for this process whoever waits has to see to that
   */
  record Version(Path folder, String name, long mostBytes, Duration within) {}

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
   * @throws NotLoaded when it cannot be loaded, whatever the reason
   * @throws InterruptedException when the caller is told to wait no longer
   */
  HostedModel load(Version version, Crashes crashes) throws InterruptedException;
}
