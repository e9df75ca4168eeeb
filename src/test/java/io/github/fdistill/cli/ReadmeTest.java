package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Pages;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.SettingChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands that the pages show are commands; the configs and settings are such too. */
class ReadmeTest {
  private static final Path MODELS = Pages.DOCS.resolve("models.md");
  private static final Path RUNNING = Pages.DOCS.resolve("running.md");
  private static final String PROGRAM = "./fdistill ";
  private static final Pattern COMMENT = Pattern.compile("\\s#\\s.*$");
  private static final Pattern WORD = Pattern.compile("([^\\s\"]|\"[^\"]*\")+");
  private static final Pattern SETTING = Pattern.compile("(--set )?([a-z_]+(\\.[a-z_]+)*=\\S+)");
  private static final Pattern FIELD = Pattern.compile("[a-z_]+ \\{.*}");

  static List<Path> pages() throws IOException {
    return Pages.all();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandParses(Path page) throws IOException, ParseException {
    for (String text : Pages.code(page)) {
      if (text.startsWith(PROGRAM)) {
        Command command = command(text);
        CommandLine line = parsed(command, text);
        command.arguments().require(line.getArgList(), command.options());
        HelpTest.requireSettings(command.name(), Flags.overrides(line));
      }
    }
    for (String text : Pages.quoted(page)) {
      if (text.startsWith(PROGRAM)) {
        parsed(command(text), text);
      }
    }
  }

  private static Command command(String text) {
    String name = words(text).get(1);
    return Main.COMMANDS.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private static CommandLine parsed(Command command, String text) throws ParseException {
    List<String> words = words(text);
    return Main.parse(command, words.subList(2, words.size()));
  }

  /** As a shell has them: what stands in double quotes is part of one word. */
  private static List<String> words(String text) {
    String command = COMMENT.matcher(text).replaceFirst("");
    return WORD.matcher(command).results().map(word -> word.group().replace("\"", "")).toList();
  }

  /** The block, four spaces in, that a line begins. */
  private static DistillConfig block(String first) throws IOException {
    Matcher block =
        Pattern.compile("(?m)^    " + Pattern.quote(first) + "\\n(    .*\\n)*")
            .matcher(Files.readString(MODELS));
    assertTrue(block.find(), first);
    return Configs.parse(MODELS, block.group(), DistillConfig.getDefaultInstance());
  }

  @Test
  void aModelThatPredictsNoise() throws IOException {
    DistillConfig config = block("name: \"my-student\"");
    SettingChecks.check(MODELS, config);
    assertEquals(
        DenoiserMapping.Prediction.EPSILON, config.getTeacherInfo().getMapping().getPredicts());
  }

  @Test
  void aStudentOfAnotherArchitecture() throws IOException {
    DistillConfig config = block("student: \"path/to/generator\"");
    assertEquals("make", config.getStudentInfo().getGenerator().getSignature());
  }

  @Test
  void theSettingsInTheTextAreSettings() throws IOException {
    DistillConfig none = DistillConfig.getDefaultInstance();
    List<String> quoted = Pages.quoted(RUNNING);
    List<String> settings =
        quoted.stream()
            .map(SETTING::matcher)
            .filter(Matcher::matches)
            .map(setting -> setting.group(2))
            .filter(setting -> !setting.startsWith("path.to."))
            .toList();
    assertFalse(settings.isEmpty());
    settings.forEach(setting -> Configs.with(none, List.of(setting)));
    List<String> fields = quoted.stream().filter(FIELD.asMatchPredicate()).toList();
    assertFalse(fields.isEmpty());
    Stream.concat(fields.stream(), Stream.of(String.join(" ", fields)))
        .forEach(field -> Configs.parse(RUNNING, field, none));
  }
}
