package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto.Dim;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

class ClassifierExportTest {
  private static final Shape IMAGE = Shape.of(8, 6, 3);
  private static final int SIZE = 8 * 6 * 3;
  private static final int CLASSES = 4;
  private static final int FEATURES = 5;

  @TempDir Path folder;

  private static Classifier classifier() {
    ClassifierConfig.Builder config = ClassifierConfig.newBuilder().setFeatures(FEATURES);
    config.addLevelBuilder().setChannels(8).setBlocks(1);
    config.addLevelBuilder().setChannels(16).setBlocks(1);
    return Classifier.build(config.build(), IMAGE, CLASSES, 1);
  }

  private Path export(Classifier classifier) throws IOException {
    Path version = folder.resolve("1");
    List<String> names = List.of("a", "b", "c", "d");
    ClassifierExport.write(
        classifier, names, version, f -> Files.writeString(f.resolve("note"), "n"));
    return version;
  }

  private static byte[] images(int count) {
    byte[] bytes = new byte[count * SIZE];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  /** An output of the SavedModel for images. */
  private static float[] run(SavedModelBundle bundle, byte[] images, String output) {
    Shape shape = IMAGE.prepend(images.length / SIZE);
    try (TUint8 tensor = TUint8.tensorOf(shape, DataBuffers.of(images, true, false));
        Result result = bundle.function("features").call(Map.of("images", tensor))) {
      return TensorBundle.floats((TFloat32) result.get(output).orElseThrow());
    }
  }

  @Test
  void theSignatureTakesBytesAndGivesFeaturesAndLogits() throws IOException {
    Path version = export(classifier());
    SignatureDef signature = SavedModel.read(version).signature("features");
    assertEquals(java.util.Set.of("images"), signature.getInputsMap().keySet());
    assertEquals(java.util.Set.of("features", "logits"), signature.getOutputsMap().keySet());
    assertTensor(DataType.DT_UINT8, List.of(-1L, 8L, 6L, 3L), signature.getInputsOrThrow("images"));
    assertTensor(
        DataType.DT_FLOAT, List.of(-1L, (long) FEATURES), signature.getOutputsOrThrow("features"));
    assertTensor(
        DataType.DT_FLOAT, List.of(-1L, (long) CLASSES), signature.getOutputsOrThrow("logits"));
    assertTrue(Files.exists(version.resolve("note")));
    assertEquals("a\nb\nc\nd\n", Files.readString(version.resolve("assets.extra/classes.txt")));
  }

  private static void assertTensor(DataType type, List<Long> shape, TensorInfo found) {
    assertEquals(type, found.getDtype());
    assertEquals(shape, found.getTensorShape().getDimList().stream().map(Dim::getSize).toList());
  }

  @Test
  void theFeaturesOfAnImageDoNotDependOnTheOthers() throws IOException {
    int count = 7;
    byte[] all = images(count);
    try (SavedModelBundle bundle =
        SavedModelBundle.load(export(classifier()).toString(), "serve")) {
      float[] together = run(bundle, all, "features");
      assertEquals(count * FEATURES, together.length);
      for (int i = 0; i < count; i++) {
        byte[] image = Arrays.copyOfRange(all, i * SIZE, (i + 1) * SIZE);
        float[] expected = Arrays.copyOfRange(together, i * FEATURES, (i + 1) * FEATURES);
        assertArrayEquals(expected, run(bundle, image, "features"), 1e-5f);
      }
      assertTrue(Math.abs(together[0] - together[FEATURES]) > 1e-4, "it sees the image");
    }
  }

  @Test
  void aByteIsTheClassifiersValueInDataUnits() throws IOException {
    Classifier classifier = classifier();
    byte[] bytes = images(3);
    float[] x = new float[bytes.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = Byte.toUnsignedInt(bytes[i]) / 127.5f - 1;
    }
    float[] expected;
    try (TestGraph g = new TestGraph()) {
      Expr images = Expr.of(g.tf, g.tf.constant(x)).reshape(3, 8, 6, 3);
      Parameters parameters = classifier.function().parameters();
      float[] numbers = WeightArrays.of(classifier.weights());
      Expr weights = Expr.of(g.tf, WeightArrays.constant(g.tf, parameters, numbers));
      expected = g.value(Classifier.logits(classifier.function(), "net", images, weights));
    }
    try (SavedModelBundle bundle = SavedModelBundle.load(export(classifier).toString(), "serve")) {
      assertArrayEquals(expected, run(bundle, bytes, "logits"), 1e-5f);
    }
  }

  @Test
  void aClassifierThatHasDivergedIsNotExported() {
    Classifier classifier = classifier();
    float[] lost = WeightArrays.of(classifier.weights());
    lost[0] = Float.NaN;
    Path version = folder.resolve("1");
    String message =
        assertThrows(
                InputException.class,
                () ->
                    ClassifierExport.write(
                        classifier.with(
                            WeightArrays.weights(classifier.function().parameters(), lost)),
                        List.of(),
                        version,
                        written -> Accuracy.of(written, new Noise())))
            .getMessage();
    assertTrue(message.contains("NaN: training has diverged"), message);
    assertFalse(Files.exists(version));
  }

  /** As many images as two batches and a rest. */
  private record Noise() implements io.github.fdistill.data.ImageSource {
    @Override
    public long size() {
      return 450;
    }

    @Override
    public int height() {
      return 8;
    }

    @Override
    public int width() {
      return 6;
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int classes() {
      return CLASSES;
    }

    @Override
    public int label(long index) {
      return (int) (index % CLASSES);
    }

    @Override
    public void copy(long index, float[] into, int offset) {
      Random random = new Random(index);
      for (int i = 0; i < SIZE; i++) {
        into[offset + i] = random.nextInt(256) / 127.5f - 1;
      }
    }

    @Override
    public String fingerprint() {
      return "noise";
    }
  }

  @Test
  void theAccuracyIsTheShareOfImagesWhoseLargestLogitIsTheirClass() throws IOException {
    Noise images = new Noise();
    Path version = export(classifier());
    long[] right = new long[CLASSES];
    try (SavedModelBundle bundle = SavedModelBundle.load(version.toString(), "serve")) {
      for (int i = 0; i < images.size(); i++) {
        byte[] bytes = new byte[SIZE];
        float[] values = new float[SIZE];
        images.copy(i, values, 0);
        for (int j = 0; j < SIZE; j++) {
          bytes[j] = (byte) Math.round(values[j] * 127.5f + 127.5f);
        }
        float[] logits = run(bundle, bytes, "logits");
        float largest = Math.max(Math.max(logits[0], logits[1]), Math.max(logits[2], logits[3]));
        right[images.label(i)] += logits[images.label(i)] == largest ? 1 : 0;
      }
    }
    long all = LongStream.of(right).sum();
    assertTrue(0 < all && all < images.size());
    Accuracy accuracy = Accuracy.of(version, images);
    assertEquals(LongStream.of(right).boxed().toList(), accuracy.right());
    assertEquals(all / 450.0, accuracy.share());
  }

  /** A class without images counts for nothing; of many images of one, no more than of few. */
  @Test
  void theMeanOverTheClassesIsHalfWhereOneOfTwoIsNeverKnown() {
    Accuracy accuracy = new Accuracy(List.of(11L, 0L, 0L), List.of(11L, 1L, 0L));
    assertEquals(11 / 12.0, accuracy.share());
    assertEquals(0.5, accuracy.classMean());
  }
}
