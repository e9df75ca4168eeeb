package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;

/** Nodes have the names that TensorFlow Java gives them. */
class NodeNamesTest {
  private static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  /** Names of nodes that are made in scopes by chance. */
  private static TreeSet<String> made(Function<Graph, Ops> ops, long seed) {
    Random random = new Random(seed);
    try (Graph graph = Sessions.graph()) {
      Ops[] scopes = new Ops[8];
      scopes[0] = ops.apply(graph);
      for (int i = 1; i < scopes.length; i++) {
        Ops outer = scopes[random.nextInt(i)];
        Ops named = random.nextInt(4) == 0 ? outer.withName("n" + random.nextInt(2)) : outer;
        scopes[i] = named.withSubScope("s" + random.nextInt(3));
      }
      for (int i = 0; i < 60; i++) {
        Ops tf = scopes[random.nextInt(scopes.length)];
        switch (random.nextInt(4)) {
          case 0 -> tf.constant(1f);
          case 1 -> tf.withName("s" + random.nextInt(3)).constant(2f);
          case 2 -> tf.withDevice(CPU).math.neg(tf.constant(3f));
          default -> tf.withSubScope("t").withControlDependencies(List.of(tf.noOp())).noOp();
        }
      }
      return names(graph.toGraphDef());
    }
  }

  /** With where each is, and what it waits for. */
  private static TreeSet<String> names(GraphDef graph) {
    TreeSet<String> names = new TreeSet<>();
    graph
        .getNodeList()
        .forEach(node -> names.add(node.getName() + node.getDevice() + node.getInputList()));
    return names;
  }

  @Test
  void namesAreThoseOfTensorFlowJava() {
    for (long seed = 0; seed < 50; seed++) {
      assertEquals(made(Ops::create, seed), made(NodeNames::ops, seed), "seed " + seed);
    }
  }

  @Test
  void whatWasImportedKeepsItsNames() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      tf.constant(1f);
      GraphDef one = graph.toGraphDef();
      try (Graph other = Sessions.graph()) {
        Ops ops = NodeNames.ops(other);
        GraphAccess.importGraph(other, one, "a", Map.of());
        GraphAccess.importGraph(other, one, "", Map.of());
        assertEquals("Const_1", ops.constant(2f).op().name());
        assertEquals("a/Const_1", ops.withSubScope("a").constant(2f).op().name());
      }
    }
  }

  @Test
  void whatIsNoNameIsRefused() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      for (String name : List.of("", "a b", "/a", "_")) {
        assertThrows(IllegalArgumentException.class, () -> tf.withSubScope(name), name);
        assertThrows(IllegalArgumentException.class, () -> tf.withName(name).constant(1f), name);
      }
    }
  }
}
