package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

class FeatureContractTest {
  @TempDir Path folder;

  /** A signature, built with TensorFlow. */
  private interface Network {
    void sign(SavedModelBuilder builder, Ops tf);
  }

  private Path write(Network network) throws IOException {
    Path model = Files.createTempDirectory(folder, "model");
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      // The builder writes no model without a variable.
      builder.variables(
          WeightArrays.weights(
              new Parameters(List.of(new Parameters.Parameter("unused", Shape.of(1)))), 0));
      network.sign(builder, builder.tf());
      builder.write(model);
    }
    return model;
  }

  private static Operand<TUint8> images(Ops tf, long... shape) {
    return tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(shape)));
  }

  /** The pixels of images of 2x2x1 as features, over a number. */
  private static Operand<TFloat32> features(Ops tf, Operand<TUint8> images, float over) {
    Operand<TFloat32> flat =
        tf.reshape(tf.dtypes.cast(images, TFloat32.class), tf.constant(new int[] {-1, 4}));
    return tf.math.div(flat, tf.constant(over));
  }

  private void assertRefused(String found, Network network) throws IOException {
    Path model = write(network);
    InputException refused = assertThrows(InputException.class, () -> FeatureNetwork.load(model));
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
    assertTrue(refused.getMessage().contains(FeatureContract.TEXT), refused.getMessage());
    assertTrue(refused.getMessage().startsWith(model.toString()), refused.getMessage());
  }

  private static void sign(
      SavedModelBuilder builder, Operand<?> images, Map<String, Operand<?>> outputs) {
    builder.signature("features", Map.of("images", images), outputs);
  }

  @Test
  void aNetworkWithoutLogitsKeepsTheContract() throws IOException {
    Path model =
        write(
            (builder, tf) -> {
              Operand<TUint8> images = images(tf, -1, 2, 2, 1);
              sign(builder, images, Map.of("features", features(tf, images, 2)));
            });
    try (FeatureNetwork network = FeatureNetwork.load(model)) {
      assertEquals(OptionalInt.empty(), network.classes());
      Seen seen = network.see("one", new byte[] {2, 4, 6, (byte) 200});
      assertEquals(100, seen.features().values()[3]);
      assertTrue(seen.logits().isEmpty());
    }
  }

  @Test
  void anotherSignatureIsRefused() throws IOException {
    assertRefused(
        "no signature 'features'; it has [serving_default]",
        (builder, tf) -> {
          Operand<TUint8> images = images(tf, -1, 2, 2, 1);
          builder.signature(
              "serving_default",
              Map.of("images", images),
              Map.of("features", features(tf, images, 1)));
        });
  }

  @Test
  void otherInputsAndOutputsAreRefused() throws IOException {
    assertRefused(
        "its inputs are [x]",
        (builder, tf) -> {
          Operand<TUint8> images = images(tf, -1, 2, 2, 1);
          builder.signature(
              "features", Map.of("x", images), Map.of("features", features(tf, images, 1)));
        });
    assertRefused(
        "its outputs are [pool_3]",
        (builder, tf) -> {
          Operand<TUint8> images = images(tf, -1, 2, 2, 1);
          sign(builder, images, Map.of("pool_3", features(tf, images, 1)));
        });
  }

  @Test
  void otherTypesAndShapesAreRefused() throws IOException {
    assertRefused(
        "images is DT_FLOAT",
        (builder, tf) -> {
          Operand<TFloat32> images =
              tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 2, 1)));
          sign(
              builder,
              images,
              Map.of("features", tf.reshape(images, tf.constant(new int[] {-1, 4}))));
        });
    for (long[] shape : new long[][] {{8, 2, 2, 1}, {-1, -1, 2, 1}, {-1, 2, 2}}) {
      assertRefused(
          "images is DT_UINT8 of shape",
          (builder, tf) -> {
            Operand<TUint8> images = images(tf, shape);
            sign(builder, images, Map.of("features", features(tf, images, 1)));
          });
    }
    assertRefused(
        "features is DT_FLOAT of shape [-1, 2, 2, 1]",
        (builder, tf) -> {
          Operand<TUint8> images = images(tf, -1, 2, 2, 1);
          sign(builder, images, Map.of("features", tf.dtypes.cast(images, TFloat32.class)));
        });
    assertRefused(
        "logits is DT_UINT8",
        (builder, tf) -> {
          Operand<TUint8> images = images(tf, -1, 2, 2, 1);
          Map<String, Operand<?>> outputs = new HashMap<>();
          outputs.put("features", features(tf, images, 1));
          outputs.put("logits", images);
          sign(builder, images, outputs);
        });
  }

  /** More than one array holds: the product of a row's sizes, each of which is a usual one. */
  @Test
  void imagesOfMoreNumbersThanCanBeHeldAreRefused() throws IOException {
    Path model =
        write(
            (builder, tf) -> {
              Operand<TUint8> images = images(tf, -1, 46341, 46341, 1);
              sign(builder, images, Map.of("features", features(tf, images, 1)));
            });
    InputException refused = assertThrows(InputException.class, () -> FeatureContract.read(model));
    String found = "images of [46341, 46341, 1], 2,147,488,281 numbers each";
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
  }

  @Test
  void featuresThatAreNoNumbersAreRefused() throws IOException {
    Path model =
        write(
            (builder, tf) -> {
              Operand<TUint8> images = images(tf, -1, 2, 2, 1);
              sign(builder, images, Map.of("features", features(tf, images, 0)));
            });
    try (FeatureNetwork network = FeatureNetwork.load(model)) {
      InputException refused =
          assertThrows(
              InputException.class,
              () -> network.see("black.png", new byte[] {1, 1, 1, 1, 1, 0, 1, 1}));
      assertTrue(refused.getMessage().startsWith("black.png: feature 0 of image 0 is Infinity"));
    }
  }
}
