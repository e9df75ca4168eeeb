package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.files.Heap;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.text.Tokenizer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The flags {@code --prompt}, {@code --prompts} and {@code --negative-prompt}. */
final class PromptFlag {
  static final String ONE = "prompt";
  static final String FILE = "prompts";
  private static final String NEGATIVE = "negative-prompt";

  /** Prompts at a time. */
  private static final int MOST = 10_000;

  /** Of a number of a prompt's context, while it is put together. */
  private static final int BYTES = 3 * Float.BYTES;

  private PromptFlag() {}

  /** What to draw. */
  static Options addTo(Options options) {
    return options
        .addOption(
            Flags.valued(ONE, "TEXT", "of a model that takes texts: what to draw; may be repeated"))
        .addOption(Flags.valued(FILE, "FILE", "a text file with a prompt a line"));
  }

  /** What to draw away from: of a model that is guided while it draws. */
  static Options addNegativeTo(Options options) {
    return options.addOption(
        Flags.valued(
            NEGATIVE,
            "TEXT",
            "with --guidance above 1: what to draw away from (default: no\n" + "text at all)"));
  }

  /** The flag as an example shows it; nothing of a model that no text can be told. */
  static String example(Path version) {
    boolean texts =
        ModelTokenizer.in(version).isPresent()
            || Pipeline.in(version).filter(Pipeline::readsTexts).isPresent();
    return texts ? " --prompt \"red apple\"" : "";
  }

  /** Whether a command line says a prompt. */
  static boolean given(CommandLine line) {
    return line.hasOption(ONE) || line.hasOption(FILE);
  }

  /**
   * The prompts as a model takes them, a row for each.
   *
   * @param out is told of prompts that are too long
   * @return nothing where none are said and the model takes no texts
   * @throws io.github.fdistill.InputException when the model takes none and some are said, or takes
   *     some and none is said
   */
  static Optional<ConditionRows> rows(
      CommandLine line, Workspace workspace, StudentModel model, PrintStream out) {
    if (!canRead(line, model)) {
      return Optional.empty();
    }
    if (!given(line)) {
      throw Flags.bad(ONE, "nothing", "what to draw, such as --prompt \"red apple\"");
    }
    return Optional.of(rows(model, texts(line, workspace), out));
  }

  /** Texts as rows: numbers of tokens, or what a pipeline's text encoders make of them. */
  private static ConditionRows rows(StudentModel model, List<String> texts, PrintStream out) {
    if (model.pipeline().filter(Pipeline::readsTexts).isEmpty()) {
      return rows(model.tokenizer().orElseThrow(), texts, out);
    }
    long numbers = model.conditioning().inputs().stream().mapToLong(i -> i.each().size()).sum();
    long most = Math.min(Integer.MAX_VALUE, Heap.most() / BYTES) / Math.max(1, numbers);
    if (texts.size() > most) {
      throw Flags.bad(
          FILE, texts.size() + " prompts", "at most " + most + " of this model at once");
    }
    ConditionRows rows = model.pipeline().get().rows(texts, out::println);
    for (Conditioning.Input input : model.conditioning().inputs()) {
      ConditionRows.Column given = rows.columns().get(input.name());
      if (given != null && !given.each().equals(input.each())) {
        throw new InputException(
            model.origin(),
            "its text encoders give " + input.name() + " " + given.each(),
            "what the network takes, " + input,
            "import the pipeline again, whole");
      }
    }
    return rows;
  }

  /**
   * Whether texts can be told to the model.
   *
   * @throws io.github.fdistill.InputException when they cannot and some are said
   */
  private static boolean canRead(CommandLine line, StudentModel model) {
    if (model.pipeline().filter(Pipeline::readsTexts).isPresent()) {
      return true;
    }
    boolean takes = model.conditioning().input(CaptionTokens.TOKENS).isPresent();
    for (String flag : List.of(ONE, FILE, NEGATIVE)) {
      if (line.hasOption(flag) && !takes) {
        throw Flags.bad(flag, line.getOptionValue(flag), "nothing: the model takes no texts");
      } else if (line.hasOption(flag) && model.tokenizer().isEmpty()) {
        throw Flags.bad(
            flag,
            "texts for " + model.origin() + ", in which no tokenizer is",
            "--condition tokens=NUMBERS, or a tokenizer's files in its assets.extra/tokenizer");
      }
    }
    return takes && model.tokenizer().isPresent();
  }

  /** Texts as rows; it is told how many were cut. */
  static ConditionRows rows(Tokenizer tokenizer, List<String> texts, PrintStream out) {
    CaptionTokens tokens = CaptionTokens.of(tokenizer, texts);
    tokens.note("prompt").ifPresent(out::println);
    return tokens.rows();
  }

  /**
   * What to draw away from, where it is said.
   *
   * @throws io.github.fdistill.InputException where there is no guidance, which draws away from it
   */
  static Optional<String> negative(CommandLine line) {
    Optional<String> text = Optional.ofNullable(line.getOptionValue(NEGATIVE));
    if (text.isPresent() && SamplingFlags.settings(line).getGuidance() == 1) {
      throw Flags.bad(NEGATIVE, text.get(), "guidance too, which draws away from it: --guidance 3");
    }
    return text;
  }

  /**
   * The model for which no text is the negative prompt, where one is said.
   *
   * @param out is told where it is too long
   * @throws io.github.fdistill.InputException when there is nothing that draws away from it
   */
  static StudentModel negative(CommandLine line, StudentModel model, PrintStream out) {
    Optional<String> text = negative(line);
    if (text.isEmpty() || !canRead(line, model)) {
      return model;
    }
    ConditionRows row = rows(model, List.of(text.get()), out);
    return ModelTokenizer.awayFrom(model, row);
  }

  /** What is said to be drawn, in its order: one prompt or more. */
  static List<String> texts(CommandLine line, Workspace workspace) {
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
    Map<String, ConditionRows.Column> taken = new LinkedHashMap<>();
    for (Conditioning.Input input : conditioning.inputs()) {
      if (prompts.columns().containsKey(input.name())) {
        taken.put(input.name(), prompts.columns().get(input.name()));
      }
    }
    return told.rows(new int[prompts.count()]).with(new ConditionRows(prompts.count(), taken));
  }
}
