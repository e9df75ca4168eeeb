package io.github.fdistill.graph;

import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The weights of a frozen network, which are constants, as parameters.
 *
 * @param graph with a Placeholder of float32 in the place of each
 * @param parameters what they are, in the order of their nodes
 */
public record TrainableConstants(GraphDef graph, List<Parameter> parameters) {
  /** What the name of a parameter has after the constant's. */
  private static final String NAME = "/trained";

  private static final AttrValue FLOAT = NewNodes.type(DataType.DT_FLOAT);

  /**
   * Makes parameters of constants.
   *
   * @param graph a network without variables and calls
   * @param least how many floating-point numbers such a constant has, at the least
   */
  public static TrainableConstants of(GraphDef graph, long least) {
    List<Parameter> parameters = new ArrayList<>();
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      boolean constant =
          node.getOp().equals("Const")
              && DataTypes.isFloating(node.getAttrOrThrow("dtype").getType())
              && shape(node).numDimensions() > 0
              && shape(node).size() >= least;
      if (constant) {
        parameters.add(new Parameter(node.getName() + NAME, shape(node)));
        result.addNode(placeholder(node)).addNode(named(node));
      } else {
        result.addNode(node);
      }
    }
    return new TrainableConstants(result.build(), List.copyOf(parameters));
  }

  /** The constant that a parameter was; the name itself where it was none. */
  public static String constant(String parameter) {
    return parameter.endsWith(NAME)
        ? parameter.substring(0, parameter.length() - NAME.length())
        : parameter;
  }

  private static Shape shape(NodeDef constant) {
    return VariableReads.shape(constant.getAttrOrThrow("value").getTensor().getTensorShape());
  }

  private static NodeDef placeholder(NodeDef constant) {
    return NodeDef.newBuilder()
        .setName(constant.getName() + NAME)
        .setOp("Placeholder")
        .putAttr("dtype", FLOAT)
        .putAttr(
            "shape",
            AttrValue.newBuilder()
                .setShape(constant.getAttrOrThrow("value").getTensor().getTensorShape())
                .build())
        .build();
  }

  /** What stands under the constant's name. */
  private static NodeDef named(NodeDef constant) {
    AttrValue type = constant.getAttrOrThrow("dtype");
    boolean same = type.equals(FLOAT);
    NodeDef.Builder named =
        NodeDef.newBuilder()
            .setName(constant.getName())
            .setOp(same ? "Identity" : "Cast")
            .addInput(constant.getName() + NAME);
    return same
        ? named.putAttr("T", FLOAT).build()
        : named
            .putAttr("SrcT", FLOAT)
            .putAttr("DstT", type)
            .putAttr("Truncate", AttrValue.newBuilder().setB(false).build())
            .build();
  }
}
