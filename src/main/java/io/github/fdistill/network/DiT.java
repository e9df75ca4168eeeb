package io.github.fdistill.network;

import io.github.fdistill.config.DiTConfig;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * The diffusion transformer (Peebles and Xie 2023): tokens of an image's patches, blocks whose
 * normalisations are scaled, shifted and gated by time and class. Names of the parameters are its.
 * Built once, for one input.
 */
final class DiT implements Networks.Body {
  private static final double EPSILON = 1e-6;

  /** Sines and cosines that a time is told by. */
  private static final int TIME_WAVES = 256;

  /** How often features are given on the way. */
  private static final int QUARTERS = 4;

  private final DiTConfig config;
  private final int outChannels;
  private final ParameterStore store;
  private final Layers layers;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private Scopes scopes;

  DiT(DiTConfig config, int outChannels, ParameterStore store) {
    this.config = config;
    this.outChannels = outChannels;
    this.store = store;
    this.layers = new Layers(store);
  }

  /** The tokens on their grid after each quarter of the blocks: {@code features_block_I}. */
  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr time, Expr oneHotLabel) {
    scopes = new Scopes(x.tf());
    int patch = config.getPatch();
    int width = config.getWidth();
    Expr grid = layers.conv(x.in(scopes.at("x_embedder")), "proj", width, patch, patch, 1);
    long rows = grid.shape().get(1);
    long columns = grid.shape().get(2);
    Expr places = places(x.tf(), rows, columns);
    Expr h = grid.in(x.tf()).reshape(-1, rows * columns, width).plus(places);
    Expr first = embedding("", time, oneHotLabel);
    Expr embedding = first;
    for (int i = 0; i < config.getBlocks(); i++) {
      if (config.getEmbeddingPerBlock() && i > 0) {
        embedding = embedding("blocks/" + i + "/", time, oneHotLabel);
      }
      h = block(h, "blocks/" + i, embedding);
      if ((i + 1) * QUARTERS / config.getBlocks() > i * QUARTERS / config.getBlocks()) {
        features.put("features_block_" + i, h.in(x.tf()).reshape(-1, rows, columns, width));
      }
    }
    Expr patches =
        last(h, first).in(x.tf()).reshape(-1, rows, columns, patch * patch * outChannels);
    return patch > 1 ? Layers.depthToSpace(patches, patch) : patches;
  }

  /** silu of what the blocks know of time and label: [N,width]. */
  private Expr embedding(String scope, Expr time, Expr oneHotLabel) {
    int width = config.getWidth();
    Expr waves = NoiseWaves.of(time, TIME_WAVES, config.getTime());
    String mlp = scope + "t_embedder/mlp";
    Expr h = layers.dense(waves.in(scopes.at(mlp)), "0", width, 1).silu();
    h = layers.dense(h, "2", width, 1).in(time.tf());
    if (oneHotLabel != null) {
      Expr label = oneHotLabel.in(scopes.at(scope + "y_embedder"));
      h = h.plus(layers.embedding(label, "embedding_table", width));
    }
    return h.silu();
  }

  private Expr block(Expr x, String name, Expr embedding) {
    int width = config.getWidth();
    Expr input = x.in(scopes.at(name));
    List<Expr> by = modulation(name, embedding, 6);
    Expr h = modulated(Layers.normal(input, EPSILON), by.get(0), by.get(1));
    Expr qkv = dense(h, name + "/attn", "qkv", 3 * width, 1);
    List<Expr> parts = Attention.heads(qkv, config.getHeads());
    Expr mixed = Attention.joined(Attention.of(parts.get(0), parts.get(1), parts.get(2)));
    Expr y = input.plus(dense(mixed, name + "/attn", "proj", width, 1).times(by.get(2)));

    h = modulated(Layers.normal(y, config.getSecondNormEpsilon()), by.get(3), by.get(4));
    h = Layers.gelu(dense(h, name + "/mlp", "fc1", config.getHidden(), 1));
    return y.plus(dense(h, name + "/mlp", "fc2", width, 1).times(by.get(5)));
  }

  private Expr last(Expr x, Expr embedding) {
    String name = "final_layer";
    List<Expr> by = modulation(name, embedding, 2);
    Expr h = modulated(Layers.normal(x.in(scopes.at(name)), EPSILON), by.get(0), by.get(1));
    int patch = config.getPatch();
    return dense(h, name, "linear", patch * patch * outChannels, 0);
  }

  /** Shifts, scales and gates, each [N,1,width]; all zeros at first. */
  private List<Expr> modulation(String block, Expr embedding, int count) {
    Ops tf = scopes.at(block + "/adaLN_modulation");
    int width = config.getWidth();
    Expr all = layers.dense(embedding.in(tf), "1", count * width, 0).reshape(-1, 1, count * width);
    return tf.split(tf.constant(2), all, (long) count).output().stream()
        .map(part -> Expr.of(tf, part))
        .toList();
  }

  private static Expr modulated(Expr x, Expr shift, Expr scale) {
    return x.times(scale.plus(1)).plus(shift);
  }

  /** Fully connected, for each token: [N,T,C] to [N,T,channels]. */
  private Expr dense(Expr x, String scope, String name, int channels, double gain) {
    long tokens = x.shape().get(1);
    Expr rows = x.in(scopes.at(scope)).reshape(-1, x.shape().get(2));
    return layers.dense(rows, name, channels, gain).reshape(-1, tokens, channels);
  }

  /** What tells a token where it is: [1,T,width]. */
  private Expr places(Ops tf, long rows, long columns) {
    int width = config.getWidth();
    if (config.getStoredPlaces()) {
      return store.normal(tf, "pos_embed", 0.02, 1, rows * columns, width).stopGradient();
    }
    // Its column first, then its row.
    Expr across =
        Expr.of(tf, tf.constant(waves(columns, width / 2))).reshape(1, 1, columns, width / 2);
    Expr along = Expr.of(tf, tf.constant(waves(rows, width / 2))).reshape(1, rows, 1, width / 2);
    Expr column = Expr.of(tf, tf.tile(across, tf.constant(new int[] {1, (int) rows, 1, 1})));
    Expr row = Expr.of(tf, tf.tile(along, tf.constant(new int[] {1, 1, (int) columns, 1})));
    return Expr.concat(3, column, row).reshape(1, rows * columns, width);
  }

  /** Sines, then cosines, of 0, 1, ... at frequencies 10000^(-i / half). */
  static float[][] waves(long count, int width) {
    int half = width / 2;
    float[][] waves = new float[(int) count][width];
    for (int place = 0; place < count; place++) {
      for (int i = 0; i < half; i++) {
        double angle = place * Math.pow(10_000, -(double) i / half);
        waves[place][i] = (float) Math.sin(angle);
        waves[place][half + i] = (float) Math.cos(angle);
      }
    }
    return waves;
  }
}
