package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** From real images to a teacher, to a student, to pictures: every step by the command line. */
class FashionMnistRunTest {
  private static final int PIXELS = 28 * 28;
  private static final Shape IMAGE = Shape.of(28, 28, 1);

  @TempDir static Path folder;
  private static Workplace place;
  private static String trained;
  private static SavedModelBundle student;

  @BeforeAll
  static void aTeacherAndItsStudent() throws IOException {
    place = Workplace.create(folder);
    place.write(
        "teacher/network.pbtxt",
        """
        image { height: 28 width: 28 channels: 1 }
        classes: 10
        unet { patch: 2 channels: 8 multiplier: [1] }
        """);
    String images = "dataset.path=" + Path.of("datasets/fashion-mnist").toAbsolutePath();
    place.pretrain(images, "steps=4", "batch_size=8").done();
    trained = place.train(images, "steps=3", "batch_size=8").done();
    assertEquals(trained, place.train(images, "steps=3", "batch_size=8").done(), "exported once");
    student = SavedModelBundle.load(place.path("savedmodels/student/1").toString(), "serve");
  }

  @AfterAll
  static void close() {
    student.close();
  }

  @Test
  void theRunSaysWhereTheStudentIsAndLeavesItsFiles() throws IOException {
    assertTrue(trained.startsWith("Student:  savedmodels/student/1 "), trained);
    assertTrue(trained.contains("Picture:  runs/student/student-and-teacher.png "), trained);
    assertTrue(trained.contains("./fdistill sample savedmodels/student "), trained);
    assertFalse(Files.exists(place.path("savedmodels/student/2")));
    for (String run : new String[] {"teacher", "student"}) {
      for (String file : new String[] {"config.pbtxt", "metrics.jsonl", "record.json"}) {
        assertTrue(Files.size(place.path("runs/" + run + "/" + file)) > 0, file);
      }
      String record = place.read("savedmodels/" + run + "/1/assets.extra/record.json");
      assertFalse(record.contains("\"/"), record);
      assertTrue(record.contains("datasets/fashion-mnist"), record);
    }
    String record = place.read("savedmodels/student/1/assets.extra/record.json");
    assertTrue(
        record.matches("(?s).*\"teacher\": \\{[^}]*\"path\": \"savedmodels/teacher/1\"[^}]*}.*"),
        record);
    assertEquals(3, place.finiteMetrics("student").size());
    var picture = ImageIO.read(place.path("runs/student/student-and-teacher.png").toFile());
    int grid = 10 * (2 * 28 + 2) - 2;
    assertEquals(2 * grid + 16, picture.getWidth());
    assertEquals(grid, picture.getHeight());
  }

