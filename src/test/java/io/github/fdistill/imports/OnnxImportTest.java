package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.inspect.GradientCheck;
import io.github.fdistill.inspect.Inspection;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.onnx.OnnxNetwork;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Networks that torch exported give what ONNX Runtime gave (make.py, beside them). */
class OnnxImportTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/github/fdistill/onnx");

  @TempDir Path scratch;

  private Path unpacked(String name) throws IOException {
    Path file = scratch.resolve(name + ".onnx");
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(FOLDER.resolve(name + ".onnx.gz")))) {
      Files.copy(in, file);
    }
    return file;
  }

  /** What was exported for one image is taken for any number of them. */
  private static Map<String, long[]> freed(String name) {
    long n = OnnxNetwork.FREE;
    return name.endsWith("-one")
        ? Map.of(
            "hidden_states",
            new long[] {n, 4, 8, 8},
            "timestep",
            new long[] {n},
            "class_labels",
            new long[] {n})
        : Map.of();
  }

  private SavedModel written(String name) throws IOException {
    OnnxModel model = OnnxModel.read(unpacked(name), freed(name), Optional.empty());
    Path written = Files.createDirectory(scratch.resolve("1"));
    model.write(written);
    return SavedModel.read(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet-ts",
        "unet-dy",
        "textunet-ts",
        "textunet-dy",
        "dit-ts",
        "dit-dy",
        "vae-ts",
        "vae-dy",
        "clip-ts",
        "clip-dy",
        "classifier-ts",
        "classifier-dy",
        "textunet-dy18",
        "dit-ts17",
        "dit-ts-one",
        "classifier-ts13"
      })
  void isWhatOnnxRuntimeGave(String name) throws IOException {
    SavedModel saved = written(name);
    NetworkFunction function = saved.function(OnnxModel.SIGNATURE);
    Npz arrays = new Npz(FOLDER.resolve(name + ".npz"));
    try (LoadedNetwork loaded = new LoadedNetwork()) {
      Ops tf = loaded.tf();
      Expr weights = loaded.vector(saved.weights(function.parameters()));
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach((input, of) -> inputs.put(input, constant(tf, arrays, input, of)));
      Map<String, Output<?>> outputs =
          function.call(tf, "network", inputs, function.parameters().split(tf, weights));
      Output<?> gradient = gradient(loaded, inputs, outputs, arrays);
      Map<String, Output<?>> fetched = new LinkedHashMap<>();
      outputs.forEach((output, tensor) -> fetched.put("out." + output, tensor));
      if (gradient != null) {
        fetched.put("gradient", gradient);
      }
      // At once: TensorFlow prepares the graph for each other set of tensors.
      try (Session session = loaded.open();
          Result result = fetch(session.runner(), fetched.values()).run()) {
        int index = 0;
        for (String tensor : fetched.keySet()) {
          float[] found = TensorBundle.floats((TFloat32) result.get(index++));
          assertClose(name + " " + tensor, arrays.floats(tensor), found, 1e-4);
        }
      }
    }
  }

  private static Session.Runner fetch(Session.Runner runner, Collection<Output<?>> tensors) {
    tensors.forEach(runner::fetch);
    return runner;
  }

  /** Of the sum of the squares of the first output, by the first input. */
  private static Output<?> gradient(
      LoadedNetwork loaded,
      Map<String, Operand<?>> inputs,
      Map<String, Output<?>> outputs,
      Npz arrays) {
    if (!arrays.has("gradient")) {
      return null;
    }
    Output<?> first = outputs.values().iterator().next();
    Expr squares = Expr.of(loaded.tf(), first.expect(TFloat32.class)).square().sum();
    Output<?> input = inputs.values().iterator().next().asOutput();
    return loaded.graph().addGradients(squares.asOutput(), new Output<?>[] {input})[0];
  }

  /** As a teacher and as a student: by its inputs, and by its initializers. */
  @ParameterizedTest
  @ValueSource(strings = {"unet-ts", "dit-dy"})
  void gradientsAreThoseOfDifferences(String name) throws IOException {
    SavedModel saved = written(name);
    List<GradientCheck> checks = GradientCheck.all(saved, Inspection.of(saved));
    assertEquals(2, checks.size());
    checks.forEach(check -> assertTrue(check.passes(), check.toString()));
  }

  private static Operand<?> constant(Ops tf, Npz arrays, String name, NetworkFunction.Input input) {
    float[] numbers = arrays.floats("in." + name);
    int[] shape = arrays.shape("in." + name);
    Operand<TFloat32> tensor = tf.reshape(tf.constant(numbers), tf.constant(shape));
    return input.type() == TInt64.class ? tf.dtypes.cast(tensor, TInt64.class) : tensor;
  }
}
