package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * CLIP's image encoder (Radford et al. 2021; CLIPVisionModelWithProjection of the library
 * transformers, whose names the parameters have): images {@code x} [N,H,W,3], values of bytes, to
 * {@code features} [N,P]. The shorter side becomes the encoder's by a bicubic filter, as bytes
 * again, and the middle is taken, as its processor does.
 */
public final class ClipVision {
  /** Its signature, its output, and its input. */
  public static final String FEATURES = "features";

  public static final String X = "x";

  private static final String ROOT = "vision_model/";

  private final Config config;
  private final ParameterStore store;
  private final Scopes scopes;

  /**
   * What it is.
   *
   * @param side of the images that it looks at
   * @param patch side of a patch, which divides it
   * @param projection P
   * @param mean of each channel, of values from 0 to 1
   * @param deviation of each channel
   */
  public record Config(
      int side,
      int patch,
      ClipSizes sizes,
      int projection,
      List<Double> mean,
      List<Double> deviation) {}

  private ClipVision(Config config, ParameterStore store, Ops tf) {
    this.config = config;
    this.store = store;
    this.scopes = new Scopes(tf);
  }

  /**
   * The encoder; its weights are random.
   *
   * @param image [H,W,3] of the images that it is given
   */
  public static PartModel build(Config config, Shape image) {
    return PartModel.build(
        FEATURES,
        (tf, inputs, store) -> {
          Operand<TFloat32> bytes =
              tf.withName(X).placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1)));
          inputs.put(X, bytes);
          ClipVision vision = new ClipVision(config, store, tf);
          return Map.of(FEATURES, vision.features(vision.seen(Expr.of(tf, bytes))));
        });
  }

  /** Images as it was trained on them: [N,side,side,3]. */
  private Expr seen(Expr bytes) {
    Ops tf = bytes.tf();
    long height = bytes.shape().get(1);
    long width = bytes.shape().get(2);
    long side = config.side();
    long shorter = Math.min(height, width);
    Expr x = bytes;
    if (height != side || width != side) {
      long high = side * height / shorter;
      long wide = side * width / shorter;
      Expr resized = Resizing.BICUBIC.to(x, high, wide);
      Expr whole = Expr.of(tf, tf.math.rint(resized)).clip(0, 255);
      int[] from = {0, (int) (high - side) / 2, (int) (wide - side) / 2, 0};
      int[] size = {-1, config.side(), config.side(), -1};
      x = Expr.of(tf, tf.slice(whole, tf.constant(from), tf.constant(size)));
    }
    return x.times(1.0 / 255).minus(row(tf, config.mean())).over(row(tf, config.deviation()));
  }

  private static Expr row(Ops tf, List<Double> values) {
    float[] row = new float[values.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = values.get(i).floatValue();
    }
    return Expr.of(tf, tf.constant(row));
  }

  private Expr features(Expr x) {
    ClipLayers layers = new ClipLayers(config.sizes(), store, scopes, Optional.empty());
    Ops tf = scopes.at("vision_model");
    Expr h = layers.norm(embedded(x).in(tf), "pre_layrnorm");
    for (int i = 0; i < config.sizes().layers(); i++) {
      h = layers.layer(h, ROOT + "encoder/layers/" + i);
    }
    int[] first = {0, 0, 0};
    int[] one = {-1, 1, -1};
    Expr token = Expr.of(tf, tf.slice(h.in(tf), tf.constant(first), tf.constant(one)));
    Expr all = layers.norm(token, "post_layernorm").reshape(-1, config.sizes().width());
    return new Layers(store).linear(all.in(x.tf()), "visual_projection", config.projection());
  }

  /** A token for the image and one for each patch, at their places: [N,1+T,C]. */
  private Expr embedded(Expr x) {
    int width = config.sizes().width();
    long patch = config.patch();
    long across = config.side() / patch;
    Ops tf = scopes.at(ROOT + "embeddings");
    Ops cut = scopes.at(ROOT + "embeddings/patch_embedding");
    Expr kernel = store.normal(cut, "kernel", 0.02, patch, patch, 3, width);
    Expr patches =
        Expr.of(tf, tf.nn.conv2d(x, kernel, List.of(1L, patch, patch, 1L), "VALID"))
            .reshape(-1, across * across, width);
    Expr own = store.normal(tf, "class_embedding", 0.02, width).reshape(1, 1, width);
    Ops placed = scopes.at(ROOT + "embeddings/position_embedding");
    Expr places = store.normal(placed, "table", 0.02, across * across + 1, width);
    Expr added =
        padded(own, 0, across * across).plus(places.in(tf).reshape(1, across * across + 1, width));
    return padded(patches, 1, 0).plus(added);
  }

  /** Tokens of zeros before and after: [N,T,C]. */
  private static Expr padded(Expr x, long before, long after) {
    Ops tf = x.tf();
    int[][] zeros = {{0, 0}, {(int) before, (int) after}, {0, 0}};
    return Expr.of(tf, tf.pad(x, tf.constant(zeros), tf.constant(0f)));
  }
}
