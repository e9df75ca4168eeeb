package io.github.fdistill.server;

import java.util.Optional;

/** A version that could not be loaded, with the files it had then; of one thread at a time. */
final class Failure {
  /** Looks until it is tried again; each time that it fails, twice as many. */
  private static final int FIRST_PAUSE = 10;

  private static final int LONGEST_PAUSE = 640;

  private final Optional<FolderStamp> files;
  private final String why;
  private final int pause;
  private int looks;

  private Failure(Optional<FolderStamp> files, String why, int pause) {
    this.files = files;
    this.why = why;
    this.pause = pause;
  }

  /**
   * One more failure.
   *
   * @param files that it had; empty where they could not be looked at
   * @param before the one before, if there was one; null: none
   */
  static Failure after(Failure before, Optional<FolderStamp> files, String why) {
    boolean same = before != null && before.files.equals(files);
    int pause = same ? Math.min(LONGEST_PAUSE, 2 * before.pause) : FIRST_PAUSE;
    return new Failure(files, why, pause);
  }

  /** One that is tried again when its files are others, and not before. */
  static Failure forGood(FolderStamp files, String why) {
    return new Failure(Optional.of(files), why, Integer.MAX_VALUE);
  }

  String why() {
    return why;
  }

  /** Whether to try again now, at one more look: when it has become another, or after a while. */
  boolean again(FolderStamp now, boolean settled) {
    looks++;
    return (settled && !Optional.of(now).equals(files)) || looks >= pause;
  }
}
