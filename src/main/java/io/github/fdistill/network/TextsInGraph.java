package io.github.fdistill.network;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A pipeline's text encoders in the graph of its student: from the rows of their tokenizers, {@code
 * tokens} [N,T] int32 and where there are two {@code tokens_2}, to what the network takes.
 */
public final class TextsInGraph {
  private final List<PipelineTexts.Encoder> encoders;
  private final Shape image;

  private TextsInGraph(List<PipelineTexts.Encoder> encoders, Shape image) {
    this.encoders = encoders;
    this.image = image;
  }

  /**
   * Those of a pipeline.
   *
   * @return nothing where it reads no texts
   * @throws io.github.fdistill.InputException when a part cannot be read
   */
  public static Optional<TextsInGraph> of(Pipeline pipeline) {
    return pipeline.readsTexts()
        ? Optional.of(new TextsInGraph(pipeline.textEncoders(), pipeline.image()))
        : Optional.empty();
  }

  /** Of what the graph takes, with rows of its length. */
  public Tokenizers tokenizers() {
    int length = Math.toIntExact(encoders.get(0).model().row().get(0));
    return new Tokenizers(encoders.stream().map(PipelineTexts.Encoder::tokenizer).toList())
        .ofLength(length);
  }

  /** What the student is asked with: tokens in the place of what the encoders make of them. */
  public Conditioning asked(Conditioning network) {
    return new Conditioning(
        Stream.concat(
                tokenizers().inputs().stream(),
                network.inputs().stream().filter(input -> !Context.INPUTS.contains(input.name())))
            .toList());
  }

  /** Weights of a network, put into a graph. */
  @FunctionalInterface
  public interface Placed {
    Map<String, Operand<TFloat32>> in(Weights weights);
  }

  /**
   * The encoders' weights in a graph, in their order; each has its encoder's place in its names.
   */
  public List<Map<String, Operand<TFloat32>>> weights(Placed placed) {
    List<Map<String, Operand<TFloat32>>> all = new ArrayList<>();
    for (int i = 0; i < encoders.size(); i++) {
      String place = place(i) + "/";
      Map<String, Operand<TFloat32>> own = new LinkedHashMap<>();
      placed
          .in(encoders.get(i).model().weights().under(place))
          .forEach((name, operand) -> own.put(name.substring(place.length()), operand));
      all.add(own);
    }
    return all;
  }

  private static String place(int encoder) {
    return "text_encoder" + (encoder == 0 ? "" : "_" + (encoder + 1));
  }

  /**
   * What the network takes of texts, by its inputs' names.
   *
   * @param prefix of the nodes' names
   * @param inputs with rows of tokens, [N,T] each
   * @param on what {@link #weights} gave
   */
  public Map<String, Operand<?>> made(
      String prefix,
      Ops tf,
      Map<String, Operand<?>> inputs,
      List<Map<String, Operand<TFloat32>>> on) {
    List<Expr> contexts = new ArrayList<>();
    Map<String, Operand<?>> made = new LinkedHashMap<>();
    for (int i = 0; i < encoders.size(); i++) {
      PipelineTexts.Encoder each = encoders.get(i);
      Operand<?> tokens = inputs.get(Tokenizers.input(i));
      Map<String, Operand<?>> said =
          each.model()
              .under(prefix + "/" + place(i), tf, Map.of(CaptionTokens.TOKENS, tokens), on.get(i));
      contexts.add(floats(tf, said.get(Context.CONTEXT)));
      if (each.pooled()) {
        made.put(Context.POOLED, said.get(Context.POOLED));
        made.put(Context.SIZES, sizes(tf, said.get(Context.POOLED)).value());
      }
    }
    Expr context = contexts.size() == 1 ? contexts.get(0) : Expr.concat(2, contexts);
    made.put(Context.CONTEXT, context.value());
    return made;
  }

  private static Expr floats(Ops tf, Operand<?> operand) {
    return Expr.of(tf, operand.asOutput().expect(TFloat32.class));
  }

  /** The same row for each text, [N,6]. */
  private Expr sizes(Ops tf, Operand<?> pooled) {
    float[] row = PipelineTexts.sizes(image);
    Operand<TInt32> rows =
        tf.slice(tf.shape(pooled), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TInt32> shape =
        tf.concat(List.of(rows, tf.constant(new int[] {row.length})), tf.constant(0));
    return Expr.of(tf, tf.broadcastTo(tf.constant(new float[][] {row}), shape));
  }
}
