package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.DiscriminatorHead;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What of a denoiser the discriminator looks at.
 *
 * @param names outputs of the signature {@code denoise}; none: the noisy image beside the denoised
 * @param shapes static shapes [h,w,c] of what a head is built for
 */
record DiscriminatorFeatures(List<String> names, Map<String, Shape> shapes) {
  private static final String IMAGES = "images";

  /** Whether they are of the teacher; otherwise they are of the fake score. */
  static boolean areOfTeacher(DiscriminatorConfig config) {
    return config.getNetwork() == DiscriminatorConfig.Network.TEACHER;
  }

  /** Those of the network that the config says. */
  static DiscriminatorFeatures of(Models models, DiscriminatorConfig config) {
    return choose(areOfTeacher(config) ? models.teacher() : models.fakeScore(), config);
  }

  /** The features that the config names, or else the smallest, or else the images themselves. */
  static DiscriminatorFeatures choose(DenoiserModel model, DiscriminatorConfig config) {
    Map<String, Shape> there = new LinkedHashMap<>(model.featureShapes());
    there.remove(DenoiserModel.LOG_DENSITY);
    for (String name : config.getFeatureList()) {
      if (!there.containsKey(name)) {
        throw new InputException(
            "field discriminator.feature",
            "'" + name + "'",
            "a feature output of " + model.origin() + ": " + there.keySet(),
            "name one of those, or none for the smallest");
      }
    }
    if (config.getFeatureCount() > 0) {
      return named(config.getFeatureList(), there);
    }
    return there.entrySet().stream()
        .min(Comparator.comparingLong(e -> e.getValue().get(0) * e.getValue().get(1)))
        .map(smallest -> named(List.of(smallest.getKey()), there))
        .orElseGet(() -> images(model.image()));
  }

  private static DiscriminatorFeatures named(List<String> names, Map<String, Shape> there) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    names.forEach(name -> shapes.put(name, there.get(name)));
    return new DiscriminatorFeatures(names, shapes);
  }

  private static DiscriminatorFeatures images(Shape image) {
    Shape both = Shape.of(image.get(0), image.get(1), 2 * image.get(2));
    return new DiscriminatorFeatures(List.of(), Map.of(IMAGES, both));
  }

  /** The discriminator with a head on these features. */
  Roles.Discriminator discriminator(Ops tf, DiscriminatorHead head, Expr vector) {
    Map<String, Operand<TFloat32>> weights =
        head.function().parameters().split(tf.withSubScope("discriminator"), vector);
    int[] calls = {0};
    return (xNoisy, pass) ->
        head.logits(tf, "discriminator/" + calls[0]++, of(xNoisy, pass), weights);
  }

  private Map<String, Expr> of(Expr xNoisy, Denoiser.Pass pass) {
    if (names.isEmpty()) {
      return Map.of(IMAGES, Expr.concat(3, xNoisy, pass.denoised()));
    }
    Map<String, Expr> chosen = new LinkedHashMap<>();
    names.forEach(name -> chosen.put(name, pass.features().get(name)));
    return chosen;
  }
}
