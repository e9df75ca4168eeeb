package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
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
import org.tensorflow.types.TInt32;

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

    String text(String name) {
      return properties.getProperty(name);
    }

    /** Numbers of x are float32, those of other inputs int32, but for a noise level. */
    Map<String, Operand<?>> inputs(Ops tf) {
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      for (String name : text("takes").split(" ")) {
        float[] values = numbers(name);
        float[] dims = numbers(name + "_shape");
        long[] shape = new long[dims.length];
        Arrays.setAll(shape, i -> (long) dims[i]);
        Operand<TFloat32> tensor =
            tf.constant(Shape.of(shape), DataBuffers.of(values, true, false));
        boolean whole = name.equals("label") || name.equals("time");
        inputs.put(name, whole ? tf.dtypes.cast(tensor, TInt32.class) : tensor);
      }
      return inputs;
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
  @ValueSource(
      strings = {
        "nested",
        "keras_unet",
        "tensorflow1",
        "producers/asserted",
        "producers/asserted_one",
        "producers/jax",
        "producers/keras_cv",
        "producers/keras_saved",
        "producers/partitioned",
        "producers/stored_half",
        "producers/stored_bfloat16",
        "producers/stored_double"
      })
  void outputsAndGradientsAreThoseOfPython(String name) {
    Recorded recorded = Recorded.of(name);
    SavedModel model = SavedModel.read(resource(name));
    NetworkFunction function = model.function(recorded.text("signature"));
    Parameters parameters = function.parameters();
    float[] values = WeightArrays.of(model.weights(parameters));
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> vector = WeightArrays.constant(tf, parameters, values);
      Map<String, Operand<?>> arguments = recorded.inputs(tf);
      Operand<?> x = arguments.get(recorded.text("image"));
      Output<?> output =
          function
              .call(tf, "model", arguments, parameters.split(tf, vector))
              .get(recorded.text("output_name"));
      Expr out = Expr.of(tf, output.expect(TFloat32.class));
      float[] weight = new float[recorded.numbers("output").length];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = (float) Math.cos(i);
      }
      Expr loss = out.times(tf.reshape(tf.constant(weight), tf.shape(out))).sum();
      Output<?>[] gradients =
          graph.addGradients(loss.asOutput(), new Output<?>[] {x.asOutput(), vector.asOutput()});
      try (Session session = Sessions.open(graph);
          Result result =
              session.runner().fetch(out).fetch(gradients[0]).fetch(gradients[1]).run()) {
        assertClose(recorded.numbers("output"), floats(result, 0), 1e-5);
        assertClose(recorded.numbers("x_gradient"), floats(result, 1), 1e-4);
        assertClose(
            sorted(recorded.numbers("variables")),
            sorted(ofVariables(parameters, values, floats(result, 2))),
            ofVariables(name));
      }
    }
  }

  /** Python's gradients of variables are as coarse as the variables. */
  private static double ofVariables(String model) {
    return model.endsWith("bfloat16") ? 1e-2 : model.endsWith("half") ? 1e-3 : 1e-4;
  }

  private static float[] floats(Result result, int i) {
    return TensorBundle.floats((TFloat32) result.get(i));
  }

  /** Of each trained variable its size, the sum of gradient * value, and that of gradient^2. */
  private static float[] ofVariables(Parameters parameters, float[] values, float[] gradient) {
    Map<String, float[]> value = WeightArrays.split(parameters, values);
    Map<String, float[]> slope =
        WeightArrays.split(parameters, WeightArrays.withoutZeros(parameters, gradient));
    List<float[]> rows = new ArrayList<>();
    for (String name : parameters.names()) {
      double product = 0;
      double squares = 0;
      for (int i = 0; i < value.get(name).length; i++) {
        product += (double) value.get(name)[i] * slope.get(name)[i];
        squares += Math.pow(slope.get(name)[i], 2);
      }
      if (!name.contains("moving")) { // Python does not train the moments of a normalisation.
        rows.add(new float[] {value.get(name).length, (float) product, (float) squares});
      } else {
        assertEquals(0, squares, name);
      }
    }
    float[] flat = new float[3 * rows.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = rows.get(i / 3)[i % 3];
    }
    return flat;
  }

  /** By size and squares: the names of variables are not those of Python. */
  private static float[] sorted(float[] triples) {
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < triples.length; i += 3) {
      rows.add(Arrays.copyOfRange(triples, i, i + 3));
    }
    rows.sort((a, b) -> a[0] != b[0] ? Float.compare(a[0], b[0]) : Float.compare(a[2], b[2]));
    float[] flat = new float[triples.length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = rows.get(i / 3)[i % 3];
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
