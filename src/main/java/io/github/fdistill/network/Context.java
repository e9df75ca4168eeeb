package io.github.fdistill.network;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * What text encoders made of texts, as a network takes it.
 *
 * @param each token of a text, [N,T,C]
 * @param pooled a text as a whole, [N,P]; null where the network takes none
 * @param sizes of images and what they were cut of, [N,6]; null where the network takes none
 * @param sizeWaves that each of them becomes
 */
public record Context(Expr each, Expr pooled, Expr sizes, int sizeWaves) {
  /** Its input of tokens, [N,T,C] float32. */
  public static final String CONTEXT = "context";

  /** Its input of whole texts, [N,P] float32. */
  public static final String POOLED = "pooled";

  /** Its input of sizes, [N,6] float32. */
  public static final String SIZES = "sizes";

  /** The inputs that texts become; a network may have fewer. */
  public static final List<String> INPUTS = List.of(CONTEXT, POOLED, SIZES);

  /** Height and width before cutting, corner above and left, height and width after. */
  public static final int SIZES_COUNT = 6;

  /** The shapes of a row of its inputs, by their names. */
  static Map<String, Shape> rows(ContextConfig config) {
    Map<String, Shape> rows = new LinkedHashMap<>();
    rows.put(CONTEXT, Shape.of(config.getLength(), config.getWidth()));
    if (config.getPooled() > 0) {
      rows.put(POOLED, Shape.of(config.getPooled()));
      rows.put(SIZES, Shape.of(SIZES_COUNT));
    }
    return rows;
  }

  /** The shapes of a row of those inputs of a network that texts become, by their names. */
  public static Map<String, Shape> rows(Conditioning conditioning) {
    Map<String, Shape> rows = new LinkedHashMap<>();
    for (String name : INPUTS) {
      conditioning.input(name).ifPresent(input -> rows.put(name, input.each()));
    }
    return rows;
  }

  /**
   * Of tensors of such shapes.
   *
   * @param inputs by their names
   */
  static Context of(ContextConfig config, Map<String, Expr> inputs) {
    return new Context(
        inputs.get(CONTEXT), inputs.get(POOLED), inputs.get(SIZES), config.getSizeWaves());
  }
}
