package io.github.fdistill.graph;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Whether TensorFlow's gradients pass from an output of a function to an input, or to its
 * parameters: by building them, and where that fails by looking at the ops on the way. All are
 * built in one graph, which is held until this is closed.
 */
public final class GradientPaths implements AutoCloseable {
  private static final Pattern MISSING = Pattern.compile("No gradient defined for op: (\\w+)");

  /** The name of the function's nodes in the graphs here. */
  private static final String BODY = "body";

  private final Graph graph = Sessions.graph();
  private final NetworkFunction function;
  private final Origins origins;
  private final Built built;

  /** Of a function, whose nodes come from where the origins say. */
  public GradientPaths(NetworkFunction function, Origins origins) {
    this.function = function;
    this.origins = origins;
    try {
      built = build();
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /**
   * What stops the gradient of an output by an input.
   *
   * @return nothing where it passes
   */
  public List<Obstacle> byInput(String output, String input) {
    return obstacles(output, built.inputs().get(input).asOutput());
  }

  /**
   * What stops the gradient of an output by the parameters, all of them together.
   *
   * @return nothing where it passes
   */
  public List<Obstacle> byParameters(String output) {
    return obstacles(output, built.vector());
  }

  /** The function's inputs of floating-point numbers, with their static shapes. */
  public Map<String, Shape> floatInputs() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    built
        .inputs()
        .forEach(
            (name, tensor) -> {
              if (DataTypes.isFloating(tensor.asOutput().dataType())) {
                shapes.put(name, tensor.asOutput().shape());
              }
            });
    return shapes;
  }

  /** Names of the parameters that no gradient of any of the outputs reaches. */
  public Set<String> unreached(Collection<String> outputs) {
    Set<GraphOperation> met =
        FloatPath.behind(outputs.stream().<Output<?>>map(built.outputs()::get).toList());
    Set<String> unreached = new TreeSet<>();
    built
        .weights()
        .forEach(
            (name, tensor) -> {
              if (!met.contains((GraphOperation) tensor.asOutput().op())) {
                unreached.add(name);
              }
            });
    return unreached;
  }

  private record Built(
      Map<String, Operand<?>> inputs,
      Output<?> vector,
      Map<String, Operand<TFloat32>> weights,
      Map<String, Output<?>> outputs) {}

  private Built build() {
    Ops tf = NodeNames.ops(graph);
    Parameters parameters = function.parameters();
    Operand<TFloat32> vector =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(parameters.length())));
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    function
        .placeholders()
        .forEach(
            (name, tensor) ->
                inputs.put(name, tf.placeholder(tensor.type(), Placeholder.shape(tensor.shape()))));
    Map<String, Operand<TFloat32>> weights = parameters.split(tf, vector);
    Map<String, Output<?>> outputs = function.call(tf, BODY, inputs, weights);
    return new Built(inputs, vector.asOutput(), weights, outputs);
  }

  private List<Obstacle> obstacles(String output, Output<?> x) {
    Output<?> y = built.outputs().get(output);
    FloatPath path = FloatPath.between(x, y);
    if (path.ops().isEmpty()) {
      return List.of(independent(output));
    }
    List<Obstacle> wrong = path.ops().stream().filter(this::isWrong).map(this::wrong).toList();
    if (!wrong.isEmpty()) {
      return wrong;
    }
    return failure(graph, y, x).map(message -> obstacles(path, message)).orElse(List.of());
  }

  /** What TensorFlow says against the gradient, if anything. */
  private static Optional<String> failure(Graph graph, Output<?> y, Output<?> x) {
    try {
      Output<?>[] gradients = graph.addGradients(y, new Output<?>[] {x});
      return GraphAccess.exists(gradients[0])
          ? Optional.empty()
          : Optional.of("every way to it is through ops without a gradient");
    } catch (TensorFlowException | IllegalArgumentException | IllegalStateException e) {
      return Optional.of(String.valueOf(e.getMessage()).strip());
    }
  }

  private List<Obstacle> obstacles(FloatPath path, String message) {
    List<Obstacle> missing = new ArrayList<>();
    for (GraphOperation op : path.ops()) {
      if (!GraphAccess.hasGradient(op.type())) {
        missing.add(obstacle(op, "TensorFlow's C++ gradients have none for it"));
      }
    }
    if (!missing.isEmpty()) {
      return missing;
    }
    Matcher named = MISSING.matcher(message);
    String op = named.find() ? named.group(1) : "";
    return List.of(new Obstacle(op.isEmpty() ? "an op" : op, "unknown", "", message));
  }

  /** Convolutions that dilate, which TensorFlow's gradient silently takes for others. */
  private boolean isWrong(GraphOperation op) {
    boolean convolution =
        op.type().equals("Conv2D")
            || op.type().equals("DepthwiseConv2dNative")
            || op.type().equals("Conv2DBackpropInput");
    return convolution
        && java.util.Arrays.stream(op.attributes().getAttrIntList("dilations"))
            .anyMatch(dilation -> dilation != 1);
  }

  private Obstacle wrong(GraphOperation op) {
    return obstacle(
        op, "it is dilated, by a kernel of no fixed size; TensorFlow's gradient of it is wrong");
  }

  private static Obstacle independent(String output) {
    return new Obstacle(
        "the graph", output, "", "no path of floating-point numbers leads to this output");
  }

  private Obstacle obstacle(GraphOperation op, String why) {
    String node =
        op.name().startsWith(BODY + "/") ? op.name().substring(BODY.length() + 1) : op.name();
    return new Obstacle(op.type(), node, origins.function(node), why);
  }

  @Override
  public void close() {
    graph.close();
  }
}
