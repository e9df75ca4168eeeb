package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A part of a pipeline, loaded and run. */
public final class PartSession implements AutoCloseable {
  private final LoadedNetwork loaded = new LoadedNetwork();
  private final Map<String, Operand<?>> inputs = new LinkedHashMap<>();
  private final Map<String, Operand<?>> outputs;
  private final Session session;

  public PartSession(PartModel part) {
    try {
      Ops tf = loaded.tf();
      Expr vector = loaded.vector(part.weights());
      part.function()
          .placeholders()
          .forEach(
              (name, input) ->
                  inputs.put(name, tf.placeholder(input.type(), Placeholder.shape(input.shape()))));
      outputs = part.of(tf, inputs, part.function().parameters().split(tf, vector));
      session = loaded.open();
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /**
   * Its outputs.
   *
   * @param input its only one, some rows
   */
  public Map<String, float[]> run(Tensor input) {
    List<String> names = new ArrayList<>(outputs.keySet());
    Session.Runner runner = session.runner().feed(inputs.values().iterator().next(), input);
    names.forEach(name -> runner.fetch(outputs.get(name)));
    Map<String, float[]> given = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        given.put(names.get(i), TensorBundle.floats((TFloat32) result.get(i)));
      }
    }
    return given;
  }

  @Override
  public void close() {
    loaded.close();
  }
}
