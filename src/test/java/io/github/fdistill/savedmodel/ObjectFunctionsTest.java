package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.graph.VariableReads;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TFloat32;

/** Functions of a Python model's objects are called as its signatures are. */
class ObjectFunctionsTest {

  private static SavedModel nested() {
    try {
      return SavedModel.read(Path.of(ObjectFunctionsTest.class.getResource("nested").toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static float[] output(SavedModel model, String signature, String output, String time) {
    return output(model, signature, output, time, Toy.random(3, 128), 0.5, 4);
  }

  private static float[] output(
      SavedModel model, String signature, String output, String time, float[] x, double... noise) {
    NetworkFunction function = model.function(signature);
    try (TestGraph g = new TestGraph()) {
      Expr level = g.constant(noise);
      Map<String, Operand<?>> inputs =
          Map.of(
              "x",
              Expr.of(g.tf, g.tf.constant(x)).reshape(2, 8, 8, 1),
              time,
              time.equals("noise") ? level.perImage() : level,
              "label",
              g.tf.constant(new int[] {3, 1}));
      Operand<TFloat32> vector =
          WeightArrays.constant(
              g.tf, function.parameters(), WeightArrays.of(model.weights(function.parameters())));
      var outputs = function.call(g.tf, "net", inputs, function.parameters().split(g.tf, vector));
      return g.value(outputs.get(output).expect(TFloat32.class));
    }
  }

  /** The signature denoise is the function denoise, in a wrapper. */
  @Test
  void aFunctionIsWhatItsSignatureIs() {
    SavedModel model = nested().withFunction("denoise");
    String added = SavedModel.signatureOf("denoise");
    assertEquals(
        nested().signature("denoise").getInputsMap().keySet(),
        model.signature(added).getInputsMap().keySet());
    float[] expected = output(nested(), "denoise", "denoised", "sigma");
    assertArrayEquals(expected, output(model, added, "denoised", "sigma"));
    String trace = "__inference_denoise_175";
    SavedModel traced = nested().withFunction(trace);
    assertArrayEquals(expected, output(traced, SavedModel.signatureOf(trace), "denoised", "sigma"));
  }

  /** The parts of a tuple all have the name of the argument; TensorFlow's own names differ. */
  @Test
  void partsOfAnArgumentAreInputsOfTheirOwn() {
    SavedModel nested = nested();
    MetaGraphDef.Builder graph = nested.metaGraph().toBuilder();
    for (var function : graph.getGraphDefBuilder().getLibraryBuilder().getFunctionBuilderList()) {
      if (function.getSignature().getName().equals("__inference_denoise_175")) {
        for (int i = 0; i < 2; i++) {
          AttrValue x = AttrValue.newBuilder().setS(ByteString.copyFromUtf8("both")).build();
          function.putArgAttr(
              i,
              function.getArgAttrOrThrow(i).toBuilder().putAttr("_user_specified_name", x).build());
        }
      }
    }
    Map<String, SavedKey> keys = VariableReads.checkpointKeys(nested.flat().graph());
    SignatureDef signature =
        new ObjectFunctions(graph.build(), keys, nested.folder())
            .withSignature("denoise")
            .getSignatureDefOrThrow(SavedModel.signatureOf("denoise"));
    assertEquals(Set.of("x", "sigma", "label"), signature.getInputsMap().keySet());
  }

  @Test
  void oneWithoutASignatureHasItsVariables() {
    SavedModel model = nested().withFunction("body");
    String added = SavedModel.signatureOf("body");
    assertEquals(Set.of("output_0"), model.signature(added).getOutputsMap().keySet());
    assertEquals(4, model.function(added).parameters().list().size());
    // With the noise that denoise gives to its body: denoised = x c + s body(x / r, ln(sigma) / 4).
    float[] x = Toy.random(3, 128);
    double[] sigma = {Math.exp(2), Math.exp(16)};
    float[] scaled = new float[128];
    for (int i = 0; i < 128; i++) {
      scaled[i] = (float) (x[i] * Math.hypot(sigma[i / 64], 0.5));
    }
    float[] body = output(model, added, "output_0", "noise", x, 0.5, 4);
    float[] denoised = output(nested(), "denoise", "denoised", "sigma", scaled, sigma);
    for (int i = 0; i < 128; i++) {
      double s = sigma[i / 64];
      double r = Math.hypot(s, 0.5);
      double expected = scaled[i] * 0.25 / (r * r) + body[i] * s * 0.5 / r;
      assertEquals(expected, denoised[i], 1e-5);
    }
  }

  @Test
  void whatIsNotThereIsRefused() {
    String message =
        assertThrows(InputException.class, () -> nested().withFunction("call")).getMessage();
    assertTrue(message.contains("function 'call': no such function"), message);
    assertTrue(message.contains("[body, convolution, denoise, halves]"), message);
    message =
        assertThrows(InputException.class, () -> nested().withFunction("convolution")).getMessage();
    assertTrue(message.contains("traced 2 times"), message);
    assertTrue(message.contains("__inference_convolution_247"), message);
  }

  private static void refused(
      Consumer<SavedObjectGraph.Builder> change, String function, String why) {
    SavedModel nested = nested();
    MetaGraphDef.Builder graph = nested.metaGraph().toBuilder();
    change.accept(graph.getObjectGraphDefBuilder());
    SavedModel changed = new SavedModel(nested.folder(), graph.build(), nested.flat());
    String message =
        assertThrows(InputException.class, () -> changed.withFunction(function)).getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void whatIsDamagedIsRefused() {
    String trace = "__inference_denoise_175";
    refused(
        objects ->
            objects.putConcreteFunctions(
                trace,
                objects.getConcreteFunctionsOrThrow(trace).toBuilder()
                    .setBoundInputs(0, -1)
                    .build()),
        "denoise",
        "bound to -1, which is no variable");
    refused(objects -> objects.removeConcreteFunctions(trace), "denoise", "trace " + trace + " is");
  }

  /** Paths of all would take the square of that. */
  @Test
  void aLongChainOfObjectsTakesNoMoreThanItself() {
    refused(
        objects -> {
          for (int i = 0; i < 100_000; i++) {
            int last = objects.getNodesCount();
            objects
                .getNodesBuilder(i == 0 ? 0 : last - 1)
                .addChildrenBuilder()
                .setLocalName("a")
                .setNodeId(last);
            objects.addNodesBuilder().getFunctionBuilder().addConcreteFunctions("none");
          }
        },
        "call",
        "no such function");
  }
}
