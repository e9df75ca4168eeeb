package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.run.ConfigPaths;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** Flags that several commands have, and how their values are read. */
final class Flags {
  static final String DRY = "dry-run";
  private static final String PLACEMENT = "explain-placement";
  private static final String NAME = "name";

  private Flags() {}

  /** {@code --config, --name, --set, --device, --quiet}. */
  static Options ofRun(String config) {
    return ofRun(config, "steps=2000", "optimiser.learning_rate=1e-4");
  }

  /**
   * The same of a command whose settings are others.
   *
   * @param one a change of a setting, and another
   */
  static Options ofRun(String config, String one, String other) {
    return new Options()
        .addOption(valued("config", "FILE", "the run's settings (default " + config + ")"))
        .addOption(valued(NAME, "NAME", "of the run and its model: runs/NAME, savedmodels/NAME"))
        .addOption(
            valued(
                "set",
                "FIELD=VALUE",
                "change a setting; may be repeated, such as --set " + one + "\n--set " + other))
        .addOption(DeviceFlag.option())
        .addOption(plain("quiet", "no progress"));
  }

  /** {@code --dry-run}, and what more it may tell. */
  static Options withDryRun(Options options) {
    return options
        .addOption(
            plain(
                DRY,
                "check everything, make two steps, tell what memory and time the run\n"
                    + "takes; write nothing"))
        .addOption(
            plain(
                PLACEMENT,
                "with --dry-run: which ops of a step have no kernel for a GPU, and\n"
                    + "what is copied to and from one; this needs no GPU"));
  }

  /** What is asked of a run that is no repetition. */
  static RunOrder order(CommandLine line, List<String> words, Workspace workspace, Path file) {
    boolean placement = line.hasOption(PLACEMENT);
    if (placement && !line.hasOption(DRY)) {
      throw new InputException(
          "--" + PLACEMENT, "without --" + DRY, "both", "add --" + DRY + ", which writes nothing");
    }
    return new RunOrder(
        workspace,
        file,
        LocalWorkers.given(words),
        line.hasOption("quiet"),
        line.hasOption(DRY),
        placement,
        Optional.empty(),
        Optional.empty(),
        RunOrder.Together.ONE);
  }

  static Option valued(String name, String value, String description) {
    return Option.builder().longOpt(name).hasArg().argName(value).desc(description).build();
  }

  static Option plain(String name, String description) {
    return Option.builder().longOpt(name).desc(description).build();
  }

  /** Whether a flag may stand several times, each with a value that counts: its help says so. */
  static boolean mayBeRepeated(Option option) {
    return option.getDescription().contains("may be repeated");
  }

  /** Whether a flag stands among words: with two dashes, or with one as the parser takes it too. */
  static boolean isIn(List<String> words, String name) {
    return words.contains("--" + name) || words.contains("-" + name);
  }

  /**
   * The config that is named, or else the standard one.
   *
   * @throws InputException when the standard one is not there
   */
  static Path config(CommandLine line, String standard, Workspace workspace) {
    Path file = workspace.path(line.getOptionValue("config", standard));
    if (line.hasOption("config") && !Files.exists(file)) {
      throw new InputException(
          line.getOptionValue("config"),
          "no such file",
          "a file like " + standard,
          "choose one of these: " + String.join(", ", configs(workspace, file, standard)));
    }
    if (!line.hasOption("config") && !Files.exists(file)) {
      throw new InputException(
          file.toString(),
          "no such file, and no other is named",
          "the project's folder as the working directory, or --config",
          "change to the folder that ./fdistill lies in, or add --config FILE");
    }
    return file;
  }

  /** The settings of a run, with {@code --set}, and their paths found beside the file too. */
  static <M extends Message> M settings(
      CommandLine line, Path file, M defaultInstance, Workspace workspace) {
    M settings = Configs.read(file, defaultInstance, settings(line));
    return ConfigPaths.found(workspace, file, settings);
  }

