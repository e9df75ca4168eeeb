package io.github.fdistill.network;

import io.github.fdistill.config.MlpConfig;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * Fully connected layers, SiLU after each, over all values of an image, its noise level and its
 * label side by side; the last begins at zero. The last hidden layer is the feature map {@code
 * features_1x1}.
 */
final class Mlp implements Networks.Body {
  private static final double HIGHEST_FREQUENCY = 16;

  private final MlpConfig config;
  private final Layers layers;
  private final Map<String, Expr> features = new LinkedHashMap<>();

  Mlp(MlpConfig config, ParameterStore store) {
    this.config = config;
    this.layers = new Layers(store);
  }

  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr cNoise, Expr oneHotLabel) {
    Shape image = x.shape();
    int values = (int) (image.get(1) * image.get(2) * image.get(3));
    Expr flat = x.reshape(-1, values);
    Expr h = Expr.concat(1, flat, Layers.noiseWaves(cNoise, config.getNoiseChannels()));
    if (config.getValueChannels() > 0) {
      Expr waves = Layers.waves(flat, config.getValueChannels(), HIGHEST_FREQUENCY);
      h = Expr.concat(1, h, waves);
    }
    if (oneHotLabel != null) {
      h = Expr.concat(1, List.of(h, oneHotLabel));
    }
    List<Integer> widths = config.getHiddenList();
    for (int i = 0; i < widths.size(); i++) {
      h = layers.dense(h, "hidden_" + i, widths.get(i), 1).silu();
    }
    if (!widths.isEmpty()) {
      features.put("features_1x1", h.reshape(-1, 1, 1, widths.get(widths.size() - 1)));
    }
    return layers.dense(h, "out", values, 0).reshape(-1, image.get(1), image.get(2), image.get(3));
  }
}
