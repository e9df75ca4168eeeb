package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Parameters that are float32 only while something computes with them. */
class HalvedParametersTest {
  private static final String CAST = "/float32";

  /** A U-Net whose filters have 9,216 to 36,864 numbers, and 18,432 where maps are joined. */
  private static NetworkFunction network() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    network.getUnetBuilder().setChannels(32).addMultiplier(1).addMultiplier(2);
    return Networks.denoiser(network.build(), 1).function().only(List.of(DenoiserModel.DENOISED));
  }

  private static Map<String, NodeDef> nodes(NetworkFunction function) {
    Map<String, NodeDef> nodes = new HashMap<>();
    function.graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    return nodes;
  }

  /** Large parameters that must have become float32 before one of them does, itself too. */
  private static int before(String name, Map<String, NodeDef> nodes, Map<String, Set<String>> of) {
    Set<String> large = new java.util.TreeSet<>();
    collect(name, nodes, of, large);
    return large.size();
  }

  private static Set<String> collect(
      String name, Map<String, NodeDef> nodes, Map<String, Set<String>> of, Set<String> into) {
    Set<String> own = of.get(name);
    if (own == null) {
      own = new java.util.TreeSet<>();
      of.put(name, own);
      NodeDef node = nodes.get(name);
      for (String input : node.getInputList()) {
        collect(NetworkFunction.nodeOf(input), nodes, of, own);
      }
      if (name.endsWith(CAST) && node.getInputCount() > 1) {
        own.add(name);
      }
    }
    into.addAll(own);
    return own;
  }

  @Test
  void largeOnesBecomeFloat32OneAfterAnother() {
    NetworkFunction halved = network().withHalvedParameters();
    Map<String, NodeDef> nodes = nodes(halved);
    List<Integer> places = new ArrayList<>();
    Map<String, Set<String>> of = new HashMap<>();
    for (Parameters.Parameter p : halved.parameters().list()) {
      if (nodes.containsKey(p.name())) {
        assertEquals(
            DataType.DT_BFLOAT16, nodes.get(p.name()).getAttrOrThrow("dtype").getType(), p.name());
        NodeDef cast = nodes.get(p.name() + CAST);
        if (cast.getInputCount() > 1) {
          assertTrue(p.size() >= 1 << 14, p.name());
          places.add(before(cast.getName(), nodes, of));
        }
      }
    }
    places.sort(null);
    long large =
        halved.parameters().list().stream()
            .filter(p -> nodes.containsKey(p.name()) && p.size() >= 1 << 14)
            .count();
    assertTrue(large >= 8, large + " large ones");
    assertEquals(large - 2, places.size(), "all but the first two wait");
    // Layers side by side wait in two rows, next to each other.
    for (int i = 0; i < places.size(); i++) {
      assertTrue(places.get(i) >= (i + 1) / 2, places + " at " + i);
    }
  }

  @Test
  void inProductsInBfloat16TheyAreTakenAsTheyAre() {
    NetworkFunction halved = network().inBfloat16().withHalvedParameters();
    Map<String, NodeDef> nodes = nodes(halved);
    for (NodeDef node : halved.graph().getNodeList()) {
      boolean rounds =
          node.getOp().equals("Cast")
              && node.getAttrOrThrow("DstT").getType() == DataType.DT_BFLOAT16;
      assertTrue(!rounds || !node.getInput(0).endsWith(CAST), node.getName());
    }
    assertTrue(nodes.values().stream().anyMatch(n -> n.getOp().equals("Identity")));
  }
}
