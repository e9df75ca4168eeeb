package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Teachers that Python's TensorFlow and Keras exported distil, and their students are exported. */
class PythonTeachersTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void images() throws IOException {
    place = Workplace.create(folder);
  }

  private static String model(String name) {
    try {
      return Path.of(SavedModel.class.getResource(name).toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** It was trained, is a model like every other, and draws. */
  private void assertDistilled(float[] teacher) throws IOException {
    assertEquals(2, place.finiteMetrics("student").size());
    float[] student =
        WeightArrays.of(DenoiserModel.read(place.path("savedmodels/student")).weights());
    assertEquals(teacher.length, student.length);
    assertTrue(!Arrays.equals(teacher, student));
    String drawn = place.run("sample", "savedmodels/student", "--out", "a.png").done();
    assertTrue(drawn.contains("Wrote 30 images"), drawn);
    place.run("inspect", "savedmodels/student", "--check-gradients").done();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested", "tensorflow1"})
  void oneThatFollowsTheContract(String name) throws IOException {
    place.train("teacher=" + model(name)).done();
    assertDistilled(WeightArrays.of(DenoiserModel.read(Path.of(model(name))).weights()));
  }

  @Test
  void whatItDoesNotTrainStaysAsItIs() throws IOException {
    place.train("teacher=" + model("tensorflow1"), "optimiser.weight_decay=0.5").done();
    DenoiserModel teacher = DenoiserModel.read(Path.of(model("tensorflow1")));
    DenoiserModel student = DenoiserModel.read(place.path("savedmodels/student"));
    Set<String> moments = teacher.function().untrained();
    assertEquals(Set.of("norm/moving_mean"), moments);
    Map<String, float[]> before =
        WeightArrays.split(teacher.function().parameters(), WeightArrays.of(teacher.weights()));
    Map<String, float[]> after =
        WeightArrays.split(student.function().parameters(), WeightArrays.of(student.weights()));
    before.forEach(
        (key, values) ->
            assertEquals(moments.contains(key), Arrays.equals(values, after.get(key)), key));
    assertEquals(moments, student.function().untrained());
  }

  @Test
  void aKerasUnetThatPredictsTheNoise() throws IOException {
    place.write(
        "keras.pbtxt",
        place.read("distill.pbtxt").replace("savedmodels/teacher", model("keras_unet"))
            + """
            teacher_info {
              classes: 3
              mapping {
                predicts: EPSILON output: "eps" label: "label"
                ddpm { steps: 1000 }
                feature { height: 4 }
              }
            }
            """);
    place.run("train", "--config", "keras.pbtxt", "--quiet").done();
    String name = model("keras_unet");
    SavedModel teacher = SavedModel.read(Path.of(name));
    assertDistilled(
        WeightArrays.of(teacher.weights(teacher.function("serving_default").parameters())));
  }
}
