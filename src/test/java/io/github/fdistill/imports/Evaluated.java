package io.github.fdistill.imports;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** What a denoiser gives for some noisy images: the denoised ones, and the features by name. */
record Evaluated(float[] denoised, Map<String, float[]> features) {

  /**
   * @param labels for each image, or null where there are no classes
   */
  static Evaluated of(DenoiserModel model, float[] x, float[] sigma, int[] labels) {
    return of(model, model.function(), x, sigma, labels, Map.of());
  }

  /**
   * The same of another function on a model's weights.
   *
   * @param more rows of its further inputs
   */
  static Evaluated of(
      DenoiserModel model,
      NetworkFunction function,
      float[] x,
      float[] sigma,
      int[] labels,
      Map<String, float[]> more) {
    try (LoadedNetwork network = new LoadedNetwork()) {
      Ops tf = network.tf();
      Expr vector = network.vector(model.weights());
      Map<String, Operand<?>> others = new LinkedHashMap<>();
      more.forEach(
          (name, rows) ->
              others.put(
                  name, Expr.of(tf, tf.constant(rows)).reshape(-1, rows.length / sigma.length)));
      Denoiser denoiser = new ImportedDenoiser(tf, "network", function, vector, others);
      Expr images = Expr.of(tf, tf.constant(x)).reshape(model.image().prepend(-1).asArray());
      Condition condition =
          labels == null ? Condition.NONE : Condition.ofLabel(tf.constant(labels));
      Denoiser.Pass pass = denoiser.pass(images, Expr.of(tf, tf.constant(sigma)), condition);
      Session session = network.open();
      Session.Runner runner = session.runner().fetch(pass.denoised());
      List<String> names = new ArrayList<>(pass.features().keySet());
      names.forEach(name -> runner.fetch(pass.features().get(name)));
      try (Result result = runner.run()) {
        Map<String, float[]> features = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
          features.put(names.get(i), TensorBundle.floats((TFloat32) result.get(i + 1)));
        }
        return new Evaluated(TensorBundle.floats((TFloat32) result.get(0)), features);
      }
    }
  }
}
