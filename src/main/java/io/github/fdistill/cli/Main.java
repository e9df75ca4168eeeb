package io.github.fdistill.cli;

/** The program. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {}
}
