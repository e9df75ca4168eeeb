package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
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
        "classifier-ts13"
      })
  void isWhatOnnxRuntimeGave(String name) throws IOException {
    OnnxModel model = OnnxModel.read(unpacked(name), Map.of(), Optional.empty());
    Path written = Files.createDirectory(scratch.resolve("1"));
    model.write(written);
    SavedModel saved = SavedModel.read(written);
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
      try (var session = loaded.open()) {
        for (Map.Entry<String, Output<?>> output : outputs.entrySet()) {
          try (Result result = session.runner().fetch(output.getValue()).run()) {
            float[] expected = arrays.floats("out." + output.getKey());
            float[] found = TensorBundle.floats((TFloat32) result.get(0));
            assertClose(name + " " + output.getKey(), expected, found, 1e-4);
          }
        }
      }
    }
  }

  private static Operand<?> constant(Ops tf, Npz arrays, String name, NetworkFunction.Input input) {
    float[] numbers = arrays.floats("in." + name);
    int[] shape = arrays.shape("in." + name);
    Operand<TFloat32> tensor = tf.reshape(tf.constant(numbers), tf.constant(shape));
    return input.type() == TInt64.class ? tf.dtypes.cast(tensor, TInt64.class) : tensor;
  }
}
