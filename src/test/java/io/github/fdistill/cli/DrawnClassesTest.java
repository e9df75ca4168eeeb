package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A model that draws what its reference has is as good as can be where it is asked for the same.
 */
class DrawnClassesTest {
  @TempDir Path folder;

  /** Pictures, eighteen of class 0, six of class 1, none of class 2. */
  static void uneven(Workplace place, String folder) {
    for (int i = 0; i < 24; i++) {
      int label = i % 4 == 0 ? 1 : 0;
      String name = "class-" + label + "-seed-" + i + ".png";
      Images one = new Images(ofClass(label), Workplace.SIDE, Workplace.SIDE, 1);
      PngFile.write(place.path(folder).resolve(name), one, 0);
    }
  }

  /** What every picture of a class shows. */
  private static float[] ofClass(int label) {
    float[] values = new float[Workplace.SIDE * Workplace.SIDE];
    for (int p = 0; p < values.length; p++) {
      values[p] = (float) Math.sin(2 * label + p);
    }
    return values;
  }

  /** A model that draws just that. */
  static void writePerfect(Workplace place, String name) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Shape images = Shape.of(-1, Workplace.SIDE, Workplace.SIDE, 1);
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(images));
      Operand<TFloat32> sigma = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      Operand<TInt32> label = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      float[][] known = {ofClass(0), ofClass(1), ofClass(2)};
      Operand<TFloat32> rows = tf.gather(tf.constant(known), label, tf.constant(0));
      builder.signature(
          "denoise",
          Map.of("x", x, "sigma", sigma, "label", label),
          Map.of("denoised", Expr.of(tf, rows).reshape(-1, Workplace.SIDE, Workplace.SIDE, 1)));
      builder.write(Files.createDirectories(place.path(name + "/1")));
    }
    place.write(name + "/1/assets.extra/denoiser.pbtxt", "classes: 3");
  }

  @Test
  void classesAreDrawnAsOftenAsTheReferenceHasThem() throws IOException {
    Workplace place = Workplace.create(folder);
    place.columnFeatures("features", Workplace.SIDE, "features");
    uneven(place, "uneven");
    writePerfect(place, "perfect");
    String[] words = {"evaluate", "--quiet", "perfect", "--features", "features"};
    String[] more = {"--steps", "2", "--samples", "20", "--against"};
    List<String> line = new ArrayList<>(List.of(words));
    line.addAll(List.of(more));
    line.add("data");
    String said = place.run(line.toArray(String[]::new)).done();
    assertTrue(said.contains("Classes drawn: 3 classes, all alike, as in the reference\n"), said);
    line.set(line.size() - 1, "uneven");
    line.addAll(List.of("--json", "mixed.json"));
    said = place.run(line.toArray(String[]::new)).done();
    String mix = "Classes drawn: 2 classes, as often as in the reference, 25 to 75 %;";
    assertTrue(said.contains(mix + " 1 without images there is not drawn\n"), said);
    List<String> part = new ArrayList<>(line);
    part.set(part.size() - 1, "part.json");
    part.addAll(List.of("--references", "12"));
    String drawn = place.run(part.toArray(String[]::new)).done();
    assertTrue(drawn.contains("2 classes"), "of files sorted by class not the first: " + drawn);
    line.set(line.size() - 1, "uniform.json");
    line.add("--uniform-classes");
    String uniform = place.run(line.toArray(String[]::new)).done();
    assertTrue(uniform.contains("2 classes, all alike (--uniform-classes)"), uniform);
    assertTrue(place.read("uniform.json").contains("all alike (--uniform-classes)"));
    double mixed = fid(place, "mixed.json");
    double alike = fid(place, "uniform.json");
    assertEquals(0, mixed, 1e-6, "a model that draws what it is asked for is as the reference");
    assertTrue(alike > 1e-4, mixed + ", " + alike);
  }

  private static double fid(Workplace place, String json) throws IOException {
    JsonObject all = JsonParser.parseString(place.read(json)).getAsJsonObject();
    return all.getAsJsonObject("fid").get("mean").getAsDouble();
  }
}
