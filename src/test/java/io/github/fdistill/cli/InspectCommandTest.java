package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** {@code ./fdistill inspect}, and what train says of a model that it says cannot be trained. */
class InspectCommandTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void workplace() throws IOException {
    place = Workplace.create(folder);
  }

  /** A denoiser through an op that has no gradient: denoised = digamma(w x). */
  private void withoutGradient() throws IOException {
    Path version = Files.createDirectories(place.path("savedmodels/stuck/1"));
    Parameters one = new Parameters(List.of(new Parameters.Parameter("w", Shape.of(1))));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Operand<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 1)));
      inputs.put("x", x);
      inputs.put("sigma", tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1))));
      Operand<TFloat32> w = builder.variables(WeightArrays.weights(one, 2)).get("w");
      Operand<TFloat32> denoised = tf.withName("psi").math.digamma(Expr.of(tf, x).times(w));
      builder.signature("denoise", inputs, Map.of("denoised", denoised));
      builder.write(version);
    }
  }

  @Test
  void aModelOfOurs() throws IOException {
    place.pretrain().done();
    String text = place.run("inspect", "savedmodels/teacher", "--check-gradients").done();
    for (String part :
        new String[] {
          "yes: 3 classes, sigma_data 0.5",
          "signature denoise",
          "yes: differentiable in sigma, x",
          "yes: denoised is differentiable",
          "pass  signature denoise by the variables"
        }) {
      assertTrue(text.contains(part), part + " in:\n" + text);
    }
    JsonObject json =
        JsonParser.parseString(place.run("inspect", "savedmodels/teacher", "--json").done())
            .getAsJsonObject();
    assertTrue(json.getAsJsonObject("denoiser").get("fits").getAsBoolean());
    JsonObject denoise = json.getAsJsonArray("signatures").get(0).getAsJsonObject();
    assertEquals("denoise", denoise.get("name").getAsString());
    // 64 pixels, 16 waves of the noise level and 3 classes and none, to 8, to 64.
    int products = 84 * 8 + 8 * 64;
    assertEquals(products + 8 + 64, denoise.get("parameters").getAsLong());
    assertEquals(2 * products, denoise.getAsJsonObject("flops_per_image").get("total").getAsLong());
    assertEquals(
        0, denoise.getAsJsonObject("gradients_by_variables").getAsJsonArray("denoised").size());
  }

  @Test
  void aModelThatCannotBeTrained() throws IOException {
    withoutGradient();
    String text = place.run("inspect", "savedmodels/stuck").done();
    assertTrue(text.contains("no: Digamma at node psi: TensorFlow's C++ gradients"), text);
    place
        .train("teacher=savedmodels/stuck")
        .failed("no gradient is defined for the op Digamma: node", "psi", "fdistill inspect");

    // A student of its own needs the teacher's gradient for the GAN loss alone.
    place.write("other.pbtxt", place.read("teacher/network.pbtxt").replace("classes: 3", ""));
    place.write(
        "distill.pbtxt",
        place.read("distill.pbtxt")
            + "student: 'other.pbtxt' fake_score { start: 'other.pbtxt' }"
            + " stage { steps: 1 set: 'discriminator.gan_weight=0' } stage { steps: 1 }");
    place.train("teacher=savedmodels/stuck").failed("no gradient is defined for the op Digamma");
    assertFalse(Files.exists(place.path("runs/student/metrics.jsonl")), "before the first step");
  }

  @Test
  void wrongInput() throws IOException {
    place.run("inspect").misused("one MODEL is needed");
    place.run("inspect", "savedmodels/none").failed("savedmodels/none", "no such folder");
    Files.createDirectories(place.path("savedmodels/damaged"));
    place.write("savedmodels/damaged/saved_model.pb", "not a model");
    place.run("inspect", "savedmodels/damaged").failed("saved_model.pb", "cannot be read");
  }
}