  /** The files of the same kind in graphs/, and what else is of text where the file was to be. */
  private static Set<String> configs(Workspace workspace, Path missing, String standard) {
    Set<String> found = new TreeSet<>();
    Path name = Path.of(standard).getFileName();
    for (Path graph : entries(workspace.path("graphs"))) {
      if (Files.exists(graph.resolve(name))) {
        found.add(workspace.relative(graph.resolve(name)));
      }
    }
    for (Path file : entries(missing.toAbsolutePath().getParent())) {
      if (file.toString().endsWith(".pbtxt")) {
        found.add(workspace.relative(file));
      }
    }
    if (found.isEmpty()) {
      found.add("(none here)");
    }
    return found;
  }

  private static List<Path> entries(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.limit(1000).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The settings that {@code --set} changes. */
  static List<String> overrides(CommandLine line) {
    return values(line, "set");
  }

  /** The same of a run, and its name where {@code --name} says it. */
  static List<String> settings(CommandLine line) {
    List<String> all = new ArrayList<>(overrides(line));
    if (line.hasOption(NAME)) {
      all.add(NAME + "=" + line.getOptionValue(NAME));
    }
    return all;
  }

  /**
   * A refusal as whoever typed the line sees it: of a setting that it changed, of that flag; of
   * another, with the flag that would change it. A command of several files has the settings of
   * each under its name: those of distill.pbtxt as {@code distill.FIELD}.
   */
  static InputException told(InputException refusal, Command command, CommandLine line) {
    String where = refusal.where();
    int end = where.lastIndexOf(": ");
    if (end < 0) {
      return refusal.ofFlags();
    }
    String field = where.substring(end + 2);
    if (field.equals(NAME) && line.hasOption(NAME)) {
      return refusal.at(("--" + NAME + " " + line.getOptionValue(NAME)).strip());
    }
    String file = where.substring(0, end).replaceFirst(".*[/\\\\]", "").replace(".pbtxt", "");
    for (String path : List.of(file + "." + field, field)) {
      for (String change : settings(line)) {
        if (isOf(change, path)) {
          return refusal.at("--set " + change);
        }
      }
      for (String sweep : values(line, "sweep")) {
        if (isOf(sweep, path)) {
          return refusal.at("--sweep " + sweep);
        }
      }
      if (command.settings().filter(all -> Configs.has(all, path)).isPresent()) {
        return refusal.orChange("on the command line with --set " + path + "=...");
      }
    }
    return refusal.ofFlags();
  }

  /**
   * Whether a change is of a setting or of an element of it; of what a stage sets, such as
   * stage[0].set, guidance, it says both.
   */
  private static boolean isOf(String change, String path) {
    String[] parts = path.split(", ", 2);
    String[] changed = change.split("\\s*=", 2);
    return List.of(changed[0], changed[0].replaceFirst("\\[\\d+]$", "")).contains(parts[0])
        && (parts.length == 1 || changed.length == 2 && changed[1].contains(parts[1]));
  }

  private static List<String> values(CommandLine line, String flag) {
    return line.hasOption(flag) ? List.of(line.getOptionValues(flag)) : List.of();
  }

  /** A whole number within bounds. */
  static int whole(CommandLine line, String name, int standard, int low, int high) {
    return within(line, name, Integer::valueOf, "a whole number", standard, low, high);
  }

  /** The same of one that may be too large for an int. */
  static long whole(CommandLine line, String name, long standard, long low, long high) {
    return within(line, name, Long::valueOf, "a whole number", standard, low, high);
  }

  /** A number within bounds. */
  static double number(CommandLine line, String name, double standard, double low, double high) {
    return within(line, name, Double::valueOf, "a number", standard, low, high);
  }

  private static <T extends Comparable<T>> T within(
      CommandLine line,
      String name,
      Function<String, T> reader,
      String kind,
      T standard,
      T low,
      T high) {
    String text = line.getOptionValue(name);
    if (text == null) {
      return standard;
    }
    try {
      T value = reader.apply(text);
      if (value.compareTo(low) >= 0 && value.compareTo(high) <= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the message
    }
    throw bad(name, text, kind + " from " + low + " to " + high);
  }

  static InputException bad(String name, String found, String needed) {
    String remedy = needed.startsWith("nothing") ? "leave the flag out" : "change the flag";
    return new InputException("--" + name, "'" + found + "'", needed, remedy);
  }
}
