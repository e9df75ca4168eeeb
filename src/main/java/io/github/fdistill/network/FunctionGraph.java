package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A function in the making around another one: its inputs, and placeholders for the other one's
 * parameters under their own names.
 *
 * @param inputs those that were made
 */
record FunctionGraph(
    Ops tf, Map<String, Operand<?>> inputs, Map<String, Operand<TFloat32>> weights) {

  /**
   * Makes a function.
   *
   * @param parameters of the function around which it is made, which are its own
   * @param body makes inputs and gives the outputs by name
   */
  static NetworkFunction build(
      Parameters parameters, Function<FunctionGraph, Map<String, ? extends Operand<?>>> body) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<TFloat32>> weights = new LinkedHashMap<>();
      for (Parameters.Parameter p : parameters.list()) {
        // Built raw: the name may have slashes.
        var builder = graph.opBuilder("Placeholder", p.name(), tf.scope());
        builder.setAttr("dtype", DataType.DT_FLOAT);
        builder.setAttr("shape", p.shape());
        weights.put(p.name(), builder.build().output(0));
      }
      Ops scope = tf.withSubScope("mapped");
      FunctionGraph made = new FunctionGraph(scope, new LinkedHashMap<>(), weights);
      Map<String, ? extends Operand<?>> outputs = body.apply(made);
      Map<String, String> in = new LinkedHashMap<>();
      made.inputs.forEach((name, tensor) -> in.put(name, tensor.asOutput().op().name()));
      Map<String, String> out = new LinkedHashMap<>();
      outputs.forEach((name, tensor) -> out.put(name, NetworkFunction.nameOf(tensor.asOutput())));
      return new NetworkFunction(graph.toGraphDef(), in, out, parameters);
    }
  }

  /** An input of images, [N] and the shape. */
  Expr images(String name, Shape image) {
    return Expr.of(tf, input(name, TFloat32.class, image.prepend(-1)));
  }

  /** An input of a number for each image, [N]. */
  Expr rows(String name) {
    return Expr.of(tf, input(name, TFloat32.class, Shape.of(-1)));
  }

  /** Inputs of a condition, by their names. */
  Condition condition(Conditioning conditioning) {
    Condition condition = conditioning.placeholders(tf, -1);
    inputs.putAll(condition.tensors());
    return condition;
  }

  private <T extends TType> Operand<T> input(String name, Class<T> type, Shape shape) {
    Operand<T> placeholder = tf.withName(name).placeholder(type, Placeholder.shape(shape));
    inputs.put(name, placeholder);
    return placeholder;
  }
}
