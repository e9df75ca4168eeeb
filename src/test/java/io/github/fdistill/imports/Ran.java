package io.github.fdistill.imports;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** What a function of tensors gives for arrays that were recorded. */
final class Ran {
  private Ran() {}

  /**
   * @param recorded an array for each input, by its name; of whole numbers those named tokens
   */
  static Map<String, float[]> of(
      NetworkFunction function, Weights weights, Npz arrays, Map<String, String> recorded) {
    try (LoadedNetwork network = new LoadedNetwork()) {
      Ops tf = network.tf();
      Expr vector = network.vector(weights);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      recorded.forEach((input, array) -> inputs.put(input, constant(tf, input, arrays, array)));
      Map<String, Operand<TFloat32>> split = function.parameters().split(tf, vector);
      Map<String, Output<?>> outputs = function.call(tf, "network", inputs, split);
      List<String> names = new ArrayList<>(outputs.keySet());
      Session session = network.open();
      Session.Runner runner = session.runner();
      names.forEach(name -> runner.fetch(outputs.get(name)));
      Map<String, float[]> given = new LinkedHashMap<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < names.size(); i++) {
          given.put(names.get(i), TensorBundle.floats((TFloat32) result.get(i)));
        }
      }
      return given;
    }
  }

  private static Operand<?> constant(Ops tf, String input, Npz arrays, String array) {
    float[] values = arrays.floats(array);
    int[] shape = arrays.shape(array);
    if (input.equals("tokens")) {
      int[] whole = new int[values.length];
      Arrays.setAll(whole, i -> (int) values[i]);
      return tf.reshape(tf.constant(whole), tf.constant(shape));
    }
    return tf.reshape(tf.constant(values), tf.constant(shape));
  }
}
