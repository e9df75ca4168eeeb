package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.FunctionInliner;
import io.github.fdistill.graph.Library;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** A variable has the shape that its graph declares, whatever is stored for it. */
class RestoredShapesTest {
  @TempDir Path folder;

  /** TensorFlow gives a variable whatever the checkpoint has for it. */
  @Test
  void aSavedValueHasTheShapeThatTheGraphDeclares() throws IOException {
    Toy.write(folder);
    ServedGraph.require(folder);
    Map<String, float[]> parts = WeightArrays.split(Toy.PARAMETERS, Toy.weights(1));
    Map<String, Bundles.Entry> entries = new LinkedHashMap<>();
    Toy.PARAMETERS
        .list()
        .forEach(p -> entries.put(PythonObjects.key(p.name()), entry(p.shape(), parts, p.name())));
    entries.put(PythonObjects.key("net/kernel"), entry(Shape.of(9, 6), parts, "net/kernel"));
    Path prefix = folder.resolve("variables").resolve("variables");
    Bundles.write(prefix, entries);
    String message = refusal();
    assertTrue(message.contains("node net/kernel: the op VarHandleOp"), message);
    assertTrue(message.contains("[3, 3, 2, 3], and a saved value of shape [9, 6]"), message);
    entries.remove(PythonObjects.key("net/kernel"));
    Bundles.write(prefix, entries);
    String missing = "the value '" + PythonObjects.key("net/kernel") + "', which is not stored";
    assertTrue(refusal().contains(missing), refusal());
  }

  private String refusal() {
    return assertThrows(InputException.class, () -> ServedGraph.require(folder)).getMessage();
  }

  private static Bundles.Entry entry(Shape shape, Map<String, float[]> parts, String name) {
    return new Bundles.Entry(shape, parts.get(name));
  }

  @Test
  void variablesOfOneNameHaveOneShape() throws IOException {
    String refusal = "the name of another variable, with another type or another shape";
    rewrite(
        graph ->
            graph.getNodeBuilderList().stream()
                .filter(node -> node.getOp().equals("VarHandleOp"))
                .forEach(node -> node.removeAttr("shared_name")));
    assertTrue(refusal().contains(refusal), refusal());
    // Those of TensorFlow 1, by the name that they share or else their own, in any container.
    for (String op : List.of("Variable", "VariableV2")) {
      rewrite(graph -> graph.addNode(variable(op, "a", "w", 4)).addNode(variable(op, "w", "", 4)));
      ServedGraph.require(folder);
      rewrite(graph -> graph.addNode(variable(op, "a", "w", 4)).addNode(variable(op, "w", "", 9)));
      assertTrue(refusal().contains("node w: the op " + op + " with " + refusal), refusal());
      NodeDef.Builder inContainer = variable(op, "b", "w", 9).toBuilder();
      inContainer.putAttr("container", Toy.attribute("localhost"));
      rewrite(graph -> graph.addNode(variable(op, "a", "w", 4)).addNode(inContainer));
      assertTrue(refusal().contains(refusal), refusal());
      // Where it is called, TensorFlow makes its name.
      FunctionDef.Builder function = FunctionDef.newBuilder().addNodeDef(variable(op, "w", "", 4));
      function.getSignatureBuilder().setName("f");
      rewrite(graph -> graph.getLibraryBuilder().addFunction(function));
      assertTrue(refusal().contains(op + " with no name that it shares"), refusal());
    }
  }

  /** What a branch sets would have any shape. */
  @Test
  void whatRestoresSetsVariablesInNoBranch() throws IOException {
    FunctionDef.Builder sets = FunctionDef.newBuilder();
    sets.getSignatureBuilder().setName("sets");
    sets.addNodeDefBuilder().setName("set").setOp("AssignVariableOp");
    AttrValue.Builder named = AttrValue.newBuilder();
    named.getFuncBuilder().setName("sets");
    NodeDef.Builder choice = NodeDef.newBuilder().setName("choice").setOp("If");
    choice.putAttr("then_branch", named.build()).putAttr("else_branch", named.build());
    FunctionDef.Builder around = FunctionDef.newBuilder().addNodeDef(choice);
    around.getSignatureBuilder().setName("around");
    for (boolean called : new boolean[] {false, true}) {
      GraphDef.Builder graph = GraphDef.newBuilder();
      graph.getLibraryBuilder().addFunction(sets).addFunction(around);
      graph.addNode(called ? NodeDef.newBuilder().setName("choice").setOp("around") : choice);
      Toy.write(folder);
      Library library = new Library(graph.build(), "it");
      var shapes = RestoredShapes.of(FunctionInliner.inline(graph.build(), "it", Set.of()));
      String message =
          assertThrows(
                  InputException.class,
                  () -> shapes.require(folder, graph.build(), "choice", library))
              .getMessage();
      String place = "it, node choice" + (called ? " (in function around)" : "");
      assertTrue(message.contains(place + ": the op If with variables that it sets"), message);
    }
  }

  private static NodeDef variable(String op, String name, String shared, int values) {
    AttrValue.Builder shape = AttrValue.newBuilder();
    shape.getShapeBuilder().addDimBuilder().setSize(values);
    return NodeDef.newBuilder()
        .setName(name)
        .setOp(op)
        .putAttr("shared_name", Toy.attribute(shared))
        .putAttr("shape", shape.build())
        .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
        .build();
  }

  /** Writes the toy anew, with a change to its graph. */
  private void rewrite(Consumer<GraphDef.Builder> change) throws IOException {
    Toy.write(folder);
    Toy.change(folder, change);
  }
}
