package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Spelling;
import io.github.fdistill.files.ShellWord;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** A command line that cannot be read: what of it, and what was meant where that is near. */
final class Misuse {
  /** More places of a setting are not named; the shortest paths come first. */
  private static final int MOST_SETTINGS = 3;

  private final Command command;
  private final Options options;

  /** The command line after the command's name. */
  private final List<String> given;

  /**
   * @param options all that the command has
   * @param given the words after the command's name
   */
  Misuse(Command command, Options options, List<String> given) {
    this.command = command;
    this.options = options;
    this.given = given;
  }

  /** What to say of it, with a remedy on a line of its own where there is one. */
  String told(ParseException e) {
    if (e instanceof UnrecognizedOptionException unknown) {
      String flag = unknown.getOption().replaceFirst("=.*", "");
      String remedy = meant(flag.replaceFirst("^-+", ""), value(unknown.getOption()));
      return "no flag " + flag + remedy;
    }
    if (e instanceof MissingArgumentException missing && missing.getOption() != null) {
      Option option = missing.getOption();
      String flag = "--" + option.getLongOpt();
      return flag + " without a value" + remedy(flag + " " + option.getArgName());
    }
    return e.getMessage();
  }

  private static String remedy(String remedy) {
    return "\n  remedy: " + remedy;
  }

  private String meant(String name, String value) {
    String setting = name.replace('-', '_');
    if (command.settings().filter(all -> Configs.has(all, setting)).isPresent()) {
      return remedy(set(setting, value));
    }
    List<String> begun = options.getMatchingOptions(name);
    List<String> flags = options.getOptions().stream().map(Option::getLongOpt).toList();
    Optional<String> near =
        begun.isEmpty() ? Spelling.nearest(name, flags) : Optional.of(String.join(" or --", begun));
    if (near.isPresent()) {
      return remedy("did you mean --" + near.get() + "?");
    }
    String settings =
        command.settings().map(all -> Configs.nearest(all, setting)).orElse(List.of()).stream()
            .sorted(Comparator.comparingInt(String::length))
            .limit(MOST_SETTINGS)
            .map(path -> set(path, value))
            .collect(Collectors.joining(" or "));
    return settings.isEmpty() ? "" : remedy("did you mean " + settings + "?");
  }

  private static String set(String path, String value) {
    return "--set " + ShellWord.quoted(path + "=" + value);
  }

  /** What was given as a flag's value. */
  private String value(String flag) {
    if (flag.contains("=")) {
      return flag.substring(flag.indexOf('=') + 1);
    }
    int next = given.indexOf(flag) + 1;
    return next < given.size() && !given.get(next).startsWith("--") ? given.get(next) : "VALUE";
  }
}
