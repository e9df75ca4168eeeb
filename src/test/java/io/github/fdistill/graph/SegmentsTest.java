package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.NodeDef;

class SegmentsTest {

  private static void add(Map<String, NodeDef> nodes, String name, String... inputs) {
    NodeDef.Builder node = NodeDef.newBuilder().setName(name).setOp("Relu");
    nodes.put(name, node.addAllInput(List.of(inputs)).build());
  }

  private static List<String> names(Segments segments) {
    List<String> names = new ArrayList<>();
    segments.list().forEach(each -> each.forEach(node -> names.add(node.getName())));
    return names;
  }

  @Test
  void layersInARowAreCutIntoAboutAsManySegmentsAsTheirRoot() {
    Map<String, NodeDef> nodes = new LinkedHashMap<>();
    add(nodes, "layer_0", "images");
    for (int i = 1; i < 64; i++) {
      add(nodes, "layer_" + i, "layer_" + (i - 1));
    }
    Segments segments = Segments.of(nodes, List.of("layer_63:0"), tensor -> 100);
    int count = segments.list().size();
    assertTrue(6 <= count && count <= 11, count + " segments");
    assertEquals(List.copyOf(nodes.keySet()), names(segments), "in order, each once");
    segments.list().forEach(each -> assertTrue(each.size() <= 12, each.size() + " layers"));
  }

  /** A wide layer between narrow ones is not what is kept. */
  @Test
  void cutsAreWhereLittleCrosses() {
    Map<String, NodeDef> nodes = new LinkedHashMap<>();
    add(nodes, "narrow_0", "images");
    for (int i = 0; i < 20; i++) {
      add(nodes, "wide_" + i, "narrow_" + i);
      add(nodes, "narrow_" + (i + 1), "wide_" + i);
    }
    Segments segments =
        Segments.of(nodes, List.of("narrow_20"), t -> t.startsWith("wide") ? 1000 : 10);
    assertTrue(segments.list().size() > 2);
    for (List<NodeDef> each : segments.list()) {
      assertTrue(each.get(each.size() - 1).getName().startsWith("narrow"), each.toString());
    }
  }

  @Test
  void whatIsNotNeededIsLeftOutAndWhatIsSmallStaysWhole() {
    Map<String, NodeDef> nodes = new LinkedHashMap<>();
    add(nodes, "weight_of_two", "weights");
    add(nodes, "one", "images");
    add(nodes, "other", "one");
    add(nodes, "two", "one", "weight_of_two:0", "^one");
    Segments segments = Segments.of(nodes, List.of("two:0"), tensor -> 100);
    assertEquals(1, segments.list().size());
    assertEquals(List.of("one", "weight_of_two", "two"), names(segments));
  }
}
