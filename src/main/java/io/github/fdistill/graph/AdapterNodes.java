package io.github.fdistill.graph;

import com.google.protobuf.ByteString;
import io.github.fdistill.graph.Adapters.Layer;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Puts adapters into a network's graph. A product x W becomes x W + (x A) B, a convolution with W
 * its sum with a convolution with A followed by a 1x1 convolution with B. Of layers whose weights
 * are computed with before that, the weights become W + A B.
 */
final class AdapterNodes {
  private static final AttrValue FLOAT = NewNodes.type(DataType.DT_FLOAT);

  private final GraphDef.Builder result;
  private final Map<String, Layer> direct = new HashMap<>();
  private final Map<String, String> replaced = new HashMap<>();

  /**
   * @param layers of the network
   */
  AdapterNodes(GraphDef network, List<Layer> layers) {
    result = network.toBuilder().clearNode();
    Map<String, List<NodeDef>> users = DirectProducts.users(network);
    for (Layer layer : layers) {
      addParameter(layer.a());
      addParameter(layer.b());
      if (layer.direct()) {
        addFilters(layer);
        follow(layer.weights().name(), layer, users);
      } else {
        addSum(layer);
      }
    }
    for (NodeDef node : network.getNodeList()) {
      if (direct.containsKey(node.getName())) {
        addProduct(ofSums(node), direct.get(node.getName()));
      } else {
        result.addNode(ofSums(node));
      }
    }
  }

  GraphDef graph() {
    return result.build();
  }

  private void follow(String name, Layer layer, Map<String, List<NodeDef>> users) {
    for (String copy : DirectProducts.copies(name, users)) {
      users.get(copy).stream()
          .filter(user -> !DirectProducts.isCopy(user))
          .forEach(user -> direct.put(user.getName(), layer));
    }
  }

  private void addParameter(Parameter parameter) {
    add(
        node("Placeholder", parameter.name())
            .putAttr("dtype", FLOAT)
            .putAttr("shape", AttrValue.newBuilder().setShape(proto(parameter.shape())).build()));
  }

  /** A and B as the filters of convolutions, where W is one. */
  private void addFilters(Layer layer) {
    Shape w = layer.weights().shape();
    if (w.numDimensions() == 4) {
      long rank = layer.rank();
      reshape(layer.name() + "/a4", layer.a(), Shape.of(w.get(0), w.get(1), w.get(2), rank));
      reshape(layer.name() + "/b4", layer.b(), Shape.of(1, 1, rank, w.get(3)));
    }
  }

  /** W + A B in the place of W. */
  private void addSum(Layer layer) {
    String prefix = layer.name();
    add(node("MatMul", prefix + "/ab", layer.a().name(), layer.b().name()).putAttr("T", FLOAT));
    Shape w = layer.weights().shape();
    reshape(prefix + "/added", new Parameter(prefix + "/ab", w), w);
    String sum = prefix + "/sum";
    add(node("AddV2", sum, layer.weights().name(), prefix + "/added").putAttr("T", FLOAT));
    replaced.put(layer.weights().name(), sum);
  }

  private void reshape(String name, Parameter tensor, Shape shape) {
    TensorProto.Builder dims = TensorProto.newBuilder().setDtype(DataType.DT_INT64);
    dims.getTensorShapeBuilder().addDimBuilder().setSize(shape.numDimensions());
    for (long dim : shape.asArray()) {
      dims.addInt64Val(dim);
    }
    AttrValue type = NewNodes.type(DataType.DT_INT64);
    add(
        node("Const", name + "/shape")
            .putAttr("dtype", type)
            .putAttr("value", AttrValue.newBuilder().setTensor(dims).build()));
    add(
        node("Reshape", name, tensor.name(), name + "/shape")
            .putAttr("T", FLOAT)
            .putAttr("Tshape", type));
  }

  /** The product under another name, what the adapter adds, and under its name their sum. */
  private void addProduct(NodeDef product, Layer layer) {
    String name = product.getName();
    String whole = name + "/lora/whole";
    add(product.toBuilder().setName(whole));
    String x = product.getInput(0);
    boolean convolution = product.getOp().equals("Conv2D");
    boolean turned =
        product.containsAttr("transpose_b") && product.getAttrOrThrow("transpose_b").getB()
            || product.containsAttr("adj_y") && product.getAttrOrThrow("adj_y").getB();
    String a = convolution ? layer.name() + "/a4" : layer.a().name();
    String b = convolution ? layer.name() + "/b4" : layer.b().name();
    String down = name + "/lora/down";
    String up = name + "/lora/up";
    add(like(product, down, x, turned ? b : a));
    NodeDef.Builder second = like(product, up, down, turned ? a : b);
    add(convolution ? ofPixels(second) : second);
    add(node("AddV2", name, whole, up).putAttr("T", FLOAT));
  }

  private static NodeDef.Builder like(NodeDef product, String name, String x, String factor) {
    NodeDef.Builder node = product.toBuilder().setName(name).clearInput();
    node.removeAttr("_class");
    return node.addInput(x).addInput(factor);
  }

  /** The convolution for a 1x1 filter that goes over every pixel once. */
  private static NodeDef.Builder ofPixels(NodeDef.Builder convolution) {
    AttrValue.Builder ones = AttrValue.newBuilder();
    for (int i = 0; i < 4; i++) {
      ones.getListBuilder().addI(1);
    }
    convolution.removeAttr("explicit_paddings").removeAttr("dilations");
    return convolution
        .putAttr("strides", ones.build())
        .putAttr("padding", AttrValue.newBuilder().setS(ByteString.copyFromUtf8("VALID")).build());
  }

  /** The node with sums in the place of the weights that it takes. */
  private NodeDef ofSums(NodeDef node) {
    NodeDef.Builder other = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      String sum = replaced.get(NetworkFunction.nodeOf(input));
      if (sum != null && !input.startsWith("^")) {
        other.setInput(i, sum);
      }
    }
    return other.build();
  }

  private static TensorShapeProto proto(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (long dim : shape.asArray()) {
      proto.addDimBuilder().setSize(dim);
    }
    return proto.build();
  }

  private static NodeDef.Builder node(String op, String name, String... inputs) {
    return NodeDef.newBuilder().setOp(op).setName(name).addAllInput(List.of(inputs));
  }

  private void add(NodeDef.Builder node) {
    result.addNode(node);
  }
}
