package io.github.fdistill.network;

import static io.github.fdistill.network.TestNetworks.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.WeightArrays;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

class ClassifierTest {
  private static final Shape IMAGE = Shape.of(9, 8, 2);
  private static final int CLASSES = 3;

  /** Two levels, with a side that cannot be halved exactly. */
  private static ClassifierConfig.Builder config() {
    ClassifierConfig.Builder config =
        ClassifierConfig.newBuilder().setFeatures(5).setGroupChannels(4);
    config.addLevelBuilder().setChannels(8).setBlocks(1);
    config.addLevelBuilder().setChannels(12);
    return config;
  }

  private static float[] values(Classifier classifier) {
    return WeightArrays.of(classifier.weights());
  }

  private static Classifier classifier() {
    return Classifier.build(config().build(), IMAGE, CLASSES, 1);
  }

  @Test
  void theGradientReachesEveryParameter() {
    // A bias before a normalisation by group is not quite lost in it.
    gradients(classifier());
  }

  /** Of the other design too, whose features tell where in the image something is. */
  @Test
  void pooledFeaturesTellWhereAndLearnEverywhere() {
    ClassifierConfig pooled = config().setDesign(ClassifierConfig.Design.POOLED).build();
    Map<String, float[]> parts = gradients(Classifier.build(pooled, IMAGE, CLASSES, 1));
    assertEquals(5 * 3 * 2 * 12, parts.get("features/kernel").length, "all pixels of 3x2 left");
  }

  /** Of each parameter, none of which is left without. */
  private static Map<String, float[]> gradients(Classifier classifier) {
    try (TestGraph g = new TestGraph()) {
      float[] values = random(1, 4 * (int) IMAGE.size(), 1);
      Expr x = Expr.of(g.tf, g.tf.constant(values)).reshape(4, 9, 8, 2);
      Expr vector =
          Expr.of(
              g.tf,
              WeightArrays.constant(g.tf, classifier.function().parameters(), values(classifier)));
      Expr logits = Classifier.logits(classifier.function(), "net", x, vector);
      assertEquals(Shape.of(4, CLASSES), logits.shape());
      float[] gradient = g.value(g.tf.gradients(logits.square().mean(), List.of(vector)).dy(0));
      Map<String, float[]> parts = TestNetworks.parts(classifier.function(), gradient);
      parts.forEach(
          (name, part) -> {
            double sum = 0;
            for (float value : part) {
              sum += Math.abs(value);
            }
            assertTrue(sum > 1e-7, name + " " + sum);
          });
      return parts;
    }
  }

  @Test
  void theLogitsAreALinearFunctionOfTheFeatures() {
    Classifier classifier = classifier();
    assertEquals(List.of("x"), List.copyOf(classifier.function().inputs().keySet()));
    assertEquals(
        List.of(Classifier.FEATURES, Classifier.LOGITS),
        List.copyOf(classifier.function().outputs().keySet()));
    Map<String, float[]> weights =
        WeightArrays.split(classifier.function().parameters(), values(classifier));
    assertEquals(5 * CLASSES, weights.get("logits/kernel").length);
    assertEquals(CLASSES, weights.get("logits/bias").length);
  }

  @Test
  void theFirstWeightsAreAFunctionOfTheSeed() {
    assertArrayEquals(values(classifier()), values(classifier()));
    Classifier other = Classifier.build(config().build(), IMAGE, CLASSES, 2);
    assertTrue(values(classifier())[0] != values(other)[0]);
  }

  @Test
  void theNetworkForFashionMnistIsWhatItsFileSays() {
    Path file = Path.of("graphs/fashion-mnist/features.pbtxt");
    FeaturesConfig config = Configs.read(file, FeaturesConfig.getDefaultInstance(), List.of());
    long size =
        Classifier.build(config.getClassifier(), Shape.of(28, 28, 1), 10, 1)
            .weights()
            .parameters()
            .size();
    assertEquals(0.4, size / 1e6, 0.05, "million parameters");
  }

  @Test
  void theSecondNetworkForFashionMnistIsAnotherOf256Features() {
    Path file = Path.of("graphs/fashion-mnist/features-256.pbtxt");
    FeaturesConfig config = Configs.read(file, FeaturesConfig.getDefaultInstance(), List.of());
    assertEquals(ClassifierConfig.Design.POOLED, config.getClassifier().getDesign());
    assertEquals(256, config.getClassifier().getFeatures());
    Shape image = Shape.of(28, 28, 1);
    long size =
        Classifier.build(config.getClassifier(), image, 10, 1).weights().parameters().size();
    assertEquals(0.62, size / 1e6, 0.01, "million parameters");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "level { } | classifier.level[0].channels: 0 | 1 to 8192",
        "level { channels: 9000 } | classifier.level[0].channels: 9000 | 1 to 8192",
        "level { channels: 8 blocks: 0 } | classifier.level[0].blocks: 0 | 1 to 100",
        "level { channels: 12 } | classifier.group_channels: 8 with a level of 12 | divides",
        "level { channels: 8 } features: 0 | classifier.features: 0 | 1 to 8192",
        "features: 4 | classifier.level: none | one a resolution",
      })
  void whatMakesNoNetworkIsRefused(String text, String found, String needed) throws Exception {
    ClassifierConfig config = com.google.protobuf.TextFormat.parse(text, ClassifierConfig.class);
    refused(config, found, needed);
  }

  @Test
  void moreLevelsThanHalvingsAreRefused() {
    ClassifierConfig.Builder config = config();
    while (config.getLevelCount() < 4) {
      config.addLevelBuilder().setChannels(4);
    }
    Classifier.build(config.build(), IMAGE, CLASSES, 1);
    config.addLevelBuilder().setChannels(4);
    refused(config.build(), "classifier.level: 5 for images of 9x8", "halved");
  }

  private static void refused(ClassifierConfig config, String... parts) {
    String message =
        assertThrows(
                InputException.class,
                () -> Classifier.requireBuildable(config, IMAGE, "features.pbtxt"))
            .getMessage();
    assertTrue(message.startsWith("features.pbtxt: "), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }
}
