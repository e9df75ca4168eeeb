package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.Folders;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import io.github.fdistill.text.Tokens;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill tokenizer}: makes a tokenizer of captions, or tries one on them. */
final class TokenizerCommand implements Command {
  private static final int VOCABULARY = 2048;
  private static final int LENGTH = 77;

  @Override
  public String name() {
    return "tokenizer";
  }

  @Override
  public String summary() {
    return "makes a tokenizer of captions; says how many tokens they are";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("CAPTIONS");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Flags.valued(
                "vocabulary",
                "TOKENS",
                "how many it knows (default "
                    + VOCABULARY
                    + "), the 512 of bytes among "
                    + "them; fewer where no two stand together twice"))
        .addOption(
            Flags.valued(
                "length",
                "L",
                "tokens that a model takes, start and end among them (default " + LENGTH + ")"))
        .addOption(
            Flags.valued(
                "with",
                "FOLDER",
                "take the tokenizer that is there, and make none; --out copies it"))
        .addOption(
            Flags.valued(
                "out", "FOLDER", "write vocab.json, merges.txt and tokenizer_config.json there"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill tokenizer datasets/emoji/emoji.zip --length 32",
        "./fdistill tokenizer pictures/ --vocabulary 8192 --out graphs/mine/tokenizer",
        "./fdistill tokenizer prompts.txt --with path/to/stable-diffusion/tokenizer");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out) {
    String text = line.getArgList().get(0);
    Optional<Path> made = Optional.ofNullable(line.getOptionValue("out")).map(workspace::path);
    made.ifPresent(TokenizerCommand::requireFree); // Before captions are read: that may take long.
    List<String> captions = captions(workspace, text);
    Tokenizer tokenizer = tokenizer(line, workspace, captions);
    out.print(lines(text, captions, tokenizer));
    if (made.isPresent()) {
      Folders.requireWritable(made.get().toAbsolutePath());
      TokenizerFiles.write(tokenizer, made.get());
      out.println("Wrote " + line.getOptionValue("out"));
    }
  }

  private static void requireFree(Path folder) {
    if (TokenizerFiles.areIn(folder)) {
      throw new InputException(
          folder.toString(),
          "a tokenizer",
          "a folder without one: models depend on theirs",
          "choose another folder, or remove it");
    }
    Folders.requirePermitted(folder);
  }

  /** Of images, or the lines of a text file. */
  private static List<String> captions(Workspace workspace, String text) {
    if (PromptsAlone.are(text)) {
      return Prompts.read(workspace.path(text));
    }
    List<String> texts =
        Captions.of(ImageSets.onDisk(text, workspace.root(), PictureReading.STRICT)).texts();
    if (texts.isEmpty()) {
      throw new InputException(
          text,
          "images without captions",
          "captions: " + Captions.PLACES,
          "write them, or name other images");
    }
    return texts;
  }

  private static Tokenizer tokenizer(CommandLine line, Workspace workspace, List<String> captions) {
    if (line.hasOption("with")) {
      if (line.hasOption("vocabulary")) {
        String said = line.getOptionValue("vocabulary");
        throw Flags.bad("vocabulary", said, "none beside --with: that tokenizer knows its own");
      }
      Tokenizer read = TokenizerFiles.read(workspace.path(line.getOptionValue("with")));
      int most = Tokenizer.MOST_LENGTH;
      return read.ofLength(Flags.whole(line, "length", read.length(), 2, most));
    }
    int vocabulary = Flags.whole(line, "vocabulary", VOCABULARY, 514, BytePairTraining.MOST_TOKENS);
    int length = Flags.whole(line, "length", LENGTH, 2, Tokenizer.MOST_LENGTH);
    return BytePairTraining.train(captions, TextForm.CLIP, vocabulary, length);
  }

  private static String lines(String text, List<String> captions, Tokenizer tokenizer) {
    Tokens[] rows = captions.stream().map(tokenizer::row).toArray(Tokens[]::new);
    int[] lengths = Arrays.stream(rows).mapToInt(row -> row.used() + row.left()).sorted().toArray();
    long cut = Arrays.stream(rows).filter(row -> row.left() > 0).count();
    int longest = 0;
    for (int i = 0; i < rows.length; i++) {
      longest = rows[i].used() + rows[i].left() == lengths[lengths.length - 1] ? i : longest;
    }
    return String.format(
        Locale.ROOT,
        "captions of %s: %d%ntokens that are known: %d%na caption is %d tokens at the median, %d at the most"
            + " ('%s')%ncaptions that are cut at %d tokens: %d%n",
        text,
        captions.size(),
        tokenizer.vocabulary(),
        lengths[lengths.length / 2],
        lengths[lengths.length - 1],
        Shown.line(captions.get(longest)),
        tokenizer.length(),
        cut);
  }
}
