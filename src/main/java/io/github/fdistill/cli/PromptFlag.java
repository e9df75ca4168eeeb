package io.github.fdistill.cli;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.files.Heap;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.ModelTexts;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Sampling;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            "with another --guidance than 1: what to draw away from (default: no text at all)"));
  }

  /** The flag as an example shows it; nothing of a model that no text can be told. */
  static String example(Path version) {
    boolean texts =
        ModelTokenizer.isIn(version)
            || Pipeline.in(version).filter(Pipeline::readsTexts).isPresent();
    return texts ? " --prompt \"red apple\"" : "";
  }

  /** Whether a command line says a prompt. */
  static boolean given(CommandLine line) {
    return line.hasOption(ONE) || line.hasOption(FILE);
  }

  /**
   * A model and what is told to it.
   *
   * @param model for which no text is the negative prompt, where one is said
   * @param texts the prompts, in their order; none where it takes no texts
   * @param prompts as it takes them, a row for each; none where it takes no texts
   */
  record Told(StudentModel model, List<String> texts, Optional<ConditionRows> prompts) {}

  /**
   * The prompts as a model takes them.
   *
   * @param sampling by which it is drawn
   * @param out is told of prompts that are too long
   * @throws io.github.fdistill.InputException when the model takes none and some are said, or takes
   *     some and none is said; or when nothing would draw away from a negative prompt
   */
  static Told told(
      CommandLine line,
      Workspace workspace,
      StudentModel model,
      Sampling sampling,
      PrintStream out) {
    Optional<String> negative = negative(line);
    boolean reads = canRead(line, model);
    sampling.requireGuidance(model, negative);
    if (!reads) {
      return new Told(model, List.of(), Optional.empty());
    }
    if (!given(line)) {
      throw Flags.bad(ONE, "nothing", "what to draw, such as --prompt \"red apple\"");
    }
    boolean encoded = model.readsTexts();
    requireNotToldToo(line, encoded);
    List<String> texts = texts(line, workspace);
    if (encoded) {
      requireRoom(model.conditioning().inputs(), texts.size());
    }
    try (ModelTexts reader = new ModelTexts(model)) {
      StudentModel away =
          negative
              .map(text -> reader.rows(List.of(text), "negative prompt", out::println))
              .map(row -> ModelTokenizer.awayFrom(model, row))
              .orElse(model);
      return new Told(away, texts, Optional.of(reader.rows(texts, "prompt", out::println)));
    }
  }

  /**
   * Refuses numbers of an input that prompts make, of which one or the other would be passed over.
   *
   * @param encoded whether text encoders read the prompts; else the model takes their tokens
   */
  static void requireNotToldToo(CommandLine line, boolean encoded) {
    List<String> made = encoded ? Context.INPUTS : Tokenizers.INPUTS;
    for (String input : ConditionFlag.texts(line).keySet()) {
      if (made.contains(input)) {
        throw Flags.bad(
            ConditionFlag.NAME, input, "an input that is not made of the prompts, or no prompts");
      }
    }
  }

  /**
   * Refuses more texts than there is memory for what the encoders make of them.
   *
   * @param inputs that the model takes of each
   */
  static void requireRoom(List<Conditioning.Input> inputs, int texts) {
    double numbers = inputs.stream().mapToDouble(Conditioning.Input::numbers).sum();
    long most = (long) (Math.min(Integer.MAX_VALUE, Heap.most() / BYTES) / Math.max(1, numbers));
    if (texts > most) {
      throw Flags.bad(FILE, texts + " prompts", "at most " + most + " of this model at once");
    }
  }

  /**
   * Whether texts can be told to the model.
   *
   * @throws io.github.fdistill.InputException when they cannot and some are said
   */
  private static boolean canRead(CommandLine line, StudentModel model) {
    if (model.readsTexts()) {
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

  /** What to draw away from, where it is said. */
  static Optional<String> negative(CommandLine line) {
    return Optional.ofNullable(line.getOptionValue(NEGATIVE));
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
    return told.rows(new int[prompts.count()]).with(prompts.only(conditioning.names()));
  }
}
