package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * Which initializers are trained. A file does not say it: those of fractions are, but for single
 * numbers, moments of a batch norm, the frequencies of waves, masks, ones and zeros that an
 * exporter put where a norm has no scale or offset, and what shapes are computed from.
 */
final class Weights {
  /** The most numbers of a constant that is no weight; a table of indices, say. */
  private static final int MOST_CONSTANT = 1 << 24;

  /** Inputs from these on are known at import, or are moments: no weights. */
  private static final Map<String, Integer> KNOWN =
      Map.of("BatchNormalization", 3, "OneHot", 1, "Resize", 1);

  private static final Set<String> KERNELS = Set.of("Conv", "ConvTranspose");
  private static final Set<String> WAVES = Set.of("Sin", "Cos");
  private static final Set<String> NORMS =
      Set.of("InstanceNormalization", "LayerNormalization", "GroupNormalization");

  /** This number, or less, hides what it is added to. */
  private static final double HIDDEN = -1e30;

  /** Where there is nothing but 0 and one other number, this one or less hides as well. */
  private static final double HIDING = -100;

  private final Nodes nodes;
  private final Map<String, List<Use>> uses = new HashMap<>();
  private final Set<String> otherwise;
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<NamedTensor> tensors = new ArrayList<>();

  /** That a tensor is the input of a node. */
  private record Use(OnnxNode node, int input) {}

  Weights(Nodes nodes, List<OnnxNode> needed) {
    this.nodes = nodes;
    for (OnnxNode node : needed) {
      for (int i = 0; i < node.inputs().size(); i++) {
        uses.computeIfAbsent(node.inputs().get(i), name -> new ArrayList<>()).add(new Use(node, i));
      }
    }
    otherwise = takenOtherwise(needed);
  }

  /** The parameters that were met so far. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** The numbers of each. */
  List<NamedTensor> tensors() {
    return tensors;
  }

  /** What an initializer, or the value of a constant, is in the network. */
  Value of(OnnxTensor tensor, boolean constant) {
    boolean large = tensor.count() > Numbers.MOST;
    boolean trained =
        tensor.isFloat()
            && tensor.raw() != null
            && (large || !constant && isTrained(tensor))
            && !isMask(tensor);
    if (!trained) {
      if (tensor.count() > MOST_CONSTANT) {
        throw new InputException(
            tensor.where(),
            tensor.count() + " numbers that are no weights",
            "constants of no more than " + MOST_CONSTANT + " numbers",
            "export the network in another way");
      }
      return tensor.known();
    }
    return parameter(tensor);
  }

  private Flow parameter(OnnxTensor tensor) {
    int[] order = isKernel(tensor) ? Convolutions.KERNEL : Flow.plainOrder(tensor.dims().length);
    NamedTensor stored = tensor.weights().permuted(order);
    Output<?> placeholder =
        nodes.placeholder(Names.of(tensor.name()), DataType.DT_FLOAT, stored.shape());
    parameters.add(new Parameter(placeholder.op().name(), Shape.of(stored.shape())));
    tensors.add(stored);
    return Flow.ordered(placeholder, order, tensor.dims());
  }

  private List<Use> uses(String name) {
    return uses.getOrDefault(name, List.of());
  }

  /** Kernels are stored as TensorFlow's convolutions take them. */
  private boolean isKernel(OnnxTensor tensor) {
    return tensor.dims().length == 4
        && uses(tensor.name()).stream()
            .allMatch(use -> KERNELS.contains(use.node.op()) && use.input == 1);
  }

  private boolean isTrained(OnnxTensor tensor) {
    List<Use> of = uses(tensor.name());
    boolean known =
        of.stream()
            .anyMatch(use -> use.input >= KNOWN.getOrDefault(use.node.op(), Integer.MAX_VALUE));
    boolean waves = !of.isEmpty() && of.stream().allMatch(this::isFrequency);
    return tensor.count() > 1 && !known && !waves && !isFilling(tensor, of);
  }

  /** Whether a tensor is multiplied with what becomes sines and cosines. */
  private boolean isFrequency(Use use) {
    return use.node.op().equals("Mul") && !otherwise.contains(use.node.outputs().get(0));
  }

  /** What anything takes but sines, cosines, and products that only these take. */
  private Set<String> takenOtherwise(List<OnnxNode> needed) {
    Map<String, OnnxNode> products = new HashMap<>();
    Deque<String> open = new ArrayDeque<>();
    for (OnnxNode node : needed) {
      if (node.op().equals("Mul")) {
        String product = node.outputs().get(0);
        products.put(product, node);
        if (uses(product).isEmpty()) {
          open.push(product);
        }
      } else if (!WAVES.contains(node.op())) {
        open.addAll(node.inputs());
      }
    }
    Set<String> found = new HashSet<>();
    while (!open.isEmpty()) {
      String tensor = open.pop();
      if (found.add(tensor) && products.containsKey(tensor)) {
        open.addAll(products.get(tensor).inputs());
      }
    }
    return found;
  }

  /** What hides some of what it is added to. Large ones are looked at too, where they lie. */
  private static boolean isMask(OnnxTensor tensor) {
    double other = 0;
    boolean zeros = false;
    boolean others = false;
    for (long i = 0; i < tensor.count(); i++) {
      double value = tensor.value(i);
      if (value <= HIDDEN) {
        return true;
      }
      zeros |= value == 0;
      others |= value != 0 && other != 0 && value != other;
      other = value == 0 ? other : value;
    }
    return zeros && !others && other <= HIDING;
  }

  /**
   * Ones and zeros of an exporter, which gives them no name of a layer; equal numbers that are
   * scattered, of which a mask is made.
   */
  private static boolean isFilling(OnnxTensor tensor, List<Use> uses) {
    double[] values = tensor.known().values();
    boolean filled = Arrays.stream(values).allMatch(value -> value == values[0]);
    boolean scattered = uses.stream().anyMatch(use -> use.node.op().startsWith("Scatter"));
    boolean norm =
        uses.stream().allMatch(use -> NORMS.contains(use.node.op()) && use.input > 0)
            && !tensor.name().contains(".");
    return filled && (scattered || norm && (values[0] == 0 || values[0] == 1));
  }
}
