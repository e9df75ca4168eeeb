package io.github.fdistill.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is done to a text before its bytes are put together to tokens. */
public enum TextForm {
  /**
   * CLIP's: composed (NFC), runs of blanks one blank, small letters; then contractions, runs of
   * letters, single digits and runs of other signs, each by itself and without blanks. Tokens that
   * end such a piece carry {@code </w>}.
   */
  CLIP("</w>") {
    @Override
    String cleaned(String text) {
      String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
      return small(BLANKS.matcher(composed).replaceAll(" "));
    }

    @Override
    List<String> pieces(String cleaned) {
      List<String> pieces = new ArrayList<>();
      Matcher found = CLIP_PIECES.matcher(cleaned);
      while (found.find()) {
        pieces.addAll(GPT2.pieces(found.group()));
      }
      return pieces;
    }

    @Override
    String joined(String text) {
      return text.replace(wordEnd(), " ").strip();
    }
  },

  /** GPT-2's: the text as it is; a blank belongs to the word behind it. */
  GPT2("") {
    @Override
    String cleaned(String text) {
      return text;
    }

    @Override
    List<String> pieces(String cleaned) {
      List<String> pieces = new ArrayList<>();
      Matcher found = GPT2_PIECES.matcher(cleaned);
      while (found.find()) {
        pieces.add(found.group());
      }
      return pieces;
    }

    @Override
    String joined(String text) {
      return text;
    }
  };

  private static final Pattern BLANKS = Pattern.compile("(?U)\\s+");

  private static final Pattern CLIP_PIECES =
      Pattern.compile(
          "(?U)<\\|startoftext\\|>|<\\|endoftext\\|>|'(?:s|t|re|ve|m|ll|d)"
              + "|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+");

  private static final Pattern GPT2_PIECES =
      Pattern.compile(
          "(?U)'(?:s|t|re|ve|m|ll|d)"
              + "| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

  private final String wordEnd;

  TextForm(String wordEnd) {
    this.wordEnd = wordEnd;
  }

  /** What the last token of a piece carries at its end. */
  String wordEnd() {
    return wordEnd;
  }

  /** The text as it is read. */
  abstract String cleaned(String text);

  /** Parts of a cleaned text that no token goes across. */
  abstract List<String> pieces(String cleaned);

  /** Tokens' bytes as a text again. */
  abstract String joined(String text);

  /** Small letters, each by itself: a sigma at a word's end is one as elsewhere. */
  private static String small(String text) {
    StringBuilder small = new StringBuilder(text.length());
    text.codePoints().forEach(c -> small.append(Character.toString(c).toLowerCase(Locale.ROOT)));
    return small.toString();
  }
}
