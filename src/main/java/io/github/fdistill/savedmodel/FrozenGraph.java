package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.DataTypes;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.OutputTypes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A frozen graph: a GraphDef in a file of its own, whose weights are constants. Its one signature
 * takes every Placeholder and gives what no node takes, each by its node's name.
 */
final class FrozenGraph {
  /** The signature that is made of it. */
  static final String SIGNATURE = "serving_default";

  private FrozenGraph() {}

  /** Whether a path is one, by its name. */
  static boolean is(Path path) {
    String name = path.getFileName() == null ? "" : path.getFileName().toString();
    return name.endsWith(".pb") && !name.equals(SavedModelFile.NAME) && Files.isRegularFile(path);
  }

  /**
   * Reads a file.
   *
   * @throws InputException when it is too large, damaged, or no graph of a network
   */
  static MetaGraphDef read(Path file) {
    GraphDef graph = SavedModelFile.parse(file, GraphDef.parser());
    Set<String> taken = new HashSet<>();
    for (NodeDef node : graph.getNodeList()) {
      node.getInputList().forEach(input -> taken.add(NetworkFunction.nodeOf(input)));
    }
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().startsWith("Placeholder")) {
        AttrValue none = AttrValue.getDefaultInstance();
        DataType type = node.getAttrOrDefault("dtype", none).getType();
        if (type == DataType.UNRECOGNIZED) {
          throw new InputException(
              file + ", node " + node.getName(),
              "a placeholder of a type that there is not",
              "types of TensorFlow",
              "the file is damaged: copy it again");
        }
        AttrValue shape = node.getAttrOrDefault("shape", none);
        signature.putInputs(node.getName(), info(node, type, Optional.of(shape)));
      } else if (!taken.contains(node.getName())) {
        OutputTypes.first(node)
            .filter(DataTypes::isFloating)
            .ifPresent(
                type -> signature.putOutputs(node.getName(), info(node, type, Optional.empty())));
      }
    }
    if (signature.getInputsCount() == 0 || signature.getOutputsCount() == 0) {
      throw new InputException(
          file.toString(),
          graph.getNodeCount()
              + " nodes, of which "
              + signature.getInputsCount()
              + " take what goes in and "
              + signature.getOutputsCount()
              + " give floating-point numbers that no other takes",
          "a frozen graph (a GraphDef) with placeholders and such an output",
          "freeze the graph of the network again, or export it as a SavedModel");
    }
    return MetaGraphDef.newBuilder()
        .setGraphDef(graph)
        .putSignatureDef(SIGNATURE, signature.build())
        .build();
  }

  private static TensorInfo info(NodeDef node, DataType type, Optional<AttrValue> shape) {
    TensorInfo.Builder info = TensorInfo.newBuilder().setName(node.getName() + ":0").setDtype(type);
    boolean known = shape.isPresent() && shape.get().hasShape();
    return known
        ? info.setTensorShape(shape.get().getShape()).build()
        : info.setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true)).build();
  }
}
