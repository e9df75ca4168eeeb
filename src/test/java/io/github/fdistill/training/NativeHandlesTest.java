package io.github.fdistill.training;

import static io.github.fdistill.NativeHandles.assertNoneLeft;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batch;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.savedmodel.WeightArrays;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;

/** What opens a graph leaves none open: run and closed, or refused what it was given. */
class NativeHandlesTest {
  private static final DenoiserModel MODEL = Tiny.small(1);

  @TempDir Path folder;

  /** What a process makes once, and keeps, is there before anything is counted. */
  @BeforeAll
  static void once() {
    new Pretraining(Tiny.smallNetwork(), pretraining().build()).close();
  }

  @Test
  void aDistillation() throws Throwable {
    assertNoneLeft(
        () -> {
          try (Distillation training = Tiny.smallDistillation(Tiny.config().setSteps(2))) {
            training.graph().run(Tiny.batches(), Tiny.outputs(folder), () -> false);
            training.read(Tiny.batches(), 1);
            training.result();
          }
        });
  }

  @Test
  void aDistillationThatRefuses() throws Throwable {
    DistillConfig.Builder config = Tiny.config();
    config.getDiscriminatorBuilder().addFeature("nothing");
    assertNoneLeft(() -> assertThrows(InputException.class, () -> Tiny.distillation(config)));
  }

  @Test
  void aPretraining() throws Throwable {
    PretrainConfig config = pretraining().setSteps(2).build();
    assertNoneLeft(
        () -> {
          try (Pretraining training = new Pretraining(Tiny.smallNetwork(), config)) {
            training.graph().run(Tiny.batches(), Tiny.outputs(folder), () -> false);
            training.result();
          }
        });
  }

  @Test
  void aPretrainingThatRefuses() throws Throwable {
    PretrainConfig config = pretraining().setAccumulationSteps(Tiny.BATCH - 1).build();
    assertNoneLeft(
        () ->
            assertThrows(
                IllegalArgumentException.class,
                () -> new Pretraining(Tiny.smallNetwork(), config)));
  }

  private static PretrainConfig.Builder pretraining() {
    return PretrainConfig.newBuilder().setBatchSize(Tiny.BATCH).setPrecision(Precision.FLOAT32);
  }

  @Test
  void aClassifiersTraining() throws Throwable {
    FeaturesConfig config = features();
    Classifier first = classifier(config);
    assertNoneLeft(
        () -> {
          try (ClassifierTraining training = new ClassifierTraining(first, config)) {
            training.graph().run(Tiny.batches(), Tiny.outputs(folder), () -> false);
            training.result();
          }
        });
  }

  @Test
  void aClassifiersTrainingThatRefuses() throws Throwable {
    FeaturesConfig config = features();
    Classifier tooFew = classifier(config).with(WeightArrays.vector(0, 0, 0));
    assertNoneLeft(
        () ->
            assertThrows(
                TFInvalidArgumentException.class, () -> new ClassifierTraining(tooFew, config)));
  }

  private static FeaturesConfig features() {
    FeaturesConfig.Builder config =
        FeaturesConfig.newBuilder().setSteps(2).setBatchSize(Tiny.BATCH);
    ClassifierConfig.Builder network = config.getClassifierBuilder().setFeatures(4);
    network.addLevelBuilder().setChannels(8).setBlocks(1);
    return config.build();
  }

  private static Classifier classifier(FeaturesConfig config) {
    return Classifier.build(config.getClassifier(), Shape.of(8, 8, 1), Tiny.CLASSES, 1);
  }

  @Test
  void aSampler() throws Throwable {
    assertNoneLeft(
        () -> {
          try (Sampler sampler = Sampler.heun(MODEL, 3, 2, Precision.FLOAT32)) {
            sampler.draw(new long[] {1, 2}, ConditionRows.ofLabels(0, 1));
          }
        });
  }

  @Test
  void aSamplerThatRefuses() throws Throwable {
    DenoiserModel tooFew = MODEL.with(WeightArrays.vector(0, 0, 0));
    assertNoneLeft(
        () ->
            assertThrows(
                TFInvalidArgumentException.class,
                () -> Sampler.ofStudent(tooFew, Precision.FLOAT32)));
  }

  @Test
  void aBatchThatIsTooSmallForItsPart() throws Throwable {
    try (TestGraph g = new TestGraph()) {
      StepInputs inputs = Tiny.inputs(g.tf, 4, 2, Shape.of(8, 8, 1), Conditioning.ofClasses(1), 1);
      Batch labelled = new Batch(new float[4 * 64], ConditionRows.ofLabels(0));
      assertNoneLeft(
          () ->
              assertThrows(IllegalArgumentException.class, () -> Feed.of(inputs, labelled, 0, 1)));
    }
  }
}
