package io.github.fdistill.network;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * A network beside a denoiser, outside any graph: a text encoder, or one half of an autoencoder.
 *
 * @param signature that it has as a SavedModel
 * @param weights of its parameters
 */
public record PartModel(String signature, NetworkFunction function, Weights weights) {

  /** What builds a part: its inputs are made in the graph, its outputs come back by name. */
  @FunctionalInterface
  interface Body {
    Map<String, Expr> build(Ops tf, Map<String, Operand<?>> inputs, ParameterStore store);
  }

  /** A part whose first weights are random. */
  static PartModel build(String signature, Body body) {
    try (Graph graph = Sessions.graph()) {
      ParameterStore store = new ParameterStore(0);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Map<String, Expr> outputs = body.build(Ops.create(graph), inputs, store);
      NetworkFunction function = Networks.function(graph, inputs, outputs, store);
      return new PartModel(signature, function, store.first());
    }
  }

  /**
   * Reads one.
   *
   * @param outputs that it is to have
   * @throws io.github.fdistill.InputException when it is none, or lacks the signature or an output
   */
  public static PartModel read(Path folder, String signature, List<String> outputs) {
    SavedModel model = SavedModel.read(folder);
    NetworkFunction function = model.function(signature, outputs, Map.of());
    return new PartModel(signature, function, model.weights(function.parameters()));
  }

  /** The same network with other weights. */
  public PartModel with(Weights other) {
    return new PartModel(signature, function, other);
  }

  /** Its outputs in a graph, by their names, on weights by theirs. */
  public Map<String, Operand<?>> of(
      Ops tf, Map<String, Operand<?>> inputs, Map<String, Operand<TFloat32>> on) {
    return new LinkedHashMap<>(function.call(tf, signature + "/network", inputs, on));
  }

  /** Writes it as a SavedModel. */
  public void write(Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Ops scope = tf.withSubScope(signature);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach(
              (name, input) ->
                  inputs.put(
                      name,
                      scope
                          .withName(name)
                          .placeholder(input.type(), Placeholder.shape(input.shape()))));
      builder.signature(signature, inputs, of(tf, inputs, builder.variables(weights)));
      builder.write(folder);
    }
  }
}
