package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * What turns a text into all the rows of tokens that a model takes: one tokenizer for {@code
 * tokens}, and where there are more, others for {@code tokens_2} and so on.
 *
 * @param list at least one
 */
public record Tokenizers(List<Tokenizer> list) {
  /** The inputs that texts become, of one tokenizer or two, where no text encoder reads them. */
  public static final List<String> INPUTS =
      List.of(CaptionTokens.TOKENS, CaptionTokens.MASK, input(1));

  public Tokenizers {
    list = List.copyOf(list);
  }

  /** The input of the rows of a tokenizer, by its place from 0. */
  public static String input(int place) {
    return place == 0 ? CaptionTokens.TOKENS : CaptionTokens.TOKENS + "_" + (place + 1);
  }

  /** The first, whose rows a mask may stand beside. */
  public Tokenizer first() {
    return list.get(0);
  }

  /** The same with rows of another length. */
  public Tokenizers ofLength(int length) {
    return new Tokenizers(list.stream().map(each -> each.ofLength(length)).toList());
  }

  /** The inputs of token numbers, [N,L] int32 each. */
  public List<Conditioning.Input> inputs() {
    List<Conditioning.Input> inputs = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      Shape row = Shape.of(list.get(i).length());
      inputs.add(new Conditioning.Input(input(i), DataType.DT_INT32, row, List.of()));
    }
    return inputs;
  }

  /**
   * Texts as rows.
   *
   * @param notes what was not kept of them, in words
   */
  public record Told(ConditionRows rows, Set<String> notes) {
    /** The first note, where there is one. */
    public Optional<String> note() {
      return notes.stream().findFirst();
    }
  }

  /**
   * Tells prompts.
   *
   * @throws io.github.fdistill.InputException when one is longer than any prompt
   */
  public Told tell(List<String> texts) {
    Map<String, ConditionRows.Column> columns = new LinkedHashMap<>();
    Set<String> notes = new LinkedHashSet<>();
    for (int i = 0; i < list.size(); i++) {
      CaptionTokens tokens = CaptionTokens.of(list.get(i), texts);
      Map<String, ConditionRows.Column> rows = tokens.rows().columns();
      columns.put(input(i), rows.get(CaptionTokens.TOKENS));
      if (i == 0) {
        columns.put(CaptionTokens.MASK, rows.get(CaptionTokens.MASK));
      }
      tokens.note("prompt").ifPresent(notes::add);
    }
    return new Told(new ConditionRows(texts.size(), columns), notes);
  }
}
