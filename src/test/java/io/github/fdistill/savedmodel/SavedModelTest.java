package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

class SavedModelTest {
  @TempDir static Path folder;
  private static Path written;

  @BeforeAll
  static void write() throws IOException {
    written = folder.resolve("written");
    Toy.write(written);
  }

  /** y and map of the function in a fresh graph, its weights fed. */
  private static List<float[]> call(NetworkFunction function, float[] weights, int rows) {
    try (TestGraph g = new TestGraph()) {
      var vector = g.vector();
      Map<String, Output<?>> outputs =
          function.call(
              g.tf, "f", Toy.inputs(g.tf, rows), function.parameters().split(g.tf, vector));
      return g.run(
          Map.of(vector, WeightArrays.withZeros(function.parameters(), weights)),
          List.of(),
          List.of(
              Expr.of(g.tf, outputs.get("y").expect(TFloat32.class)),
              Expr.of(g.tf, outputs.get("map").expect(TFloat32.class))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void whatIsWrittenReadsBackBitForBit(int rows) {
    SavedModel model = SavedModel.read(written);
    NetworkFunction function = model.function("run");
    List<float[]> expected = call(Toy.function(), Toy.weights(1), rows);
    List<float[]> found =
        call(function, WeightArrays.of(model.weights(function.parameters())), rows);
    assertArrayEquals(expected.get(0), found.get(0));
    assertArrayEquals(expected.get(1), found.get(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void tensorFlowsOwnLoaderGivesTheSameNumbers(int rows) {
    List<float[]> expected = call(Toy.function(), Toy.weights(1), rows);
    try (SavedModelBundle bundle = SavedModelBundle.load(written.toString(), "serve");
        Tensor x = TensorBundle.tensor(Shape.of(rows, 4, 4, 2), Toy.random(rows, rows * 32));
        Tensor gain = TensorBundle.tensor(Shape.of(rows), Toy.random(-rows, rows));
        Result result = bundle.function("run").call(Map.of("x", x, "gain", gain))) {
      assertArrayEquals(expected.get(0), floats(result, "y"), 1e-5f);
      assertArrayEquals(expected.get(1), floats(result, "map"), 1e-5f);
    }
  }

  private static float[] floats(Result result, String name) {
    return TensorBundle.floats((TFloat32) result.get(name).orElseThrow());
  }

  @Test
  void parametersKeepNamesShapesAndValuesFromExportToExport() throws IOException {
    SavedModel model = SavedModel.read(written);
    NetworkFunction function = model.function("run");
    assertEquals(Toy.PARAMETERS, function.parameters());
    assertArrayEquals(Toy.weights(1), WeightArrays.of(model.weights(function.parameters())));

    Path second = folder.resolve("second");
    Toy.write(second, function, WeightArrays.of(model.weights(function.parameters())));
    SavedModel again = SavedModel.read(second);
    assertEquals(Toy.PARAMETERS, again.function("run").parameters());
    assertArrayEquals(
        Toy.weights(1), WeightArrays.of(again.weights(again.function("run").parameters())));
  }

  @Test
  void theNewestVersionIsTheOneOfTheHighestNumber() throws IOException {
    Path model = folder.resolve("versions");
    for (String version : List.of("1", "2", "10", "best")) {
      Toy.write(model.resolve(version));
    }
    Files.writeString(model.resolve("11"), "a file is no version");
    Files.createSymbolicLink(model.resolve("14"), Path.of("11"));
    assertEquals(model.resolve("10"), SavedModel.read(model).folder());
    assertEquals(model.resolve("2"), SavedModel.read(model.resolve("2")).folder());
    Files.createSymbolicLink(model.resolve("12"), Path.of("10"));
    assertEquals(model.resolve("12"), SavedModel.read(model).folder());
    Files.createSymbolicLink(model.resolve("13"), Path.of("/nope/13"));
    String told = assertThrows(InputException.class, () -> SavedModel.read(model)).getMessage();
    assertTrue(told.contains("13: the newest version, and a link to nothing"), told);
  }
}
