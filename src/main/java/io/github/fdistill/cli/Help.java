package io.github.fdistill.cli;

import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The texts of {@code --help}. */
final class Help {
  private static final int WIDTH = 28;

  private Help() {}

  static String overview(List<Command> commands) {
    StringBuilder text = new StringBuilder();
    text.append("fdistill turns a diffusion model into a generator of one step, or a few.\n\n");
    text.append("usage: fdistill COMMAND [FLAGS]\n\n");
    for (Command command : commands) {
      text.append(String.format("  %-10s %s%n", command.name(), command.summary()));
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
    text.append(" [FLAGS]\n\n").append(command.summary()).append("\n\n");
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
    return head + option.getDescription().replace("\n", "\n" + indent) + "\n";
  }
}
