package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A denoiser in a graph: a SavedModel's function with weights of this graph. Each evaluation is an
 * import of its own, {@code NAME/0, NAME/1, ...}, and all share the weights.
 */
public final class ImportedDenoiser implements Denoiser {
  private final Ops tf;
  private final String name;
  private final NetworkFunction function;
  private final Map<String, ? extends Operand<?>> weights;
  private final Map<String, Operand<?>> more;
  private int calls;

  /**
   * @param name prefix of its nodes, not yet used in the graph
   * @param weights a tensor for each of the function's parameters
   */
  public ImportedDenoiser(
      Ops tf, String name, NetworkFunction function, Map<String, ? extends Operand<?>> weights) {
    this(tf, name, function, weights, Map.of());
  }

  /**
   * @param name prefix of its nodes, not yet used in the graph
   * @param vector all its weights, one after another
   */
  public ImportedDenoiser(Ops tf, String name, NetworkFunction function, Expr vector) {
    this(tf, name, function, vector, Map.of());
  }

  /**
   * @param more inputs of the function beside x, sigma and the condition, the same for every
   *     evaluation
   */
  public ImportedDenoiser(
      Ops tf, String name, NetworkFunction function, Expr vector, Map<String, Operand<?>> more) {
    this(tf, name, function, function.parameters().split(tf.withSubScope(name), vector), more);
  }

  private ImportedDenoiser(
      Ops tf,
      String name,
      NetworkFunction function,
      Map<String, ? extends Operand<?>> weights,
      Map<String, Operand<?>> more) {
    this.tf = tf;
    this.name = name;
    this.function = function;
    this.weights = weights;
    this.more = more;
  }

  @Override
  public Pass pass(Expr x, Expr sigma, Condition condition) {
    Map<String, Operand<?>> inputs = new HashMap<>(more);
    inputs.put("x", x);
    inputs.put("sigma", sigma);
    inputs.putAll(condition.among(function.inputs().keySet()));
    Map<String, Output<?>> outputs = function.call(tf, name + "/" + calls++, inputs, weights);
    Map<String, Expr> features = new LinkedHashMap<>();
    outputs.forEach((key, tensor) -> features.put(key, Expr.of(tf, tensor.expect(TFloat32.class))));
    Expr denoised = features.remove(DenoiserModel.DENOISED);
    return new Pass(denoised, features);
  }
}
