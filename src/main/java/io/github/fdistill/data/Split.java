package io.github.fdistill.data;

/** The two parts of a dataset. */
public enum Split {
  TRAIN("train"),
  TEST("t10k");

  /** How the names of this part's IDX files begin. */
  final String idxPrefix;

  Split(String idxPrefix) {
    this.idxPrefix = idxPrefix;
  }
}
