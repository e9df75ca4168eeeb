package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** One command of the program. */
interface Command {

  /** What the user types. */
  String name();

  /** What it does, in one line. */
  String summary();

  /** Its flags, beside {@code --help} and {@code --debug}. */
  Options options();

  /** What {@code --set} changes fields of; none where there is no such flag, or it changes few. */
  default Optional<Message> settings() {
    return Optional.empty();
  }

  /** What it takes beside its flags; how many are given is checked before it runs. */
  default Arguments arguments() {
    return Arguments.NONE;
  }

  /** Examples that run as they stand, for the end of its help. */
  List<String> examples();

  /**
   * Does it.
   *
   * @param line the parsed flags
   * @param words the whole command line, for the record
   * @param workspace where it works
   * @param out what it has to say
   */
  void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException, ParseException;
}
