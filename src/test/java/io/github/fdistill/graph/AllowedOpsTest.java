package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.AllowedOps.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** What a SavedModel may be made of, and where. */
class AllowedOpsTest {
  private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);

  /** A node of an op with float32 wherever its type is open. */
  private static NodeDef node(String name) {
    OpDef op = OpRegistry.op(name);
    NodeDef.Builder node = NodeDef.newBuilder().setName("n").setOp(name);
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      AttrValue.Builder value = attribute.getDefaultValue().toBuilder();
      if (attribute.getType().equals("type")) {
        value.setType(DataType.DT_FLOAT);
      } else if (attribute.getType().equals("list(type)")) {
        value.getListBuilder().addType(DataType.DT_FLOAT);
      }
      switch (attribute.getName()) {
        case "strides", "ksize", "ksizes", "rates" -> value.getListBuilder().addAllI(ONES);
        case "block_size" -> value.setI(2);
        case "equation" -> value.mergeFrom(NewNodes.text("ab->b"));
        default -> {}
      }
      node.putAttr(attribute.getName(), value.build());
    }
    return node.build();
  }

  /** From an op to the strictest place where it may stand, as the file says it. */
  private static Map<String, Place> listed() throws IOException {
    Map<String, Place> listed = new TreeMap<>();
    try (InputStream in = AllowedOpsTest.class.getResourceAsStream("allowed-ops.txt")) {
      Place place = null;
      for (String word :
          new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split("\\s+")) {
        if (word.endsWith(":")) {
          place = Place.valueOf(word.substring(0, word.length() - 1));
        } else {
          listed.put(word, place);
        }
      }
    }
    return listed;
  }

  /** Every op that this TensorFlow knows: those of the file pass, and no other. */
  @Test
  void exactlyTheListedOpsOfTheRegistryPass() throws IOException {
    Map<String, Place> passing = new TreeMap<>();
    for (OpDef op : TensorFlow.registeredOpList().getOpList()) {
      for (Place place : Place.values()) {
        if (NodeRules.objection(node(op.getName()), place).isEmpty()) {
          passing.putIfAbsent(op.getName(), place);
        }
      }
    }
    assertEquals(listed(), passing);
    assertEquals(new TreeSet<>(AllowedOps.names()), passing.keySet());
  }

  /** TensorFlow ends the process of some of them. */
  @Test
  void numbersOutOfBoundsAreRefused() {
    long wide = 1L << 32;
    Map<String, AttrValue> bad = new TreeMap<>();
    bad.put("MaxPool ksize", NewNodes.numbers(1, 3L << 60, 1, 1));
    bad.put("AvgPool strides", NewNodes.numbers(1, 0, 1, 1));
    bad.put("ExtractImagePatches ksizes", NewNodes.numbers(1, 1 << 15, 1 << 15, 1));
    bad.put("ExtractImagePatches rates", NewNodes.numbers(1, 1));
    bad.put("Conv2D dilations", NewNodes.numbers(1, 1 << 17, 1, 1));
    bad.put("DepthToSpace block_size", NewNodes.number(1 << 16));
    bad.put("SpaceToBatch block_size", AttrValue.newBuilder().setPlaceholder("side").build());
    bad.put("GatherV2 batch_dims", NewNodes.number(100));
    bad.put("Pack axis", NewNodes.number(wide));
    bad.put("Squeeze squeeze_dims", NewNodes.numbers(wide));
    bad.put("Einsum equation", NewNodes.text("ab->bc"));
    bad.put("Unpack num", NewNodes.number(1 << 25));
    bad.put("Split num_split", NewNodes.number(10_001));
    bad.put("AddN N", AttrValue.newBuilder().setPlaceholder("many").build());
    bad.put("MaxPool data_format", NewNodes.text("NCHW_VECT_C"));
    bad.put("DepthToSpace data_format", NewNodes.text("NCHW_VECT_C"));
    bad.put("Conv2D data_format", NewNodes.text("NDHWC"));
    TensorShapeProto.Builder deep = TensorShapeProto.newBuilder();
    IntStream.range(0, 33).forEach(i -> deep.addDimBuilder().setSize(1));
    bad.put("Placeholder shape", AttrValue.newBuilder().setShape(deep).build());
    TensorShapeProto.Builder empty = TensorShapeProto.newBuilder();
    LongStream.of(2, 0, 1L << 62).forEach(size -> empty.addDimBuilder().setSize(size));
    bad.put("Const shape", AttrValue.newBuilder().setShape(empty).build());
    TensorProto.Builder none = TensorProto.newBuilder().setTensorShape(empty);
    bad.put("Const _shape", AttrValue.newBuilder().setTensor(none).build());
    bad.forEach(
        (where, value) -> {
          String[] words = where.split(" ");
          NodeDef node = node(words[0]).toBuilder().putAttr(words[1], value).build();
          for (Place place : Place.values()) {
            String objection = NodeRules.objection(node, place).orElse("nothing");
            assertTrue(objection.contains(words[1].split("_")[0]), where + ": " + objection);
          }
        });
    NodeDef pool =
        node("AvgPool").toBuilder().putAttr("ksize", NewNodes.numbers(1, 256, 256, 1)).build();
    NodeDef film =
        node("FusedBatchNormV3").toBuilder().putAttr("data_format", NewNodes.text("NCDHW")).build();
    assertEquals(Optional.empty(), NodeRules.objection(film, Place.NETWORK));
    NodeDef seeded =
        node("RandomUniform").toBuilder().putAttr("seed", NewNodes.number(wide)).build();
    assertEquals(Optional.empty(), NodeRules.objection(pool, Place.NETWORK));
    assertEquals(Optional.empty(), NodeRules.objection(seeded, Place.REQUEST));
  }

  /** What may stand in a stricter place may stand in those that are less so. */
  @Test
  void eachPlaceAllowsWhatTheOnesBeforeItAllow() throws IOException {
    listed()
        .forEach(
            (op, strictest) -> {
              for (Place place : Place.values()) {
                boolean passes = NodeRules.objection(node(op), place).isEmpty();
                assertEquals(place.compareTo(strictest) >= 0, passes, op + " in " + place);
              }
            });
  }

  /** A network's ops have no state, and call no functions. */
  @Test
  void anOpOfNetworksIsStateless() throws IOException {
    listed()
        .forEach(
            (name, place) -> {
              OpDef op = OpRegistry.op(name);
              boolean looks = name.startsWith("CheckNumerics") || name.endsWith("GetAlg");
              if (place == Place.NETWORK && !looks) {
                assertTrue(!op.getIsStateful(), name);
              }
              boolean calls =
                  op.getAttrList().stream().anyMatch(attr -> attr.getType().contains("func"));
              assertTrue(!calls || place == Place.REQUEST, name);
            });
  }

  /** A run that goes on, or computes a block twice, has to find the same numbers. */
  @Test
  void aNetworkThatDrawsNumbersOfItsOwnIsToldToTakeThem() {
    GraphDef graph = GraphDef.newBuilder().addNode(node("RandomStandardNormal")).build();
    String said =
        assertThrows(
                InputException.class,
                () -> PureOps.require(graph, "denoise", new Origins("a", Map.of())))
            .getMessage();
    assertTrue(said.contains("the op RandomStandardNormal, which draws numbers that no"), said);
    assertTrue(said.contains("make its noise an input"), said);
  }

  /** The same op on texts is another matter. */
  @ParameterizedTest
  @ValueSource(strings = {"Identity", "Const", "GatherV2", "Placeholder"})
  void textsAreRefusedInANetwork(String op) {
    NodeDef texts = with(node(op), DataType.DT_STRING);
    assertTrue(NodeRules.objection(texts, Place.NETWORK).isPresent());
    assertTrue(NodeRules.objection(texts, Place.REQUEST).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Identity", "Const", "GatherV2", "Placeholder"})
  void objectsOfNoKnownKindAreRefusedEverywhere(String op) {
    for (Place place : Place.values()) {
      assertTrue(NodeRules.objection(with(node(op), DataType.DT_VARIANT), place).isPresent());
    }
    TensorProto handle = TensorProto.newBuilder().setDtype(DataType.DT_RESOURCE).build();
    NodeDef forged =
        node(op).toBuilder()
            .putAttr("value", AttrValue.newBuilder().setTensor(handle).build())
            .build();
    assertTrue(NodeRules.objection(forged, Place.REQUEST).isPresent());
  }

  private static NodeDef with(NodeDef node, DataType type) {
    NodeDef.Builder changed = node.toBuilder();
    node.getAttrMap()
        .forEach(
            (name, value) -> {
              if (value.getType() == DataType.DT_FLOAT) {
                changed.putAttr(name, value.toBuilder().setType(type).build());
              }
            });
    return changed.build();
  }

  /** Attributes that no op has of its own steer the runtime; some only tell something. */
  @Test
  void anAttributeThatSteersTensorFlowIsRefused() {
    AttrValue yes = AttrValue.newBuilder().setB(true).build();
    for (String steering : new String[] {"_XlaMustCompile", "_scoped_allocator", "_kernel"}) {
      NodeDef node = node("Identity").toBuilder().putAttr(steering, yes).build();
      assertTrue(NodeRules.objection(node, Place.NETWORK).get().contains(steering));
    }
    Map<String, AttrValue> compiled = Map.of("_XlaMustCompile", yes);
    String said = NodeRules.hiddenInFunction(compiled).orElseThrow();
    assertTrue(said.contains("_XlaMustCompile, as tf.function(jit_compile=True) gives it"), said);
    AttrValue no = AttrValue.newBuilder().setB(false).build();
    assertTrue(NodeRules.hiddenInFunction(Map.of("_XlaMustCompile", no)).isEmpty());
    NodeDef noted = node("Identity").toBuilder().putAttr("_output_shapes", yes).build();
    assertTrue(NodeRules.objection(noted, Place.NETWORK).isEmpty());
  }

  /** Strides and dilations that are no steps in an image end the process. */
  @ParameterizedTest
  @ValueSource(strings = {"Conv2D", "Conv2DBackpropInput", "DepthwiseConv2dNative"})
  void aConvolutionGoesInSteps(String op) {
    assertTrue(objection(op, "strides", 1, 2, 2, 1).isEmpty());
    assertTrue(objection(op, "dilations", 1, 4, 4, 1).isEmpty());
    assertTrue(objection(op, "strides", 1, 1, -1).isPresent());
    assertTrue(objection(op, "strides", 1, 0, 1, 1).isPresent());
    assertTrue(objection(op, "dilations", 1L << 31, 1, 1L << 40, 1).isPresent());
    assertTrue(objection(op, "explicit_paddings", 1, 2, 2, 1L << 40, 2, 1, 1, 2).isPresent());
    assertTrue(objection(op, "explicit_paddings", 0, 0, 1, 1, 1, 1, 0, 0).isPresent());
  }

  private static Optional<String> objection(String op, String attribute, long... values) {
    AttrValue.ListValue list =
        AttrValue.ListValue.newBuilder().addAllI(Arrays.stream(values).boxed().toList()).build();
    AttrValue value = AttrValue.newBuilder().setList(list).build();
    NodeDef node = node(op).toBuilder().putAttr(attribute, value).build();
    return NodeRules.objection(node, Place.NETWORK);
  }

  @Test
  void attributesHavePlainNames() {
    AttrValue one = AttrValue.newBuilder().setI(1).build();
    assertTrue(NodeRules.hidden(Map.of("a.b", one)).isEmpty());
    String said = NodeRules.hidden(Map.of("a\u001b[2J", one)).orElseThrow();
    assertTrue(said.contains("an attribute of no plain name"), said);
  }
}
