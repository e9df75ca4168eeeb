package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** SavedModels that Python made compute what Python says, and have the gradients that it says. */
class PythonModelsTest {

  private static Path resource(String name) {
    try {
      return Path.of(PythonModelsTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What Python recorded. */
  private record Recorded(Properties properties) {
    static Recorded of(String model) {
      Properties properties = new Properties();
      try (var in = Files.newInputStream(resource(model + ".properties"))) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Recorded(properties);
    }

    float[] numbers(String name) {
      String[] words = properties.getProperty(name).split(" ");
      float[] numbers = new float[words.length];
      for (int i = 0; i < words.length; i++) {
        numbers[i] = Float.parseFloat(words[i]);
      }
      return numbers;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested"})
  void outputsAndGradientsAreThoseOfPython(String name) {
    SavedModel model = SavedModel.read(resource(name));
    NetworkFunction function = model.function("denoise");
    Parameters parameters = function.parameters();
    float[] values = model.values(parameters);
    Recorded recorded = Recorded.of(name);
    float[] sigma = recorded.numbers("sigma");
    int n = sigma.length;
    float[] label = recorded.numbers("label");
    int[] labels = new int[n];
    Arrays.setAll(labels, i -> (int) label[i]);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      float[] images = recorded.numbers("x");
      int side = (int) Math.round(Math.sqrt(images.length / n));
      Operand<TFloat32> x =
          tf.constant(Shape.of(n, side, side, 1), DataBuffers.of(images, true, false));
      Operand<TFloat32> vector = tf.constant(values);
      Map<String, Operand<?>> arguments = new LinkedHashMap<>();
      arguments.put("x", x);
      arguments.put("sigma", tf.constant(sigma));
      arguments.put("label", tf.constant(labels));
      Output<?> denoised =
          function.call(tf, "model", arguments, parameters.split(tf, vector)).get("denoised");
      Expr out = Expr.of(tf, denoised.expect(TFloat32.class));
      float[] weight = new float[images.length];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = (float) Math.cos(i);
      }
      Expr loss = out.times(tf.reshape(tf.constant(weight), tf.shape(x))).sum();
      Output<?>[] gradients =
          graph.addGradients(loss.asOutput(), new Output<?>[] {x.asOutput(), vector.asOutput()});
      try (Session session = new Session(graph);
          Result result =
              session.runner().fetch(out).fetch(gradients[0]).fetch(gradients[1]).run()) {
        assertClose(recorded.numbers("denoised"), floats(result, 0), 1e-5);
        assertClose(recorded.numbers("x_gradient"), floats(result, 1), 1e-4);
        assertClose(
            recorded.numbers("variables"),
            ofVariables(parameters, values, floats(result, 2)),
            1e-4);
      }
    }
  }

  private static float[] floats(Result result, int i) {
    return TensorBundle.floats((TFloat32) result.get(i));
  }

  /** Of each variable, as Python lists them: its size, sum of gradient * value, of gradient^2. */
  private static float[] ofVariables(Parameters parameters, float[] values, float[] gradient) {
    Map<String, float[]> value = parameters.split(values);
    Map<String, float[]> slope = parameters.split(gradient);
    List<double[]> rows = new ArrayList<>();
    for (String name : parameters.names()) {
      double product = 0;
      double squares = 0;
      for (int i = 0; i < value.get(name).length; i++) {
        product += (double) value.get(name)[i] * slope.get(name)[i];
        squares += Math.pow(slope.get(name)[i], 2);
      }
      rows.add(new double[] {value.get(name).length, product, squares});
    }
    rows.sort((a, b) -> a[0] != b[0] ? Double.compare(a[0], b[0]) : Double.compare(a[1], b[1]));
    float[] flat = new float[3 * rows.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) rows.get(i / 3)[i % 3];
    }
    return flat;
  }

  /** Within a share of the largest number. */
  private static void assertClose(float[] expected, float[] found, double share) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertEquals(expected.length, found.length);
    assertTrue(largest > 0.01);
    assertArrayEquals(expected, found, (float) (share * largest));
  }
}
