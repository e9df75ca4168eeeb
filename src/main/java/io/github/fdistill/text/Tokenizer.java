package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Texts as rows of token numbers, and back. Every text has one: an empty one is its start and its
 * end, a script that no token was made for is its bytes, and of a text that is too long the first
 * tokens are kept, with the end behind them. Immutable, and safe for use by several threads.
 */
public final class Tokenizer {
  /** Letters of a text, at most: hundreds of times what a row holds. */
  public static final int MOST_LETTERS = 1 << 16;

  /** Tokens in a row, at most. */
  public static final int MOST_LENGTH = 1 << 13;

  private final TextForm form;
  private final BytePairs bytePairs;
  private final Frame frame;
  private final Finder asWritten;
  private final Finder cleaned;

  /**
   * What stands around a text in its row.
   *
   * @param start the token in front; nothing where there is none
   * @param end the token behind
   * @param padding the token that fills the row
   * @param unknown the token of a byte that has none
   * @param length L, of a row
   * @param special tokens that are found in texts as they stand
   */
  record Frame(
      OptionalInt start,
      int end,
      int padding,
      int unknown,
      int length,
      List<SpecialToken> special) {
    Frame {
      special = List.copyOf(special);
    }
  }

  Tokenizer(TextForm form, BytePairs bytePairs, Frame frame) {
    requireLength(frame.length());
    this.form = form;
    this.bytePairs = bytePairs;
    this.frame = frame;
    this.asWritten =
        new Finder(frame.special().stream().filter(special -> !special.cleaned()).toList());
    this.cleaned =
        new Finder(
            frame.special().stream()
                .filter(SpecialToken::cleaned)
                .map(s -> new SpecialToken(form.cleaned(s.text()), s.number(), true))
                .toList());
  }

  private static void requireLength(int length) {
    if (length < 2 || length > MOST_LENGTH) {
      throw InputException.ofValue("length", "" + length, "from 2 to " + MOST_LENGTH + " tokens");
    }
  }

  /** Special tokens in a text, the longest where several begin at one place. */
  private record Finder(List<SpecialToken> special, Pattern pattern) {
    Finder(List<SpecialToken> special) {
      this(
          special,
          Pattern.compile(
              special.stream()
                  .map(SpecialToken::text)
                  .sorted(Comparator.comparingInt(String::length).reversed())
                  .map(Pattern::quote)
                  .collect(Collectors.joining("|"))));
    }

    /** Hands out what is between them, and them, in their order. */
    void split(String text, Consumer<String> between, Consumer<SpecialToken> each) {
      if (special.isEmpty()) {
        between.accept(text);
        return;
      }
      int from = 0;
      Matcher found = pattern.matcher(text);
      while (found.find()) {
        between.accept(text.substring(from, found.start()));
        each.accept(
            special.stream().filter(s -> s.text().equals(found.group())).findFirst().orElseThrow());
        from = found.end();
      }
      between.accept(text.substring(from));
    }
  }

  /** How many tokens a row has, L. */
  public int length() {
    return frame.length();
  }

  /** One more than the greatest number of a token. */
  public int vocabulary() {
    return 1 + bytePairs.numbers().values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /** The token in front of a text, where there is one. */
  public OptionalInt start() {
    return frame.start();
  }

  /** The token behind a text. */
  public int end() {
    return frame.end();
  }

  /** The token that fills a row. */
  public int padding() {
    return frame.padding();
  }

  /** What is done to texts first. */
  public TextForm form() {
    return form;
  }

  BytePairs bytePairs() {
    return bytePairs;
  }

  Frame frame() {
    return frame;
  }

  /** The same with rows of another length. */
  public Tokenizer ofLength(int length) {
    return new Tokenizer(
        form,
        bytePairs,
        new Frame(
            frame.start(), frame.end(), frame.padding(), frame.unknown(), length, frame.special()));
  }

  /**
   * A text as a row: start, the text's tokens, end, padding.
   *
   * @throws InputException when it has more than {@link #MOST_LETTERS} letters
   */
  public Tokens row(String text) {
    int[] all = numbers(text);
    int first = frame.start().isPresent() ? 1 : 0;
    int kept = Math.min(all.length, frame.length() - first - 1);
    int[] row = new int[frame.length()];
    Arrays.fill(row, frame.padding());
    frame.start().ifPresent(start -> row[0] = start);
    System.arraycopy(all, 0, row, first, kept);
    row[first + kept] = frame.end();
    return new Tokens(row, first + kept + 1, all.length - kept);
  }

  /**
   * The tokens of a text, however many, without start and end.
   *
   * @throws InputException when it has more than {@link #MOST_LETTERS} letters
   */
  public int[] numbers(String text) {
    if (text.length() > MOST_LETTERS) {
      throw new InputException(
          "text '" + text.substring(0, 40) + "...'",
          text.length() + " letters",
          "no more than " + MOST_LETTERS,
          "shorten it: a row holds " + frame.length() + " tokens");
    }
    IntStream.Builder numbers = IntStream.builder();
    asWritten.split(
        text,
        between ->
            cleaned.split(
                form.cleaned(between),
                part -> form.pieces(part).forEach(piece -> add(piece, numbers)),
                special -> numbers.add(special.number())),
        special -> numbers.add(special.number()));
    return numbers.build().toArray();
  }

  private void add(String piece, IntStream.Builder numbers) {
    for (int number : bytePairs.encoded(ByteLetters.of(piece), form.wordEnd(), frame.unknown())) {
      numbers.add(number);
    }
  }

  /**
   * The text of tokens, without start, end and padding. It is not always the text that they were
   * made of: CLIP's are in small letters, with blanks between words and signs.
   */
  public String text(int... numbers) {
    String letters =
        Arrays.stream(numbers)
            .filter(number -> frame.special().stream().noneMatch(s -> s.number() == number))
            .mapToObj(bytePairs::token)
            .collect(Collectors.joining());
    return form.joined(ByteLetters.text(letters));
  }

  /** SHA-256, in hex, of all that the rows depend on. */
  public String fingerprint() {
    return Sha256.ofText(
        form + "\n" + bytePairs.numbers() + "\n" + bytePairs.pairs() + "\n" + frame);
  }
}
