package io.github.fdistill.journal;

import java.util.List;

/**
 * The log of the program: {@code log4j2.xml} beside this class. Log4j would find one at the root of
 * the jar by itself, and take it for that of an application that uses this as a library.
 */
public final class ProgramLog {
  /** Log4j's name of the setting, and the one that it had before. */
  private static final List<String> NAMES =
      List.of("log4j2.configurationFile", "log4j.configurationFile");

  private static final String FILE = "classpath:io/github/fdistill/journal/log4j2.xml";

  private ProgramLog() {}

  /**
   * Chooses it, unless who started Java or the environment ({@code LOG4J_CONFIGURATION_FILE}) named
   * another one: for main methods, before the first logger is made.
   */
  public static void use() {
    if (NAMES.stream().noneMatch(name -> System.getProperty(name) != null)
        && System.getenv("LOG4J_CONFIGURATION_FILE") == null) {
      System.setProperty(NAMES.get(0), FILE);
    }
  }
}
