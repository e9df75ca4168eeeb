package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** What programs that are older than ours, or others, find in an export. */
class OtherProgramsTest {
  @TempDir Path folder;

  private static NetworkConfig.Builder images() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    return config;
  }

  private static StudentModel unet() {
    NetworkConfig.Builder config = images();
    config
        .getUnetBuilder()
        .setChannels(8)
        .addMultiplier(1)
        .addMultiplier(2)
        .addAttentionResolution(4)
        .setGroupChannels(4);
    return Networks.denoiser(config.build(), 1).asStudent(80);
  }

  private static StudentModel transformer() {
    NetworkConfig.Builder config = images();
    config.getDitBuilder().setPatch(2).setWidth(16).setBlocks(1).setHeads(2).setHidden(32);
    return Networks.denoiser(config.build(), 1).asStudent(80);
  }

  private MetaGraphDef exported(StudentModel student, ServedForm form, String name)
      throws IOException {
    Path version = java.nio.file.Files.createDirectories(folder.resolve(name));
    StudentExport.write(student, form, version);
    return SavedModel.read(version).metaGraph();
  }

  /** From an op that TensorFlow 2.6 knows to its attributes. */
  private static Map<String, Set<String>> old() {
    Map<String, Set<String>> ops = new HashMap<>();
    try (var in = OtherProgramsTest.class.getResourceAsStream("tensorflow-2.6.txt")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> List.of(line.split(" ")))
          .forEach(words -> ops.put(words.get(0), Set.copyOf(words.subList(1, words.size()))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ops;
  }

  private static List<NodeDef> nodes(GraphDef graph) {
    List<NodeDef> nodes = new ArrayList<>(graph.getNodeList());
    graph.getLibrary().getFunctionList().forEach(f -> nodes.addAll(f.getNodeDefList()));
    return nodes;
  }

  @Test
  void theOldestTensorFlowThatLoadsAnExportIs26() throws IOException {
    Map<String, Set<String>> old = old();
    for (StudentModel student : List.of(unet(), transformer())) {
      String name = "of-" + student.function().parameters().size();
      for (NodeDef node : nodes(exported(student, ServedForm.PLAIN, name).getGraphDef())) {
        assertTrue(old.containsKey(node.getOp()), "the op " + node.getOp());
        Set<String> attributes = new HashSet<>(node.getAttrMap().keySet());
        attributes.removeIf(attribute -> attribute.startsWith("_"));
        attributes.removeAll(old.get(node.getOp()));
        assertEquals(Set.of(), attributes, node.getOp() + ", attributes that 2.6 does not know");
      }
    }
  }

  /** Where it sees more axes than three, TensorFlow before 2.13 refuses the whole graph. */
  @Test
  void whatEncodesPicturesDoesNotSayHowManyAxesTheyHave() throws IOException {
    MetaGraphDef meta = exported(unet(), ServedForm.PLAIN, "png");
    try (Graph graph = new Graph()) {
      GraphDef whole = meta.getGraphDef();
      graph.importGraphDef(whole.toBuilder().clearLibrary().build());
      String encoded = node(whole, "EncodePng").getInput(0);
      assertTrue(graph.operationOrThrow(encoded).output(0).shape().isUnknown());
    }
    var image = meta.getSignatureDefOrThrow("png").getOutputsOrThrow("image_bytes");
    assertEquals(1, image.getTensorShape().getDimCount());
  }

  /**
   * What other runtimes lack or get wrong is nowhere in generate_seeded: bitwise ops, products of
   * whole numbers of 64 bits, and clips. Its images are those of serving_default.
   */
  @Test
  void imagesOfSeedsNeedNoOpThatOtherRuntimesLack() throws IOException {
    for (StudentModel student : List.of(unet(), transformer())) {
      String name = "seeded-" + student.function().parameters().size();
      GraphDef graph = exported(student, ServedForm.PLAIN, name).getGraphDef();
      assertTrue(lacking(graph, "serving_default").contains("BitwiseXor DT_INT64"));
      assertEquals(Set.of(), lacking(graph, "generate_seeded"));
      try (SavedModelBundle bundle = Sessions.load(folder.resolve(name));
          TInt64 seeds = TInt64.vectorOf(7, -7, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40);
          TInt32 labels = TInt32.vectorOf(0, 1, 2, 3, 0)) {
        Map<String, Tensor> inputs = Map.of("seed", seeds, "label", labels);
        assertArrayEquals(
            images(bundle, "serving_default", inputs), images(bundle, "generate_seeded", inputs));
      }
    }
  }

  private static byte[] images(SavedModelBundle bundle, String name, Map<String, Tensor> inputs) {
    try (Result result = bundle.function(name).call(inputs)) {
      TUint8 images = (TUint8) result.get("image").orElseThrow();
      byte[] bytes = new byte[(int) images.size()];
      images.asRawTensor().data().read(bytes);
      return bytes;
    }
  }

  /** Ops of a signature's scope with the type that other runtimes do not compute them in. */
  private static Set<String> lacking(GraphDef graph, String scope) {
    Set<String> found = new HashSet<>();
    for (NodeDef node : graph.getNodeList()) {
      String op = node.getOp();
      DataType type = node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType();
      boolean bitwise = op.startsWith("Bitwise") || op.endsWith("Shift");
      boolean wide = Set.of("Mul", "FloorDiv").contains(op) && type == DataType.DT_INT64;
      boolean clip = op.equals("ClipByValue");
      if (node.getName().startsWith(scope + "/") && (bitwise || wide || clip)) {
        found.add(op + " " + type);
      }
    }
    return found;
  }

  private static NodeDef node(GraphDef graph, String op) {
    return graph.getNodeList().stream()
        .filter(node -> node.getOp().equals(op))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anExportCanDoWithoutPng() throws IOException {
    ServedForm form = new ServedForm(Precision.FLOAT32, false, ServedForm.ANY_ROWS, false, true);
    MetaGraphDef meta = exported(unet(), form, "without");
    assertEquals(
        Set.of("serving_default", "generate_seeded", "generate", "denoise"),
        meta.getSignatureDefMap().keySet());
    Stream<String> ops = nodes(meta.getGraphDef()).stream().map(NodeDef::getOp);
    assertFalse(ops.anyMatch("EncodePng"::equals));
  }
}
