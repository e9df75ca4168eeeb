package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.tensorflow.ndarray.Shape;

/** Prompts for a server, which takes numbers of tokens: they are made here. */
final class ServedPrompts {
  private static final String TOKENIZER = "tokenizer";

  private ServedPrompts() {}

  static Options addTo(Options options) {
    return PromptFlag.addTo(options)
        .addOption(
            Flags.valued(
                TOKENIZER,
                "FOLDER",
                "of the prompts (default: that of savedmodels/MODEL, if it lies " + "here)"));
  }

  /** Refuses a tokenizer where there is nothing for it to read. */
  static void requireUse(CommandLine line) {
    if (line.hasOption(TOKENIZER) && !PromptFlag.given(line)) {
      throw Flags.bad(
          TOKENIZER,
          line.getOptionValue(TOKENIZER),
          "a text that it reads: --" + PromptFlag.ONE + " or --" + PromptFlag.FILE);
    }
  }

  /**
   * Refuses a request without a prompt of a model that takes texts, whose numbers are not told
   * either: its server would ask for them.
   *
   * @param inputs of the served signature, as the server says
   */
  static void requireNoneNeeded(CommandLine line, Map<String, ModelClient.Input> inputs) {
    for (String name : List.of(CaptionTokens.TOKENS, Context.CONTEXT)) {
      if (inputs.containsKey(name) && !ConditionFlag.texts(line).containsKey(name)) {
        throw Flags.bad(
            PromptFlag.ONE,
            "nothing",
            "what to draw, such as --prompt \"red apple\", or --condition " + name + "=NUMBERS");
      }
    }
  }

  /**
   * The prompts as the served model takes them, a row for each.
   *
   * @param here the version that is asked, where it lies here
   * @param inputs of the served signature, as the server says
   * @param out is told of prompts that are too long
   * @throws InputException when the model takes no texts, or no tokenizer is at hand, or one is
   *     named where it takes more than that
   */
  static ConditionRows rows(
      CommandLine line,
      Workspace workspace,
      Optional<Path> here,
      Map<String, ModelClient.Input> inputs,
      PrintStream out) {
    boolean context = inputs.containsKey(Context.CONTEXT);
    if (line.hasOption(TOKENIZER) && (context || inputs.containsKey(Tokenizers.input(1)))) {
      throw Flags.bad(
          TOKENIZER,
          line.getOptionValue(TOKENIZER),
          "no such flag: texts become what the served model takes by "
              + (context ? "its text encoders" : "two tokenizers")
              + " in savedmodels/"
              + line.getArgList().get(0));
    }
    PromptFlag.requireNotToldToo(line, context);
    if (context) {
      return encoded(line, workspace, here, inputs, out);
    }
    Shape tokens =
        inputs.containsKey(CaptionTokens.TOKENS)
            ? inputs.get(CaptionTokens.TOKENS).shape()
            : Shape.unknown();
    if (tokens.numDimensions() != 2 || tokens.get(1) < 2) {
      throw Flags.bad(
          flag(line),
          line.getOptionValue(flag(line)),
          "nothing: the served model takes no texts, but " + String.join(", ", inputs.keySet()));
    }
    List<String> texts = PromptFlag.texts(line, workspace);
    int length = (int) Math.min(tokens.get(1), Tokenizer.MOST_LENGTH);
    Tokenizers.Told told = tokenizers(line, workspace, here).ofLength(length).tell(texts);
    told.notes().forEach(out::println);
    return told.rows().only(inputs.keySet());
  }

  /** The one that prompts are said by. */
  private static String flag(CommandLine line) {
    return line.hasOption(PromptFlag.ONE) ? PromptFlag.ONE : PromptFlag.FILE;
  }

  /** By the text encoders beside the served model, where it lies here. */
  private static ConditionRows encoded(
      CommandLine line,
      Workspace workspace,
      Optional<Path> here,
      Map<String, ModelClient.Input> inputs,
      PrintStream out) {
    Pipeline pipeline =
        here.flatMap(Pipeline::in)
            .orElseThrow(
                () ->
                    Flags.bad(
                        flag(line),
                        line.getOptionValue(flag(line)),
                        "a served model whose text encoders lie here: the version that is asked, in"
                            + " savedmodels/"
                            + line.getArgList().get(0)));
    List<String> texts = PromptFlag.texts(line, workspace);
    PromptFlag.requireRoom(ModelClient.conditioning(inputs).inputs(), texts.size());
    return pipeline.rows(texts, out::println).only(inputs.keySet());
  }

  private static Tokenizers tokenizers(CommandLine line, Workspace workspace, Optional<Path> here) {
    if (line.hasOption(TOKENIZER)) {
      Tokenizer named = TokenizerFiles.read(workspace.path(line.getOptionValue(TOKENIZER)));
      return new Tokenizers(List.of(named));
    }
    String name = line.getArgList().get(0);
    return here.flatMap(ModelTokenizer::all)
        .orElseThrow(
            () ->
                new InputException(
                    "--" + TOKENIZER,
                    "nothing, and no tokenizer in savedmodels/" + name,
                    "the tokenizer of the served model",
                    "name its folder, assets.extra/tokenizer in the version that is served"));
  }
}
