package io.github.fdistill.network;

import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.MixtureConfig;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The exact denoiser of a mixture of Gaussians, as any denoiser: points of D dimensions are images
 * [N,1,1,D]. Beside {@code denoised} it gives {@code log_density} [N,1,1,1], log p_sigma(x), and
 * {@code features_1x1} [N,1,1,2D+K+16], what a discriminator can work with: the point at unit
 * scale, the offset from the denoised point at unit scale, the probability of each component, and
 * the noise level.
 */
final class MixtureModel {
  private static final String FEATURES = "features_1x1";
  private static final int NOISE_CHANNELS = 16;

  private MixtureModel() {}

  static GaussianMixture of(MixtureConfig config) {
    double sum =
        config.getComponentList().stream().mapToDouble(MixtureConfig.Component::getWeight).sum();
    List<MixtureConfig.Component> components = config.getComponentList();
    double[] weights = new double[components.size()];
    double[][] means = new double[weights.length][];
    double[][] variances = new double[weights.length][];
    for (int k = 0; k < weights.length; k++) {
      MixtureConfig.Component c = components.get(k);
      weights[k] = c.getWeight() / sum;
      means[k] = array(c.getMeanList());
      variances[k] =
          c.getVarianceCount() == 1
              ? array(Collections.nCopies(c.getMeanCount(), c.getVariance(0)))
              : array(c.getVarianceList());
    }
    return new GaussianMixture(weights, means, variances);
  }

  private static double[] array(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }

  static DenoiserModel denoiser(GaussianMixture mixture) {
    Shape image = Shape.of(1, 1, mixture.dimensions());
    DenoiserInfo info = DenoiserInfo.newBuilder().setSigmaData(mixture.standardDeviation()).build();
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1)));
      Operand<TFloat32> sigma =
          tf.withName("sigma").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      inputs.put("x", x);
      inputs.put("sigma", sigma);
      ParameterStore none = new ParameterStore(0);
      return new DenoiserModel(
          "mixture",
          Networks.function(
              graph, inputs, outputs(mixture, Expr.of(tf, x), Expr.of(tf, sigma)), none),
          none.first(),
          info,
          image);
    }
  }

  private static Map<String, Operand<?>> outputs(GaussianMixture mixture, Expr x, Expr sigma) {
    int dimensions = mixture.dimensions();
    Expr point = x.reshape(-1, dimensions);
    Expr level = sigma.reshape(-1, 1);
    GaussianMixture.Posterior posterior = mixture.posterior(point, sigma);
    Preconditioning edm = new Preconditioning(mixture.standardDeviation());
    Expr features =
        Expr.concat(
            1,
            point.times(edm.cIn(level)),
            point.minus(posterior.denoised()).over(level),
            posterior.responsibilities(),
            Layers.noiseWaves(edm.cNoise(sigma), NOISE_CHANNELS));
    int channels = 2 * dimensions + mixture.count() + NOISE_CHANNELS;
    Map<String, Operand<?>> outputs = new LinkedHashMap<>();
    outputs.put(DenoiserModel.DENOISED, posterior.denoised().reshape(-1, 1, 1, dimensions));
    outputs.put(FEATURES, features.reshape(-1, 1, 1, channels));
    outputs.put(DenoiserModel.LOG_DENSITY, posterior.logDensity().reshape(-1, 1, 1, 1));
    return outputs;
  }
}
