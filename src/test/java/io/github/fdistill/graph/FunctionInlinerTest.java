package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;

class FunctionInlinerTest {
  private static final String TYPE = "attr { key: \"T\" value { type: DT_FLOAT } }";
  private static final String PLACEHOLDER = "attr { key: \"T\" value { placeholder: \"T\" } }";

  static GraphDef graph(String text) {
    try {
      return TextFormat.parse(text, GraphDef.class);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String node(String name, String op, String inputs, String attributes) {
    StringBuilder text = new StringBuilder();
    text.append("name: \"").append(name).append("\" op: \"").append(op).append("\" ");
    for (String input : inputs.isEmpty() ? new String[0] : inputs.split(" ")) {
      text.append("input: \"").append(input).append("\" ");
    }
    return text.append(attributes).toString();
  }

  static String constant(String name, String type, String value, String shape) {
    return node(
        name,
        "Const",
        "",
        "attr { key: \"dtype\" value { type: "
            + type
            + " } } attr { key: \"value\" value { tensor { dtype: "
            + type
            + " tensor_shape { "
            + shape
            + " } "
            + value
            + " } } }");
  }

  static String call(String name, String function, String inputs, int outputs) {
    StringBuilder in = new StringBuilder();
    long tensors =
        inputs.isEmpty()
            ? 0
            : List.of(inputs.split(" ")).stream().filter(i -> !i.startsWith("^")).count();
    for (int i = 0; i < tensors; i++) {
      in.append("type: DT_FLOAT ");
    }
    return node(
        name,
        "PartitionedCall",
        inputs,
        "attr { key: \"Tin\" value { list { "
            + in
            + "} } } attr { key: \"Tout\" value { list { "
            + "type: DT_FLOAT ".repeat(outputs)
            + "} } } attr { key: \"f\" value { func { name: \""
            + function
            + "\" attr { key: \"T\" value { type: DT_FLOAT } } } } }");
  }

  static String function(String name, List<String> in, List<String> out, String... body) {
    StringBuilder text = new StringBuilder("library { function { signature { name: \"");
    text.append(name).append("\" ");
    in.forEach(a -> text.append("input_arg { name: \"" + a + "\" type: DT_FLOAT } "));
    out.forEach(
        o -> text.append("output_arg { name: \"" + o.split("=")[0] + "\" type: DT_FLOAT } "));
    text.append("} ");
    for (String node : body) {
      text.append("node_def { ").append(node).append(" } ");
    }
    out.forEach(
        o ->
            text.append(
                "ret { key: \"" + o.split("=")[0] + "\" value: \"" + o.split("=")[1] + "\" } "));
    return text.append("} } ").toString();
  }

  /** x (4 numbers), its halves swapped, each through a function of its own, and more. */
  private static GraphDef nested() {
    return graph(
        "node { "
            + constant("x", "DT_FLOAT", "float_val: [1, 2, 3, 4]", "dim { size: 4 }")
            + " } node { "
            + call("swapped", "swap", "x", 2)
            + " } node { "
            + node("sum", "AddV2", "swapped:1 swapped", TYPE)
            + " } node { "
            + node("after", "Identity", "sum ^swapped", TYPE)
            + " } "
            + function(
                "swap",
                List.of("v"),
                List.of("first=twice:output:0", "second=cut:output:1"),
                constant("axis", "DT_INT32", "int_val: 0", ""),
                node(
                    "cut",
                    "Split",
                    "axis:output:0 v",
                    "attr { key: \"num_split\" value { i: 2 } } " + PLACEHOLDER),
                call("twice", "double", "cut:output:0 ^axis", 1))
            + function(
                "double",
                List.of("v"),
                List.of("out=sum:z:0"),
                node("sum", "AddV2", "v v", PLACEHOLDER)));
  }

  private static float[] run(GraphDef graph, String tensor) {
    try (Graph g = new Graph()) {
      g.importGraphDef(graph);
      try (Session session = Sessions.open(g);
          Result result = session.runner().fetch(tensor).run()) {
        return TensorBundle.floats((TFloat32) result.get(0));
      }
    }
  }

  @Test
  void whatIsComputedStaysTheSameAndNoCallIsLeft() {
    FunctionInliner.Inlined inlined = FunctionInliner.inline(nested(), "here", Set.of());
    for (NodeDef node : inlined.graph().getNodeList()) {
      assertTrue(!node.getOp().contains("Call"), node.getName());
    }
    GraphDef flat = inlined.graph().toBuilder().clearLibrary().build();
    for (String tensor : new String[] {"after:0", "swapped:0", "swapped:1"}) {
      assertArrayEquals(run(nested(), tensor), run(flat, inlined.tensor(tensor)), tensor);
    }
    assertArrayEquals(new float[] {5, 8}, run(flat, "after:0"));
  }

  @Test
  void aConditionalThatIsDecidedIsItsBranch() {
    for (boolean taken : new boolean[] {true, false}) {
      String branches =
          node(
              "choice",
              "StatelessIf",
              "which x",
              "attr { key: \"Tcond\" value { type: DT_BOOL } } "
                  + "attr { key: \"Tin\" value { list { type: DT_FLOAT } } } "
                  + "attr { key: \"Tout\" value { list { type: DT_FLOAT } } } "
                  + "attr { key: \"then_branch\" value { func { name: \"double\" } } } "
                  + "attr { key: \"else_branch\" value { func { name: \"square\" } } }");
      GraphDef graph =
          graph(
              "node { "
                  + constant("x", "DT_FLOAT", "float_val: 3", "")
                  + " } node { "
                  + constant("which", "DT_BOOL", "bool_val: " + taken, "")
                  + " } node { "
                  + branches
                  + " } "
                  + function(
                      "double",
                      List.of("v"),
                      List.of("out=sum:z:0"),
                      node("sum", "AddV2", "v v", TYPE))
                  + function(
                      "square",
                      List.of("v"),
                      List.of("out=y:y:0"),
                      node("y", "Square", "v", TYPE)));
      FunctionInliner.Inlined inlined = FunctionInliner.inline(graph, "here", Set.of());
      GraphDef flat = inlined.graph().toBuilder().clearLibrary().build();
      assertArrayEquals(run(graph, "choice:0"), run(flat, inlined.tensor("choice:0")));
      assertEquals(taken ? 6 : 9, run(flat, inlined.tensor("choice:0"))[0]);
      GraphDef fed = FunctionInliner.inline(graph, "here", Set.of("which")).graph();
      assertTrue(fed.getNodeList().stream().anyMatch(n -> n.getOp().equals("StatelessIf")));
    }
  }

  /** not(training) or false, where training is a placeholder whose default is the value. */
  private static String switchNodes(boolean training) {
    return "node { "
        + constant("off", "DT_BOOL", "bool_val: false", "")
        + " } node { "
        + constant("default", "DT_BOOL", "bool_val: " + training, "")
        + " } node { "
        + node(
            "training",
            "PlaceholderWithDefault",
            "default",
            "attr { key: \"dtype\" value { type: DT_BOOL } } "
                + "attr { key: \"shape\" value { shape { } } }")
        + " } node { "
        + node("not", "LogicalNot", "training", "")
        + " } node { "
        + node("which", "LogicalOr", "not off", "")
        + " } node { "
        + node("seen", "Identity", "which", "attr { key: \"T\" value { type: DT_BOOL } }")
        + " } ";
  }

  /** Switch and Merge, as TensorFlow 1 writes a conditional: x doubled or negated. */
  private static GraphDef conditional(boolean training) {
    return graph(
        switchNodes(training)
            + "node { "
            + constant("x", "DT_FLOAT", "float_val: 3", "")
            + " } node { "
            + node("switch", "Switch", "x seen", TYPE)
            + " } node { "
            + node("pivot", "Identity", "switch", TYPE)
            + " } node { "
            + constant("two", "DT_FLOAT", "float_val: 2", "")
                .replace("op:", "input: \"^pivot\" op:")
            + " } node { "
            + node("negated", "Neg", "switch", TYPE)
            + " } node { "
            + node("doubled", "Mul", "switch:1 two_else", TYPE)
            + " } node { "
            + constant("two_else", "DT_FLOAT", "float_val: 2", "")
            + " } node { "
            + node("scaled", "Mul", "negated two", TYPE)
            + " } node { "
            + node("merge", "Merge", "scaled doubled", TYPE + " attr { key: \"N\" value { i: 2 } }")
            + " }");
  }

  @Test
  void aConditionalOfTensorFlow1ThatIsDecidedIsItsBranch() {
    for (boolean training : new boolean[] {true, false}) {
      GraphDef flat = DecidedSwitches.of(conditional(training), Set.of());
      assertEquals(training ? -6 : 6, run(conditional(training), "merge:0")[0]);
      assertEquals(training ? -6 : 6, run(flat, "merge:0")[0]);
      for (NodeDef node : flat.getNodeList()) {
        assertTrue(!List.of("Switch", "Merge").contains(node.getOp()), node.getName());
      }
      assertEquals(training, flat.getNodeList().stream().anyMatch(n -> n.getName().equals("two")));
    }
  }

  /** What a signature feeds has no value before that, whatever its default is. */
  @Test
  void whatIsFedDecidesNothing() {
    GraphDef graph = conditional(true);
    assertEquals(graph, DecidedSwitches.of(graph, Set.of("training")));
    MetaGraphDef.Builder model = MetaGraphDef.newBuilder().setGraphDef(graph);
    assertEquals(0, switches(model.build()));
    TensorInfo seen = TensorInfo.newBuilder().setName("seen:0").build();
    model.putSignatureDef("s", SignatureDef.newBuilder().putInputs("flag", seen).build());
    assertEquals(1, switches(model.build()));
  }

  private static long switches(MetaGraphDef model) {
    return FlatGraph.of(model, "file.pb").graph().getNodeList().stream()
        .filter(node -> node.getOp().equals("Switch"))
        .count();
  }

  /** Each And takes the one before it twice: there are 2^20 ways back to the first. */
  @Test
  void eachTensorBehindAPredicateIsLookedAtOnce() {
    Map<String, NodeDef> nodes = new HashMap<>();
    nodes.put(
        "a0", graph("node { " + constant("a0", "DT_BOOL", "bool_val: true", "") + " }").getNode(0));
    for (int i = 1; i <= 20; i++) {
      String before = "a" + (i - 1);
      nodes.put(
          "a" + i,
          graph("node { " + node("a" + i, "LogicalAnd", before + " " + before, "") + " }")
              .getNode(0));
    }
    AtomicInteger looks = new AtomicInteger();
    ConstantPredicates predicates =
        new ConstantPredicates(
            tensor -> {
              looks.incrementAndGet();
              return nodes.get(tensor);
            },
            Set.of());
    assertEquals(Optional.of(true), predicates.of("a20"));
    assertTrue(looks.get() < 100, looks + " looks");
    nodes.put(
        "round", graph("node { " + node("round", "LogicalNot", "round", "") + " }").getNode(0));
    assertEquals(Optional.empty(), predicates.of("round"));
  }

  @Test
  void aConditionalThatIsNotDecidedStaysAndIsRefused() {
    GraphDef.Builder open = conditional(true).toBuilder();
    open.getNodeBuilderList().stream()
        .filter(node -> node.getName().equals("training"))
        .forEach(node -> node.setOp("Placeholder").clearInput());
    assertEquals(open.build(), DecidedSwitches.of(open.build(), Set.of()));
    Origins origins = new Origins("file.pb", Map.of());
    String message =
        assertThrows(InputException.class, () -> ControlFlow.refuse(open.build(), origins))
            .getMessage();
    assertTrue(message.contains("node switch"), message);
    assertTrue(message.contains("(Switch), by the value of seen"), message);
  }

  private static void assertRefused(GraphDef graph, String... parts) {
    String message =
        assertThrows(InputException.class, () -> FunctionInliner.inline(graph, "file.pb", Set.of()))
            .getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void whatCannotBeInlinedIsRefusedByName() {
    String x = "node { " + constant("x", "DT_FLOAT", "float_val: 3", "") + " } ";
    assertRefused(
        graph(x + "node { " + call("y", "lost", "x", 1) + " }"), "file.pb, node y", "lost");
    String endless =
        function(
            "endless",
            List.of("v"),
            List.of("out=again:output:0"),
            call("again", "endless", "v", 1));
    assertRefused(
        graph(x + "node { " + call("y", "endless", "x", 1) + " } " + endless),
        "200 calls within each other");
    assertRefused(
        graph(
            x
                + "node { "
                + call("y", "two", "x", 1)
                + " } "
                + function("two", List.of("a", "b"), List.of("out=a"))),
        "node y",
        "1 inputs");
    assertRefused(
        graph(
            x
                + "node { "
                + call("y", "odd", "x", 1)
                + " } "
                + function(
                    "odd", List.of("v"), List.of("out=n:out:0"), node("n", "NoSuchOp", "v", ""))),
        "NoSuchOp",
        "does not know");
  }
}
