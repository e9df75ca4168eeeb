package io.github.fdistill.server;

import io.github.fdistill.hosting.NotLoaded;
import java.util.Optional;

/** A version that could not be loaded, with the files it had then; of one thread at a time. */
final class Failure {
  /** Looks until it is tried again; each time that it fails, twice as many. */
  private static final int FIRST_PAUSE = 10;

  private static final int LONGEST_PAUSE = 640;

  /** After so many of the same files it is tried no more. */
  private static final int MOST_CRASHES = 3;

  private final Optional<FolderStamp> files;
  private final String why;
  private final int pause;
  private final int crashes;
  private int looks;

  private Failure(Optional<FolderStamp> files, String why, int pause, int crashes) {
    this.files = files;
    this.why = why;
    this.pause = pause;
    this.crashes = crashes;
  }

  /**
   * One more failure.
   *
   * @param files that it had; empty where they could not be looked at
   * @param before the one before, if there was one; null: none
   */
  static Failure after(Failure before, Optional<FolderStamp> files, NotLoaded why) {
    boolean same = before != null && before.files.equals(files);
    int pause = same ? Math.min(LONGEST_PAUSE, 2 * before.pause) : FIRST_PAUSE;
    int crashes = (same ? before.crashes : 0) + (why.isCrash() ? 1 : 0);
    boolean enough = crashes >= MOST_CRASHES;
    return new Failure(files, why.getMessage(), enough ? Integer.MAX_VALUE : pause, crashes);
  }

  /** One that is tried again when its files are others, and not before. */
  static Failure forGood(FolderStamp files, String why) {
    return new Failure(Optional.of(files), why, Integer.MAX_VALUE, MOST_CRASHES);
  }

  String why() {
    return why;
  }

  /** Whether to try again now, at one more look: when it has become another, or after a while. */
  boolean again(Optional<FolderStamp> now, boolean settled) {
    looks++;
    return (settled && !now.equals(files)) || looks >= pause;
  }
}
