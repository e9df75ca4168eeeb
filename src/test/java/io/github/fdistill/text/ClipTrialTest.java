package io.github.fdistill.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * CLIP's own vocabulary, in a folder that {@code make_tokenizers.py --clip} has made and that the
 * variable FDISTILL_CLIP names.
 */
@Tag("trial")
class ClipTrialTest {
  @Test
  void textsHaveTheNumbersThatTransformersGivesThem() throws IOException {
    String named = System.getenv("FDISTILL_CLIP");
    assumeTrue(named != null, "FDISTILL_CLIP names no folder");
    Path folder = Path.of(named);
    RecordedTexts texts = RecordedTexts.in(folder);
    Tokenizer clip = TokenizerFiles.read(folder.resolve("clip"));
    assertEquals(49408, clip.vocabulary());
    assertEquals(77, clip.length());
    texts.assertRows(clip, "clip");
    Tokenizer whole = TokenizerFiles.read(folder.resolve("whole"));
    texts.assertRows(whole, "padded");
    for (String file : new String[] {"vocab.json", "merges.txt"}) {
      Path copy = folder.resolve("padded").resolve(file);
      if (!Files.exists(copy)) {
        Files.copy(folder.resolve("clip").resolve(file), copy);
      }
    }
    texts.assertRows(TokenizerFiles.read(folder.resolve("padded")), "padded");
    long start = System.nanoTime();
    int tokens = 0;
    for (int i = 0; i < 100 * texts.size(); i++) {
      tokens += clip.row(texts.text(i % texts.size())).used();
    }
    Trials.write(
        "clip-tokens.md",
        String.format(
            "%d texts under CLIP's vocabulary, padded with its end and with '!', from one file and"
                + " from several: all numbers equal. %d tokens in %.1f s.%n",
            texts.size(), tokens, (System.nanoTime() - start) / 1e9));
  }
}
