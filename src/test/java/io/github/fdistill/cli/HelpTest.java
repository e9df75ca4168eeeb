package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Pages;
import io.github.fdistill.bench.BenchPlan;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.config.StudyConfig;
import io.github.fdistill.run.Workspace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HelpTest {
  static List<Command> commands() {
    return Main.COMMANDS;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void endsInTheExamples(Command command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> words = List.of(command.name(), "--help");
    assertEquals(0, Main.run(words, Workspace.here(), printer, System.err));
    String help = out.toString(StandardCharsets.UTF_8);
    assertTrue(help.endsWith("examples:\n  " + String.join("\n  ", command.examples()) + "\n"));
    String text = help.substring(0, help.indexOf("examples:\n"));
    text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    help.lines().forEach(line -> assertTrue(line.length() <= 100, line));
  }

  @Test
  void linesAreAsWideAsTheTerminal() {
    assertEquals(80, Help.line(null));
    assertEquals(80, Help.line("many"));
    assertEquals(60, Help.line("60"));
    assertEquals(50, Help.line("5"));
    assertEquals(80, Help.line("200"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyExampleParses(Command command) throws ParseException {
    Option set = command.options().getOption("set");
    if (set != null) {
      Matcher changes = Pattern.compile("--set (\\S+)").matcher(set.getDescription());
      requireSettings(command.name(), changes.results().map(found -> found.group(1)).toList());
    }
    for (String example : command.examples()) {
      List<String> words = List.of(example.split(" +"));
      assertEquals(List.of("./fdistill", command.name()), words.subList(0, 2));
      CommandLine line = Main.parse(command, words.subList(2, words.size()));
      command.arguments().require(line.getArgList(), command.options());
      requireSettings(command.name(), Flags.overrides(line));
    }
  }

  /** On a page that names the command too: another command's flag of that name is another. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyFlagStandsOnAPage(Command command) throws IOException {
    Pattern named = Pattern.compile("(fdistill |`)" + command.name() + "(?![\\w-])");
    StringBuilder pages = new StringBuilder();
    for (Path page : Pages.all()) {
      String text = page.startsWith("results") ? "" : Files.readString(page);
      pages.append(named.matcher(text).find() ? text : "");
    }
    List<String> missing = new ArrayList<>();
    for (Option option : command.options().getOptions()) {
      Pattern flag = Pattern.compile("--" + option.getLongOpt() + "(?![\\w-])");
      if (!flag.matcher(pages).find()) {
        missing.add("--" + option.getLongOpt());
      }
    }
    assertEquals(List.of(), missing);
  }

  /** Of two values one would be passed over. */
  @ParameterizedTest
  @MethodSource("commands")
  void aFlagWithAValueStandsOnceUnlessItsHelpSaysMore(Command command) throws ParseException {
    for (Option option : command.options().getOptions()) {
      String flag = "--" + option.getLongOpt();
      if (option.hasArg()) {
        List<String> twice = List.of(flag, "\"1\"", flag + "=2");
        if (Flags.mayBeRepeated(option)) {
          String[] both = {"\"1\"", "2"};
          String[] values = Main.parse(command, twice).getOptionValues(option.getLongOpt());
          assertArrayEquals(both, values, "whose quotes are their own");
        } else {
          String told =
              assertThrows(ParseException.class, () -> Main.parse(command, twice)).getMessage();
          assertTrue(told.startsWith(flag + " stands twice"), told);
        }
      }
    }
  }

  /** The settings in an example are accepted by the config that stands in the project. */
  static void requireSettings(String command, List<String> overrides) {
    Path configs = Path.of("graphs/fashion-mnist");
    if (command.equals("train")) {
      Path file = configs.resolve("distill.pbtxt");
      SettingChecks.check(file, Configs.read(file, DistillConfig.getDefaultInstance(), overrides));
    } else if (command.equals("pretrain")) {
      Path file = configs.resolve("pretrain.pbtxt");
      SettingChecks.check(file, Configs.read(file, PretrainConfig.getDefaultInstance(), overrides));
    } else if (command.equals("features")) {
      Path file = configs.resolve("features.pbtxt");
      SettingChecks.check(file, Configs.read(file, FeaturesConfig.getDefaultInstance(), overrides));
    } else if (command.equals("study")) {
      Path file = Path.of("graphs/mixture/study.pbtxt");
      SettingChecks.check(file, Configs.read(file, StudyConfig.getDefaultInstance(), overrides));
    } else if (command.equals("bench")) {
      Path folder = Path.of("graphs/fashion-mnist");
      BenchPlan.read(Workspace.here(), "bench", folder, overrides, Set.of());
    } else if (command.equals("rerun")) {
      overrides.forEach(override -> assertTrue(override.startsWith("name="), override));
    } else {
      assertEquals(List.of(), overrides);
    }
  }
}
