package io.github.fdistill.cli;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.text.Tokenizer;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The flags {@code --prompt}, {@code --prompts} and {@code --negative-prompt}. */
final class PromptFlag {
  private static final String ONE = "prompt";
  private static final String FILE = "prompts";
  private static final String NEGATIVE = "negative-prompt";

  /** Prompts at a time. */
  private static final int MOST = 10_000;

  private PromptFlag() {}

  static Options addTo(Options options) {
    return options
        .addOption(
            Flags.valued(ONE, "TEXT", "of a model that takes texts: what to draw; may be repeated"))
        .addOption(Flags.valued(FILE, "FILE", "a text file with a prompt a line"))
        .addOption(
            Flags.valued(
                NEGATIVE,
                "TEXT",
                "with --guidance above 1: what to draw away from (default: no\n" + "text at all)"));
  }

  /** Whether a command line says a prompt. */
  static boolean given(CommandLine line) {
    return line.hasOption(ONE) || line.hasOption(FILE);
  }

  /**
   * The prompts as a model takes them, a row for each.
   *
   * @param err is told of prompts that are too long
   * @return nothing where none are said and the model takes no texts
   * @throws io.github.fdistill.InputException when the model takes none and some are said, or takes
   *     some and none is said
   */
  static Optional<ConditionRows> rows(
      CommandLine line, Workspace workspace, StudentModel model, PrintStream err) {
    if (model.pipeline().isPresent()) {
      requireGiven(line);
      return Optional.of(model.pipeline().get().rows(texts(line, workspace)));
    }
    boolean takes = model.conditioning().input(CaptionTokens.TOKENS).isPresent();
    if (!takes) {
      for (String flag : List.of(ONE, FILE, NEGATIVE)) {
        if (line.hasOption(flag)) {
          throw Flags.bad(flag, line.getOptionValue(flag), "nothing: the model takes no texts");
        }
      }
      return Optional.empty();
    }
    if (model.tokenizer().isEmpty()) {
      if (given(line)) {
        throw Flags.bad(
            ONE,
            "texts for " + model.origin() + ", in which no tokenizer is",
            "--condition tokens=NUMBERS, or a tokenizer's files in its assets.extra/tokenizer");
      }
      return Optional.empty();
    }
    requireGiven(line);
    CaptionTokens tokens = tokens(model, texts(line, workspace));
    tokens.note().ifPresent(note -> err.println(note.replace("caption", "prompt")));
    return Optional.of(tokens.rows(IntStream.range(0, tokens.size()).toArray()));
  }

  private static void requireGiven(CommandLine line) {
    if (!given(line)) {
      throw Flags.bad(ONE, "nothing", "what to draw, such as --prompt \"red apple\"");
    }
  }

  /** The model for which no text is the negative prompt, where one is said. */
  static StudentModel negative(CommandLine line, StudentModel model) {
    if (!line.hasOption(NEGATIVE) || model.tokenizer().isEmpty() && model.pipeline().isEmpty()) {
      return model;
    }
    List<String> text = List.of(line.getOptionValue(NEGATIVE));
    ConditionRows row =
        model.pipeline().map(p -> p.rows(text)).orElseGet(() -> tokens(model, text).rows(0));
    var info = model.info().toBuilder();
    for (var none : info.getNoneBuilderList()) {
      if (row.columns().get(none.getInput()) instanceof ConditionRows.Ints ints) {
        none.clearValue();
        for (int number : ints.values()) {
          none.addValue(number);
        }
      } else if (row.columns().get(none.getInput()) instanceof ConditionRows.Floats floats) {
        none.clearValue();
        for (float number : floats.values()) {
          none.addValue(number);
        }
      }
    }
    return model.with(info.build());
  }

  private static CaptionTokens tokens(StudentModel model, List<String> texts) {
    Tokenizer tokenizer = model.tokenizer().orElseThrow();
    return CaptionTokens.of(tokenizer, texts);
  }

  private static List<String> texts(CommandLine line, Workspace workspace) {
    List<String> texts = new ArrayList<>();
    if (line.hasOption(ONE)) {
      texts.addAll(List.of(line.getOptionValues(ONE)));
    }
    if (line.hasOption(FILE)) {
      texts.addAll(Prompts.read(workspace.path(line.getOptionValue(FILE))));
    }
    if (texts.isEmpty() || texts.size() > MOST) {
      throw Flags.bad(FILE, texts.size() + " prompts", "from 1 to " + MOST);
    }
    return texts;
  }

  /** Conditions of the prompts, of which the model takes what it has inputs for. */
  static ConditionRows taken(Conditioning conditioning, ConditionRows prompts, ConditionRows told) {
    ConditionRows rows = told.rows(new int[prompts.count()]);
    for (Conditioning.Input input : conditioning.inputs()) {
      if (prompts.columns().get(input.name()) instanceof ConditionRows.Ints from
          && rows.columns().get(input.name()) instanceof ConditionRows.Ints to) {
        System.arraycopy(from.values(), 0, to.values(), 0, from.values().length);
      } else if (prompts.columns().get(input.name()) instanceof ConditionRows.Floats from
          && rows.columns().get(input.name()) instanceof ConditionRows.Floats to) {
        System.arraycopy(from.values(), 0, to.values(), 0, from.values().length);
      }
    }
    return rows;
  }
}
