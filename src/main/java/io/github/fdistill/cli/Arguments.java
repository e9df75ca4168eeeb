package io.github.fdistill.cli;

import io.github.fdistill.files.ShellWord;
import java.util.List;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/**
 * What a command takes beside its flags.
 *
 * @param word what stands for one in the usage line, such as MODEL; empty where it takes none
 * @param least how many there must be
 * @param most how many there may be
 */
record Arguments(String word, int least, int most) {
  static final Arguments NONE = new Arguments("", 0, 0);

  /** Just one. */
  static Arguments one(String word) {
    return new Arguments(word, 1, 1);
  }

  /** One or more. */
  static Arguments some(String word) {
    return new Arguments(word, 1, Integer.MAX_VALUE);
  }

  /** How the usage line names them: MODEL, or MODEL... of which there may be several. */
  String usage() {
    return most > 1 ? word + "..." : word;
  }

  /**
   * Refuses what was given if they are too few or too many.
   *
   * @param options the command's, of which one may be for what was given
   * @throws ParseException that says how many are needed, and what was found
   */
  void require(List<String> given, Options options) throws ParseException {
    if (given.size() >= least && given.size() <= most) {
      return;
    }
    if (most == 0) {
      String found = given.get(0);
      boolean settings = found.endsWith(".pbtxt") && options.hasLongOption("config");
      throw new ParseException(
          "unexpected argument '"
              + found
              + "'\n  remedy: "
              + (settings ? "--config " + ShellWord.quoted(found) : "leave it out"));
    }
    String count = most > 1 ? "at least one " : "one ";
    throw new ParseException(count + word + " is needed, found " + given);
  }
}
