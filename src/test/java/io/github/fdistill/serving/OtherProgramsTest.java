package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
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
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

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

  private static NodeDef node(GraphDef graph, String op) {
    return graph.getNodeList().stream()
        .filter(node -> node.getOp().equals(op))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anExportCanDoWithoutPng() throws IOException {
    ServedForm form = new ServedForm(Precision.FLOAT32, false, ServedForm.ANY_ROWS, false);
    MetaGraphDef meta = exported(unet(), form, "without");
    assertEquals(
        Set.of("serving_default", "generate", "denoise"), meta.getSignatureDefMap().keySet());
    Stream<String> ops = nodes(meta.getGraphDef()).stream().map(NodeDef::getOp);
    assertFalse(ops.anyMatch("EncodePng"::equals));
  }
}
