package io.github.fdistill.doctor;

/** What can be done on this machine, in the end. */
public enum Verdict {
  READY_ON_GPU("ready on GPU"),
  READY_ON_CPU("ready on CPU"),
  NOT_READY("not ready");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}
