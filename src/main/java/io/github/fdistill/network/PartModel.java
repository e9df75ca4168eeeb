package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.device.NodeNames;
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
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * A network beside a denoiser, outside any graph: a text encoder, or one half of an autoencoder.
 * Its one input has a row for each text or image.
 *
 * @param where it came from, for messages
 * @param signature that it has as a SavedModel
 * @param weights of its parameters
 */
public record PartModel(String where, String signature, NetworkFunction function, Weights weights) {

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
      Map<String, Expr> outputs = body.build(NodeNames.ops(graph), inputs, store);
      NetworkFunction function = Networks.function(graph, inputs, outputs, store);
      return new PartModel(signature, signature, function, store.first());
    }
  }

  /**
   * Reads one, which may come from anywhere.
   *
   * @param input its only one
   * @param outputs that it is to have
   * @throws InputException when it is none, lacks the signature or an output, or takes anything but
   *     rows of a fixed shape
   */
  static PartModel read(
      Path folder, String signature, String input, DataType type, List<String> outputs) {
    SavedModel model = SavedModel.read(folder);
    String where = model.folder() + ", signature " + signature;
    Set<String> given = model.signature(signature).getOutputsMap().keySet();
    if (!given.containsAll(outputs)) {
      throw wrong(where, "the outputs " + given, "the outputs " + outputs);
    }
    NetworkFunction function = model.function(signature, outputs, Map.of());
    Map<String, NetworkFunction.Input> inputs = function.placeholders();
    if (!inputs.keySet().equals(Set.of(input)) || !isRows(inputs.get(input), type)) {
      throw wrong(where, "the inputs " + inputs, input + " " + type + ", any number of fixed rows");
    }
    return new PartModel(where, signature, function, model.weights(function.parameters()));
  }

  private static boolean isRows(NetworkFunction.Input input, DataType type) {
    Shape shape = input.shape();
    return input.dataType() == type
        && !shape.isUnknown()
        && shape.numDimensions() > 1
        && shape.get(0) == Shape.UNKNOWN_SIZE
        && !shape.tail().hasUnknownDimension();
  }

  static InputException wrong(String where, String found, String needed) {
    return new InputException(where, found, needed, "copy the whole model again, or import it");
  }

  /** The shape of a row of its input. */
  public Shape row() {
    return function.placeholders().values().iterator().next().shape().tail();
  }

  /**
   * The shapes of a row of its outputs, as far as they are known, by their names; nothing is
   * computed.
   */
  public Map<String, Shape> outputRows() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach(
              (name, input) ->
                  inputs.put(name, tf.placeholder(input.type(), Placeholder.shape(input.shape()))));
      Map<String, Shape> rows = new LinkedHashMap<>();
      of(tf, inputs, function.parameters().placeholders(tf))
          .forEach((name, output) -> rows.put(name, row(output.shape())));
      return rows;
    }
  }

  private static Shape row(Shape output) {
    return output.isUnknown() ? output : output.tail();
  }

  /** The same network with other weights. */
  public PartModel with(Weights other) {
    return new PartModel(where, signature, function, other);
  }

  /** Its outputs in a graph, by their names, on weights by theirs; once in a graph. */
  public Map<String, Operand<?>> of(
      Ops tf, Map<String, Operand<?>> inputs, Map<String, Operand<TFloat32>> on) {
    return under(signature + "/network", tf, inputs, on);
  }

  /**
   * The same where it is several times in a graph.
   *
   * @param prefix of its nodes' names, another each time
   */
  public Map<String, Operand<?>> under(
      String prefix, Ops tf, Map<String, Operand<?>> inputs, Map<String, Operand<TFloat32>> on) {
    return new LinkedHashMap<>(function.call(tf, prefix, inputs, on));
  }

  /** Writes it as a SavedModel. */
  public void write(Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      addTo(builder);
      builder.write(folder);
    }
  }

  /** Adds it to a SavedModel in the making, with its signature. */
  public void addTo(SavedModelBuilder builder) {
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
  }
}
