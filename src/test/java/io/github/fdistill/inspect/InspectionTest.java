package io.github.fdistill.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Obstacle;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.WholeAttention;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What inspect says of models is so. */
class InspectionTest {
  @TempDir Path folder;

  private static SavedModel fixture(String name) {
    try {
      return SavedModel.read(Path.of(SavedModel.class.getResource(name).toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static NetworkReport network(SavedModel model, String signature) {
    return Inspection.of(model).signatures().stream()
        .filter(s -> s.name().equals(signature))
        .findFirst()
        .flatMap(SignatureReport::network)
        .orElseThrow();
  }

  /** Sizes and operations counted by hand from the layers in python_models.py. */
  @Test
  void aKerasUnetIsTeacherAndStudent() {
    NetworkReport network = network(fixture("keras_unet"), "serving_default");
    assertEquals(35, network.parameters().list().size());
    long convolutions =
        2 * (64 * 9 * 8) + 3 * 2 * (16 * 9 * 64) + 2 * (64 * 9 * 16 * 8) + 2 * (64 * 9 * 8);
    assertEquals(convolutions, network.operations().byType().get("Conv2D"));
    assertEquals(2 * 16 * 16 * 64, network.operations().byType().get("Conv2DBackpropInput"));
    assertEquals(2 * (16 * 16 + 16 * 16), network.operations().byType().get("MatMul"));
    assertEquals(List.of(), network.operations().unknown());
    assertEquals(Map.of("x", Map.of("eps", List.of())), network.byInput());
    assertEquals(Map.of("eps", List.of()), network.byVariables());
    assertEquals(Set.of(), network.frozen());
    assertEquals(
        Set.of(4L, 8L),
        Set.copyOf(
            network.candidates().stream()
                .filter(FeatureCandidate::last)
                .map(FeatureCandidate::height)
                .toList()));
  }

  @Test
  void itsTextNamesWhatMatters() {
    Inspection unet = Inspection.of(fixture("keras_unet"));
    String text = new InspectionText(unet, false).lines();
    for (String part :
        new String[] {
          "TensorFlow 2.21.0",
          "signature serving_default",
          "x [?,8,8,1] float32",
          "time [?] int32",
          "5,073 in 35 variables, 20.3 KB",
          "yes: differentiable in x",
          "yes: eps is differentiable in the variables",
          "4x4x8 StatefulPartitionedCall",
          "and 27 smaller ones (--all)",
          ", a layer for lora\n",
          "__inference_signature_wrapper"
        }) {
      assertTrue(text.contains(part), part + " in:\n" + text);
    }
    assertFalse(text.contains("not trainable"), text);
    String all = new InspectionText(unet, true).lines();
    assertEquals(2 * 13, all.split(", a layer for lora\n", -1).length - 1, all);
    assertTrue(all.contains("[8] 8\n"), all);
    assertFalse(all.contains("more ("), all);

    Inspection partly = ofWhichTenAreFrozen(unet);
    text = new InspectionText(partly, false).lines();
    assertTrue(text.contains("moment7\n") && !text.contains("moment8"), text);
    assertTrue(text.contains("and 2 more (--all)"), text);
    String whole = "4096 x 1089 tokens, att/Softmax: Add, Softmax, Einsum\n";
    assertTrue(text.contains("attention     in one piece") && text.contains(whole), text);
    all = new InspectionText(partly, true).lines();
    assertTrue(all.contains("moment9") && !all.contains("more ("), all);
  }

  private static Inspection ofWhichTenAreFrozen(Inspection of) {
    Set<String> frozen =
        IntStream.range(0, 10).mapToObj(i -> "moment" + i).collect(Collectors.toSet());
    SignatureReport one = of.signatures().get(0);
    NetworkReport network = one.network().orElseThrow();
    NetworkReport partly =
        new NetworkReport(
            network.parameters(),
            frozen,
            network.operations(),
            network.byInput(),
            network.byVariables(),
            network.candidates(),
            network.layers(),
            List.of(new WholeAttention("att/Softmax", 4096, 1089, "Add, Softmax, Einsum")));
    SignatureReport changed =
        new SignatureReport(one.name(), one.inputs(), one.outputs(), Optional.of(partly), "");
    return new Inspection(
        of.folder(),
        of.writtenBy(),
        of.tags(),
        of.functions(),
        List.of(changed),
        of.denoiser(),
        of.notDenoiser(),
        of.parts(),
        of.notes());
  }

  @Test
  void momentsOfABatchNormalisationAreSaidNotToBeTrained() {
    NetworkReport network = network(fixture("tensorflow1"), "denoise");
    assertEquals(Set.of("norm/moving_mean"), network.frozen());
    assertEquals(Map.of("denoised", List.of()), network.byVariables());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested", "keras_unet", "tensorflow1"})
  void gradientsAgreeWithDifferences(String name) {
    SavedModel model = fixture(name);
    List<GradientCheck> checks = GradientCheck.all(model, Inspection.of(model));
    assertTrue(checks.size() >= 2);
    for (GradientCheck check : checks) {
      assertTrue(check.passes() && check.error() < 0.01, check.toString());
    }
  }

  /** x [N,4,4,2] through an op between two variables; the mean of all beside it. */
  private SavedModel model(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> op)
      throws IOException {
    Parameters parameters =
        new Parameters(
            List.of(
                new Parameter("before", Shape.of(1, 1, 2, 3)),
                new Parameter("after", Shape.of(1, 1, 3, 2))));
    float[] values = {0.3f, 0.5f, -0.2f, 0.4f, 0.1f, 0.7f, 0.6f, -0.5f, 0.2f, 0.9f, 0.8f, 0.3f};
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Map<String, Operand<TFloat32>> weights =
          builder.variables(WeightArrays.weights(parameters, values));
      Operand<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
      List<Long> one = List.of(1L, 1L, 1L, 1L);
      Operand<TFloat32> h = tf.nn.conv2d(x, weights.get("before"), one, "SAME");
      Operand<TFloat32> y = op.apply(tf.withSubScope("middle"), h);
      Expr out = Expr.of(tf, tf.nn.conv2d(y, weights.get("after"), one, "SAME"));
      builder.signature("run", Map.of("x", x), Map.of("y", out, "mean", Expr.of(tf, x).mean()));
      builder.write(folder);
    }
    return SavedModel.read(folder);
  }

  @Test
  void anOpWithoutAGradientIsNamedWithItsNode() throws IOException {
    SavedModel model = model((tf, h) -> tf.withName("psi").math.digamma(h));
    NetworkReport network = network(model, "run");
    Obstacle psi =
        new Obstacle("Digamma", "middle/psi", "", "TensorFlow's C++ gradients have none for it");
    assertEquals(List.of(psi), network.byInput().get("x").get("y"));
    assertEquals(List.of(), network.byInput().get("x").get("mean"));
    assertEquals(List.of(psi), network.byVariables().get("y"));
    // What stands after the op could be trained, but not all of it.
    String text = new InspectionText(Inspection.of(model), false).lines();
    assertTrue(text.contains("no: y: Digamma at node middle/psi: TensorFlow's C++"), text);
    assertTrue(text.contains("no: mean: the graph at node mean: no path"), text);
  }

  @Test
  void whatIsNotReachedByNumbersIsSaid() throws IOException {
    SavedModel model = model((tf, h) -> tf.stopGradient(h));
    NetworkReport network = network(model, "run");
    assertEquals(1, network.byInput().get("x").get("y").size());
    assertTrue(network.byInput().get("x").get("y").get(0).why().startsWith("no path"));
    assertEquals(List.of(), network.byVariables().get("y"));
    assertEquals(Set.of("before"), network.frozen());
  }

  /** The gradient of an op that nothing else here uses is made wrong, for this JVM. */
  @Test
  void aWrongGradientIsFound() throws IOException {
    TensorFlow.registerCustomGradient(
        "BesselI1e", (tf, op, d) -> List.of(tf.math.mul(grad(d.get(0)), tf.constant(0.4f))));
    SavedModel model = model((tf, h) -> tf.math.besselI1e(h));
    List<GradientCheck> checks = GradientCheck.all(model, Inspection.of(model));
    GradientCheck byX = checks.get(0);
    assertEquals("signature run by x", byX.subject());
    assertFalse(byX.passes(), byX.toString());
    GradientCheck byVariables = checks.get(1);
    assertFalse(byVariables.passes(), byVariables.toString());
    assertEquals(List.of("before"), byVariables.worst());
  }

  @SuppressWarnings("unchecked")
  private static Operand<TFloat32> grad(Operand<?> gradient) {
    return (Operand<TFloat32>) gradient;
  }

  /** Where it stands in a function of the file, the function is named. */
  @Test
  void anOpInAFunctionIsNamedWithItsFunction() throws IOException {
    Path source = fixture("nested").folder();
    copy(source, folder);
    Path file = folder.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    var library = saved.getMetaGraphsBuilder(0).getGraphDefBuilder().getLibraryBuilder();
    for (var function : library.getFunctionBuilderList()) {
      for (var node : function.getNodeDefBuilderList()) {
        if (node.getOp().equals("Tanh")) {
          node.setOp("Digamma");
        }
      }
    }
    Files.write(file, saved.build().toByteArray());
    List<Obstacle> found =
        network(SavedModel.read(folder), "denoise").byInput().get("x").get("denoised");
    assertEquals(1, found.size());
    assertEquals("Digamma", found.get(0).op());
    assertTrue(found.get(0).function().startsWith("__inference_body"), found.toString());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }
}
