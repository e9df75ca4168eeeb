package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * Texts as the token numbers that a model takes, L for each: made once, and held without their
 * padding. Where there is no condition, a row is that of the empty text.
 */
public final class CaptionTokens {
  /** The input of token numbers, [N,L] int32. */
  public static final String TOKENS = "tokens";

  /** The input that is 1 where a token is the text's and 0 where it is padding, [N,L] int32. */
  public static final String MASK = "tokens_mask";

  private final Tokenizer tokenizer;

  /** Of all texts, one behind another. */
  private final int[] numbers;

  /** Where each text begins, and the last ends. */
  private final int[] starts;

  private final int cut;

  private CaptionTokens(Tokenizer tokenizer, int[] numbers, int[] starts, int cut) {
    this.tokenizer = tokenizer;
    this.numbers = numbers;
    this.starts = starts;
    this.cut = cut;
  }

  /**
   * @throws io.github.fdistill.InputException if a text is longer than any prompt, or all together
   *     need more memory than there is
   */
  public static CaptionTokens of(Tokenizer tokenizer, List<String> texts) {
    int[] starts = new int[texts.size() + 1];
    int[] numbers = new int[1024];
    int cut = 0;
    for (int i = 0; i < texts.size(); i++) {
      Tokens row = tokenizer.row(texts.get(i));
      int end = Math.addExact(starts[i], row.used());
      if (end > numbers.length) {
        long more = Math.min(2L * end, Integer.MAX_VALUE - 8);
        Heap.require("captions", more + " tokens", more * Integer.BYTES);
        numbers = Arrays.copyOf(numbers, (int) more);
      }
      System.arraycopy(row.numbers(), 0, numbers, starts[i], row.used());
      starts[i + 1] = end;
      cut += row.left() > 0 ? 1 : 0;
    }
    return new CaptionTokens(tokenizer, Arrays.copyOf(numbers, starts[texts.size()]), starts, cut);
  }

  /** How many texts there are. */
  public int size() {
    return starts.length - 1;
  }

  /** What a model is told of a text. */
  public Conditioning conditioning() {
    Tokens empty = tokenizer.row("");
    return new Conditioning(List.of(input(TOKENS, empty.numbers()), input(MASK, empty.mask())));
  }

  private static Conditioning.Input input(String name, int... none) {
    List<Double> values = Arrays.stream(none).mapToObj(number -> (double) number).toList();
    return new Conditioning.Input(name, DataType.DT_INT32, Shape.of(none.length), values);
  }

  /**
   * Writes a text's tokens and mask into a row, of those that the rows have.
   *
   * @param text its number
   */
  public void copy(int text, ConditionRows into, int row) {
    int length = tokenizer.length();
    int used = starts[text + 1] - starts[text];
    int first = row * length;
    if (into.columns().get(TOKENS) instanceof ConditionRows.Ints tokens) {
      System.arraycopy(numbers, starts[text], tokens.values(), first, used);
      Arrays.fill(tokens.values(), first + used, first + length, tokenizer.padding());
    }
    if (into.columns().get(MASK) instanceof ConditionRows.Ints mask) {
      Arrays.fill(mask.values(), first, first + used, 1);
      Arrays.fill(mask.values(), first + used, first + length, 0);
    }
  }

  /** All texts as rows. */
  public ConditionRows rows() {
    return rows(IntStream.range(0, size()).toArray());
  }

  /** Some of the texts as rows. */
  public ConditionRows rows(int... which) {
    ConditionRows rows = ConditionRows.zeros(conditioning(), which.length);
    for (int i = 0; i < which.length; i++) {
      copy(which[i], rows, i);
    }
    return rows;
  }

  /**
   * What was not kept of texts that are too long, in words; nothing where all fit.
   *
   * @param text what they are called, such as prompt
   */
  public Optional<String> note(String text) {
    return cut == 0
        ? Optional.empty()
        : Optional.of(
            cut
                + (cut == 1 ? " " + text + " has" : " " + text + "s have")
                + " more than "
                + tokenizer.length()
                + " tokens, start and end among them: the first are kept");
  }

  /** SHA-256, in hex, of the tokens and of what made them. */
  public String fingerprint() {
    List<Integer> hashes = new ArrayList<>();
    hashes.add(Arrays.hashCode(numbers));
    hashes.add(Arrays.hashCode(starts));
    return Sha256.ofText(tokenizer.fingerprint() + " " + size() + " " + hashes);
  }
}
