package io.github.fdistill.network;

import io.github.fdistill.device.RunFailure;
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
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A part of a pipeline, loaded and run. */
public final class PartSession implements AutoCloseable {
  private final LoadedNetwork loaded = new LoadedNetwork();
  private final Map<String, Operand<?>> inputs = new LinkedHashMap<>();
  private final Map<String, Operand<?>> outputs;
  private final PartModel part;
  private final Session session;

  /**
   * @throws io.github.fdistill.InputException when its weights cannot be read, or an output is not
   *     float32
   */
  public PartSession(PartModel part) {
    this.part = part;
    try {
      Ops tf = loaded.tf();
      Expr vector = loaded.vector(part.weights());
      part.function()
          .placeholders()
          .forEach(
              (name, input) ->
                  inputs.put(name, tf.placeholder(input.type(), Placeholder.shape(input.shape()))));
      outputs = part.of(tf, inputs, part.function().parameters().split(tf, vector));
      outputs.forEach(this::requireFloats);
      session = loaded.open();
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  private void requireFloats(String name, Operand<?> output) {
    if (output.type() != TFloat32.class) {
      throw PartModel.wrong(part.where(), name + " of " + output.type().getSimpleName(), "float32");
    }
  }

  /**
   * Its outputs.
   *
   * @param input its only one, some rows
   * @param row shapes of the outputs' rows, by name, as far as they are known
   * @throws io.github.fdistill.InputException when it fails, or gives anything else
   */
  public Map<String, float[]> run(Tensor input, Map<String, Shape> row) {
    List<String> names = new ArrayList<>(outputs.keySet());
    Session.Runner runner = session.runner().feed(inputs.values().iterator().next(), input);
    names.forEach(name -> runner.fetch(outputs.get(name)));
    Map<String, float[]> given = new LinkedHashMap<>();
    try (Result result = run(runner)) {
      for (int i = 0; i < names.size(); i++) {
        Shape expected = row.get(names.get(i)).prepend(input.shape().get(0));
        Shape found = result.get(i).shape();
        if (!found.isCompatibleWith(expected)) {
          throw PartModel.wrong(part.where(), names.get(i) + " " + found, "" + expected);
        }
        given.put(names.get(i), TensorBundle.floats((TFloat32) result.get(i)));
      }
    }
    return given;
  }

  private Result run(Session.Runner runner) {
    try {
      return runner.run();
    } catch (RuntimeException e) {
      throw RunFailure.isOne(e)
          ? RunFailure.of(part.where(), loaded.graph(), part.signature() + "/network/\\d+/", e)
          : e;
    }
  }

  @Override
  public void close() {
    loaded.close();
  }
}
