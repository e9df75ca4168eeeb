package io.github.fdistill.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenizerTest {
  private static final List<String> TEXTS =
      List.of(
          "red apple, noto style",
          "green apple, noto style",
          "Red heart, 3d style",
          "the cat's tail",
          "café, twemoji style",
          "pineapple and apples");

  private static Tokenizer clip(int vocabulary, int length) {
    return BytePairTraining.train(TEXTS, TextForm.CLIP, vocabulary, length);
  }

  @Test
  void anEmptyTextIsItsStartAndItsEnd() {
    Tokenizer tokenizer = clip(600, 5);
    int start = tokenizer.start().getAsInt();
    int end = tokenizer.end();
    for (String empty : List.of("", "  ", "\n\t\u3000")) {
      Tokens row = tokenizer.row(empty);
      assertArrayEquals(new int[] {start, end, end, end, end}, row.numbers());
      assertArrayEquals(new int[] {1, 1, 0, 0, 0}, row.mask());
      assertEquals(0, row.left());
    }
  }

  @Test
  void ofALongTextTheFirstTokensAreKeptAndHowManyNotIsSaid() {
    Tokenizer tokenizer = clip(600, 6);
    int[] all = tokenizer.numbers("one two three four five");
    Tokens row = tokenizer.row("one two three four five");
    assertEquals(6, row.used());
    assertEquals(all.length - 4, row.left());
    assertEquals(tokenizer.end(), row.numbers()[5]);
    assertArrayEquals(
        IntStream.of(all).limit(4).toArray(),
        IntStream.of(row.numbers()).skip(1).limit(4).toArray());
    assertEquals(0, tokenizer.ofLength(4 + all.length).row("one two three four five").left());
  }

  @Test
  void aScriptThatNoTokenWasMadeForIsItsBytes() {
    Tokenizer tokenizer = clip(600, 20);
    assertEquals(6, tokenizer.numbers("日本").length);
    assertEquals("日本", tokenizer.text(tokenizer.numbers("日本")));
    assertEquals("🍎 apple", tokenizer.text(tokenizer.row("🍎  Apple").numbers()));
  }

  /** Bytes that no text has, and tokens that there are not, are no reason to end. */
  @Test
  void anyNumbersAreAText() {
    Tokenizer tokenizer = clip(600, 20);
    Random random = new Random(3);
    int[] numbers = random.ints(200, -5, 700).toArray();
    assertTrue(tokenizer.text(numbers).length() > 0);
  }

  @Test
  void gpt2sTextsComeBackAsTheyWere() {
    Tokenizer tokenizer = BytePairTraining.train(TEXTS, TextForm.GPT2, 300, 20);
    String text = "  Red\tapple,\n\n noto  style's 42 日本 \uD83C\uDF4E ";
    assertEquals(text, tokenizer.text(tokenizer.numbers(text)));
  }

  @Test
  void theSameTextsInAnyOrderMakeTheSameTokenizer() {
    List<String> shuffled = new ArrayList<>(TEXTS);
    String expected = clip(640, 20).fingerprint();
    for (int seed = 0; seed < 3; seed++) {
      Collections.shuffle(shuffled, new Random(seed));
      Tokenizer again = BytePairTraining.train(shuffled, TextForm.CLIP, 640, 20);
      assertEquals(expected, again.fingerprint());
    }
  }

  /**
   * Each pair that was joined is, counted anew from the texts, the most frequent of that moment.
   */
  @Test
  void theMostFrequentPairIsJoined() {
    Tokenizer tokenizer = clip(600, 20);
    List<List<String>> words = new ArrayList<>();
    for (String text : TEXTS) {
      for (String piece : TextForm.CLIP.pieces(TextForm.CLIP.cleaned(text))) {
        List<String> word = new ArrayList<>(List.of(ByteLetters.of(piece).split("")));
        word.set(word.size() - 1, word.get(word.size() - 1) + "</w>");
        words.add(word);
      }
    }
    assertEquals(13, tokenizer.bytePairs().pairs().size());
    for (BytePairs.Pair pair : tokenizer.bytePairs().pairs()) {
      Map<BytePairs.Pair, Integer> counts = new HashMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(new BytePairs.Pair(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      assertEquals(Collections.max(counts.values()), counts.get(pair), pair.toString());
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.get(i).equals(pair.left()) && word.get(i + 1).equals(pair.right())) {
            word.set(i, pair.both());
            word.remove(i + 1);
          }
        }
      }
    }
  }

  @Test
  void wordsThatStandOftenBecomeOneToken() {
    Tokenizer tokenizer = clip(1000, 20);
    assertEquals(4, tokenizer.numbers("apple, noto style").length);
    assertEquals(4, tokenizer.numbers("APPLE ,\nnoto STYLE").length);
    assertTrue(tokenizer.vocabulary() < 1000, "no pair stands twice any more");
  }

  @Test
  void lengthsAndVocabulariesOutOfBoundsAreRefused() {
    assertThrows(InputException.class, () -> clip(513, 20));
    assertThrows(InputException.class, () -> clip(1 << 20, 20));
    assertThrows(InputException.class, () -> clip(600, 1));
    Tokenizer tokenizer = clip(600, 20);
    assertThrows(InputException.class, () -> tokenizer.ofLength(1 << 20));
    assertThrows(InputException.class, () -> tokenizer.row("a".repeat(1 << 17)));
  }

  /** A word without end takes no longer for each letter than a short one. */
  @Test
  void oneLongWordIsRead() {
    Tokenizer tokenizer = clip(1000, 20);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    tokenizer.row("apple".repeat(Tokenizer.MOST_LETTERS / 5));
    double seconds = (threads.getCurrentThreadCpuTime() - before) / 1e9;
    assertTrue(seconds < 10, seconds + " s of a processor");
  }
}
