package io.github.fdistill.network;

import io.github.fdistill.config.DiscriminatorConfig.FirstWeights;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Dealt;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The discriminator: one head on each of some feature maps of a denoiser, and the mean of their
 * logits. A head halves the map by 4x4 convolutions of stride 2, each followed by group
 * normalisation and SiLU, until it is 4x4 or smaller; then fully connected layers, normalised too,
 * make the whole map one vector, and the last one logit, or one for each of K steps of a student.
 *
 * @param function feature maps by name to {@code logits} [N,K] and {@code each} [N,heads,K]
 * @param first values of its parameters
 */
public record DiscriminatorHead(NetworkFunction function, Weights first) {
  private static final String LOGITS = "logits";
  private static final String EACH = "each";
  private static final int GROUPS = 32;

  /**
   * A group of fewer would lose what the head knows: the last normalisation sees one pixel, so one
   * channel alone becomes 0, and of two only the larger is known.
   */
  private static final int SMALLEST_GROUP = 16;

  private static final int SMALLEST_OF_FEW = 4;
  private static final int SMALLEST_OF_MANY = 2;

  /** Of a map that is halved no more. */
  private static final int SMALLEST_SIDE = 4;

  /**
   * How wide and deep a head is.
   *
   * @param channels of every convolution and every fully connected layer; 0: those of its map
   * @param groups of a normalisation: the most, up to this, that divide the channels, of four
   *     channels at least where there are up to 32, and of two where there are more (FastGen); 0:
   *     up to 32, and none of fewer than 16 channels
   * @param layers fully connected layers before the logit, at least 1
   */
  public record Width(int channels, int groups, int layers) {
    int channels(Shape map) {
      return channels > 0 ? channels : (int) map.get(2);
    }

    /** The channels of a group, with no rest. */
    int group(int of) {
      if (groups == 0) {
        int group = Math.min(of, Math.max(SMALLEST_GROUP, of / GROUPS));
        while (of % group != 0) {
          group++;
        }
        return group;
      }
      int smallest = of <= GROUPS ? SMALLEST_OF_FEW : SMALLEST_OF_MANY;
      int count = Math.max(1, Math.min(groups, of / smallest));
      while (of % count != 0) {
        count--;
      }
      return of / count;
    }
  }

  /**
   * What a discriminator says of images.
   *
   * @param mean of its heads, [N,K]
   * @param each of them, [N,heads,K]
   */
  public record Logits(Expr mean, Expr each) {

    /** Equal parts of the images, in their order. */
    public List<Logits> parts(int count) {
      List<Expr> means = mean.parts(count);
      List<Expr> all = each.parts(count);
      return IntStream.range(0, count).mapToObj(i -> new Logits(means.get(i), all.get(i))).toList();
    }

    /** Of image i the logits of step i mod K alone: [N,1] and [N,heads,1]. */
    public Logits inTurn() {
      return new Logits(inTurn(mean), inTurn(each));
    }

    private static Expr inTurn(Expr logits) {
      Shape shape = logits.shape();
      int last = shape.numDimensions() - 1;
      int steps = (int) shape.get(last);
      if (steps == 1) {
        return logits;
      }
      List<Expr> chosen = new ArrayList<>();
      Ops tf = logits.tf();
      for (Operand<TFloat32> ofStep : Dealt.out(tf, logits.value(), steps)) {
        int[] from = new int[last + 1];
        from[last] = chosen.size();
        int[] size = new int[last + 1];
        Arrays.fill(size, -1);
        size[last] = 1;
        chosen.add(Expr.of(tf, tf.slice(ofStep, tf.constant(from), tf.constant(size))));
      }
      return Dealt.back(chosen);
    }
  }

  /**
   * Of one step.
   *
   * @param features static shapes [h,w,c] of the maps, by name
   * @param seed of the first values, whose weights are normal
   */
  public static DiscriminatorHead build(Map<String, Shape> features, Width width, long seed) {
    return build(features, width, FirstWeights.NORMAL, 1, seed);
  }

  /**
   * @param first how convolutions and fully connected layers begin
   * @param steps K, logits of a head
   */
  public static DiscriminatorHead build(
      Map<String, Shape> features, Width width, FirstWeights first, int steps, long seed) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(seed);
      Layers layers = new Layers(store, first == FirstWeights.UNIFORM);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Expr sum = null;
      List<Expr> each = new ArrayList<>();
      for (Map.Entry<String, Shape> feature : features.entrySet()) {
        Shape shape = feature.getValue().prepend(-1);
        Expr map = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
        inputs.put(feature.getKey(), map);
        Expr logit =
            head(
                map.in(tf.withSubScope(scope(feature.getKey()))),
                width.channels(feature.getValue()),
                width,
                steps,
                layers);
        sum = sum == null ? logit.in(tf) : sum.plus(logit);
        each.add(logit.in(tf).reshape(-1, 1, steps));
      }
      Map<String, Expr> outputs = new LinkedHashMap<>();
      outputs.put(LOGITS, sum.over(features.size()));
      outputs.put(EACH, Expr.concat(1, each));
      return new DiscriminatorHead(Networks.function(graph, inputs, outputs, store), store.first());
    }
  }

  /** Of a head, as TensorFlow lets one be called; a feature may be called as a tensor is. */
  private static String scope(String feature) {
    return "on_" + feature.replaceAll("[^A-Za-z0-9_.-]", "_");
  }

  private static Expr head(Expr h, int channels, Width width, int steps, Layers layers) {
    int group = width.group(channels);
    for (int i = 0; Math.max(h.shape().get(1), h.shape().get(2)) > SMALLEST_SIDE; i++) {
      h = layers.conv(h, "conv_" + i, channels, 4, 2, 1);
      h = layers.groupNorm(h, "norm_" + i, group).silu();
    }
    Shape shape = h.shape();
    Expr vector = h.reshape(-1, shape.get(1) * shape.get(2) * shape.get(3));
    for (int i = 0; i < width.layers(); i++) {
      String name = i == 0 ? "whole" : "whole_" + i;
      vector = layers.dense(vector, name, channels, 1).reshape(-1, 1, 1, channels);
      vector = layers.groupNorm(vector, "norm_" + name, group).silu().reshape(-1, channels);
    }
    return layers.dense(vector, "logit", steps, 1);
  }

  /**
   * The logits of feature maps.
   *
   * @param prefix of its nodes, not yet used in the graph
   * @param weights a tensor for each parameter; the same for each call is one discriminator
   */
  public Logits logits(
      Ops tf, String prefix, Map<String, Expr> features, Map<String, Operand<TFloat32>> weights) {
    Map<String, Output<?>> outputs = function.call(tf, prefix, features, weights);
    return new Logits(output(tf, outputs, LOGITS), output(tf, outputs, EACH));
  }

  private static Expr output(Ops tf, Map<String, Output<?>> outputs, String name) {
    return Expr.of(tf, outputs.get(name).expect(TFloat32.class));
  }
}