  @Test
  void bothCanBeSampled() throws IOException {
    place.run("sample", "savedmodels/teacher", "--steps", "3", "--guidance", "2").done();
    assertEquals(578, ImageIO.read(place.path("samples.png").toFile()).getWidth());
    place.run("sample", "savedmodels/student/1", "--bfloat16", "--out", "s.png").done();
    assertEquals(578, ImageIO.read(place.path("s.png").toFile()).getHeight());
    String flags = "--seeds 1,5-6 --class 9 --out images/nine.npy";
    place.run(("sample savedmodels/student " + flags).split(" ")).done();
    String header =
        new String(
            Files.readAllBytes(place.path("images/nine.npy")),
            0,
            128,
            java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(header.contains("(3, 28, 28, 1)") && header.contains("<f4"), header);
    String none = "--class 2,none --out each/";
    place
        .run(("sample savedmodels/student " + none).split(" "))
        .failed("has not learnt \"no class\"");
    place.run(("sample savedmodels/teacher --steps 3 " + none).split(" ")).done();
    try (var files = Files.list(place.path("each"))) {
      assertEquals(20, files.count());
    }
    assertEquals(28, ImageIO.read(place.path("each/class-none-seed-9.png").toFile()).getWidth());
  }

  @Test
  void anImageDependsOnItsSeedAndLabelAlone() {
    long[] seeds = LongStream.range(-32, 32).map(i -> i * 7_000_000_011L).toArray();
    int[] labels = IntStream.range(0, 64).map(i -> i % 10).toArray();
    byte[] together = images(seeds, labels);
    for (int size : new int[] {1, 7}) {
      for (int from = 0; from + size <= 14; from += size) {
        byte[] part =
            images(
                Arrays.copyOfRange(seeds, from, from + size),
                Arrays.copyOfRange(labels, from, from + size));
        assertArrayEquals(
            Arrays.copyOfRange(together, from * PIXELS, (from + size) * PIXELS), part);
      }
    }
    byte[] backwards =
        images(
            IntStream.range(0, 64).mapToLong(i -> seeds[63 - i]).toArray(),
            IntStream.range(0, 64).map(i -> labels[63 - i]).toArray());
    for (int i = 0; i < 64; i++) {
      assertArrayEquals(image(together, i), image(backwards, 63 - i));
    }
    assertFalse(Arrays.equals(image(together, 0), image(together, 10)), "another seed");
  }

  @Test
  void pngAndGenerateGiveTheSameImage() throws IOException {
    long[] seeds = {3, -1, Long.MAX_VALUE};
    int[] labels = {0, 5, 9};
    byte[] images = images(seeds, labels);
    float[] generated = generate(noise(seeds), labels);
    for (int i = 0; i < images.length; i++) {
      double exact = Math.max(0, Math.min(255, generated[i] * 127.5 + 127.5));
      assertEquals(exact, Byte.toUnsignedInt(images[i]), 0.501, "value " + i);
    }
    try (TInt64 seed = TInt64.tensorOf(Shape.of(3), DataBuffers.of(seeds, true, false));
        TInt32 label = label(labels);
        Result result = student.function("png").call(Map.of("seed", seed, "label", label))) {
      TString files = (TString) result.get("image_bytes").orElseThrow();
      for (int i = 0; i < 3; i++) {
        byte[] png = files.asBytes().getObject(i);
        var picture = ImageIO.read(new ByteArrayInputStream(png));
        int[] levels = picture.getRaster().getPixels(0, 0, 28, 28, (int[]) null);
        byte[] expected = image(images, i);
        for (int p = 0; p < PIXELS; p++) {
          assertEquals(Byte.toUnsignedInt(expected[p]), levels[p]);
        }
      }
    }
  }

  private static byte[] image(byte[] images, int i) {
    return Arrays.copyOfRange(images, i * PIXELS, (i + 1) * PIXELS);
  }

  private static byte[] images(long[] seeds, int[] labels) {
    try (TInt64 seed = TInt64.tensorOf(Shape.of(seeds.length), DataBuffers.of(seeds, true, false));
        TInt32 label = label(labels);
        Result result =
            student.function("serving_default").call(Map.of("seed", seed, "label", label))) {
      TUint8 images = (TUint8) result.get("image").orElseThrow();
      assertEquals(IMAGE.prepend(seeds.length), images.shape());
      byte[] bytes = new byte[seeds.length * PIXELS];
      images.asRawTensor().data().read(bytes);
      return bytes;
    }
  }

  private static float[] generate(float[] noise, int[] labels) {
    try (TFloat32 z = TensorBundle.tensor(IMAGE.prepend(labels.length), noise);
        TInt32 label = label(labels);
        Result result =
            student.function("generate").call(Map.of("noise", (Tensor) z, "label", label))) {
      return TensorBundle.floats((TFloat32) result.get("sample").orElseThrow());
    }
  }

  private static float[] noise(long[] seeds) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = NodeNames.ops(graph);
      var z = SeededNoise.normal(tf, tf.constant(seeds), 28, 28, 1);
      try (Result result = session.runner().fetch(z).run()) {
        return TensorBundle.floats((TFloat32) result.get(0));
      }
    }
  }

  private static TInt32 label(int[] labels) {
    return TInt32.tensorOf(Shape.of(labels.length), DataBuffers.of(labels, true, false));
  }
}
