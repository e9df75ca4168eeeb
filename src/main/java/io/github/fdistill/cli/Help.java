package io.github.fdistill.cli;

import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/**
 * The texts of {@code --help}, in lines of at most 80 letters, or as many as the environment's
 * COLUMNS says of a terminal. Examples, which are copied, are not folded.
 */
final class Help {
  /** Where descriptions begin. */
  private static final int WIDTH = 28;

  /** Where summaries begin. */
  private static final int NAMES = 13;

  private static final int LINE = 80;
  private static final int LEAST_LINE = 50;

  private Help() {}

  static String overview(List<Command> commands) {
    StringBuilder text = new StringBuilder();
    text.append("fdistill turns a diffusion model into a generator of one step, or a few.\n\n");
    text.append("usage: fdistill COMMAND [FLAGS]\n\n");
    for (Command command : commands) {
      text.append(String.format("  %-10s ", command.name()));
      text.append(folded(command.summary(), NAMES)).append('\n');
    }
    text.append("\nfdistill COMMAND --help says more, with examples.\n");
    return text.toString();
  }

  static String of(Command command, Options options) {
    StringBuilder text = new StringBuilder();
    text.append("usage: fdistill ").append(command.name());
    if (!command.arguments().equals(Arguments.NONE)) {
      text.append(' ').append(command.arguments().usage());
    }
    text.append(" [FLAGS]\n\n").append(folded(command.summary(), 0)).append("\n\n");
    for (Option option : options.getOptions()) {
      text.append(flag(option));
    }
    text.append("\nexamples:\n");
    command.examples().forEach(example -> text.append("  ").append(example).append('\n'));
    return text.toString();
  }

  private static String flag(Option option) {
    String value = option.hasArg() ? " " + option.getArgName() : "";
    String flag = "  --" + option.getLongOpt() + value;
    String indent = " ".repeat(WIDTH);
    String head =
        flag.length() < WIDTH ? flag + " ".repeat(WIDTH - flag.length()) : flag + "\n" + indent;
    return head + folded(option.getDescription(), WIDTH) + "\n";
  }

  /**
   * Words in as many lines as they need.
   *
   * @param indent letters that stand before each line; those of the first are there already
   */
  private static String folded(String words, int indent) {
    int most = line(System.getenv("COLUMNS")) - indent;
    StringBuilder text = new StringBuilder();
    int length = 0;
    for (String word : words.strip().split("\\s+")) {
      if (length > 0 && length + 1 + word.length() > most) {
        text.append('\n').append(" ".repeat(indent));
        length = 0;
      } else if (length > 0) {
        text.append(' ');
        length++;
      }
      text.append(word);
      length += word.length();
    }
    return text.toString();
  }

  /**
   * Letters of a line.
   *
   * @param columns what the environment says; null: nothing
   */
  static int line(String columns) {
    boolean said = columns != null && columns.matches("\\d{1,4}");
    return said ? Math.max(LEAST_LINE, Math.min(LINE, Integer.parseInt(columns))) : LINE;
  }
}
