package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionRows.Floats;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.PipelineTexts;
import io.github.fdistill.network.StudentModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * What a pipeline's text encoders make of texts, a block of them at a time: of each the same
 * numbers whichever are asked for together, and of texts that come one after another each is
 * encoded once.
 */
final class TextRows implements Asked.Rows {
  /** Texts of a block. */
  static final int BLOCK = 64;

  private final List<String> texts;
  private final Map<String, Shape> taken;
  private final PipelineTexts encoders;
  private int number = -1;
  private Map<String, ConditionRows.Column> block = Map.of();

  /**
   * Loads the encoders, and encodes the first texts.
   *
   * @param model that takes the context of a pipeline
   * @throws io.github.fdistill.InputException when an encoder cannot be read, or gives anything
   *     else than the model takes
   */
  TextRows(StudentModel model, List<String> texts) {
    this.texts = texts;
    this.taken = Context.rows(model.conditioning());
    this.encoders = new PipelineTexts(model.pipeline().orElseThrow());
    try {
      require(0);
    } catch (RuntimeException e) {
      encoders.close();
      throw e;
    }
  }

  @Override
  public ConditionRows of(int... which) {
    Map<String, ConditionRows.Column> rows = new LinkedHashMap<>();
    taken.forEach(
        (name, each) ->
            rows.put(
                name, new Floats(each, new float[Math.multiplyExact(which.length, size(each))])));
    for (int i = 0; i < which.length; i++) {
      require(which[i] / BLOCK);
      for (Map.Entry<String, Shape> input : taken.entrySet()) {
        int size = size(input.getValue());
        System.arraycopy(
            ((Floats) block.get(input.getKey())).values(),
            which[i] % BLOCK * size,
            ((Floats) rows.get(input.getKey())).values(),
            i * size,
            size);
      }
    }
    return new ConditionRows(which.length, rows);
  }

  private static int size(Shape each) {
    return Math.toIntExact(each.size());
  }

  /** Encodes a block, unless it is the last that was. */
  private void require(int wanted) {
    if (wanted != number) {
      int end = Math.min(texts.size(), (wanted + 1) * BLOCK);
      block = encoders.rows(texts.subList(wanted * BLOCK, end), taken).columns();
      number = wanted;
    }
  }

  @Override
  public void close() {
    encoders.close();
  }
}
