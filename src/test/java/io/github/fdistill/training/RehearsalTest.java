package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.exceptions.TensorFlowException;

class RehearsalTest {
  @TempDir Path folder;

  /** Layers 2 + 4 noise channels to 8, and 8 to 2: 6 * 8 + 8 + 8 * 2 + 2 = 74 weights. */
  private static DenoiserModel model() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getImageBuilder().setHeight(1).setWidth(1).setChannels(2);
    network.getMlpBuilder().addHidden(8).setNoiseChannels(4);
    return Networks.denoiser(network.build(), 1);
  }

  private static Distillation distillation(int parts, int averages) {
    DistillConfig.Builder config =
        DistillConfig.newBuilder().setBatchSize(4).setAccumulationSteps(parts);
    // A head on 8 features: 8 * 8 + 8, a norm of 8 + 8, a logit of 8 + 1: 97 weights.
    config.getDiscriminatorBuilder().setChannels(8);
    for (int i = 0; i < averages; i++) {
      config.addAverage(AverageConfig.newBuilder().setDecay(0.9));
    }
    return new Distillation(Models.of(model(), model()), config.build());
  }

  /** What a distillation holds, without a step. */
  private Holdings holdings(int parts, int averages) {
    List<Holdings> heard = new ArrayList<>();
    Batches batches = new Batches(PlainImages.of(10, 1, 1, 1), 4, 5);
    try (Distillation training = distillation(parts, averages)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              training
                  .graph()
                  .rehearse(
                      batches,
                      new Checkpoints(folder, 1),
                      holdings -> {
                        heard.add(holdings);
                        throw new IllegalStateException("no room");
                      }));
    }
    return heard.get(0);
  }

  /** Where there is no room for them, there are no variables: none can be read. */
  @Test
  void whatIsTimedIsAskedForRoomBeforeThereIsAnyOfIt() {
    Batches batches = new Batches(PlainImages.of(10, 1, 1, 1), 4, 5);
    try (Distillation training = distillation(1, 1)) {
      assertThrows(
          IllegalStateException.class,
          () -> training.graph().secondsPerStep(batches, RehearsalTest::noRoom));
      assertThrows(TensorFlowException.class, () -> WeightArrays.of(training.result().weights()));
    }
  }

  private static void noRoom(Holdings holdings) {
    throw new IllegalStateException("no room for " + holdings.all() + " bytes");
  }

  /** Of steps that find room in what the process held before. */
  @Test
  void aPeakThatBeganAnewIsToldAlsoOfStepsThatTookNoMore() {
    Rehearsal made = Rehearsal.of(0, holdings(1, 0), step -> Map.of());
    boolean permitted = Files.isWritable(Path.of("/proc/self/clear_refs"));
    assertEquals(permitted, made.peak().isPresent());
  }

  /** Ten steps of a second and thirty of two; the second holds less, and takes more. */
  @Test
  void ofStagesTheMostMemoryCountsAndTheTimeOfAllSteps() {
    Holdings more = holdings(1, 2);
    Rehearsal first =
        new Rehearsal(5, Map.of(Reading.LOSS, 1f), 1, more, 100, OptionalLong.of(200));
    Rehearsal second = new Rehearsal(5, Map.of(), 2, holdings(1, 0), 150, OptionalLong.of(300));
    Rehearsal all = Rehearsal.ofStages(List.of(first, second), List.of(10L, 30L));
    OptionalLong most = OptionalLong.of(300);
    assertEquals(new Rehearsal(5, first.numbers(), 1.75, more, 100, most), all);
    assertEquals(first, Rehearsal.ofStages(List.of(first), List.of(0L)));
  }

  @Test
  void holdingsAreThoseCountedByHand() {
    Holdings whole = holdings(1, 2);
    assertEquals(
        Map.of("student", 384L, "fake_score", 384L, "discriminator", 576L, "teacher", 384L),
        whole.weights());
    // Two moments of each trained weight, and two counts of each network.
    assertEquals(4 * (2 * (96 + 96 + 144) + 2 * 3), whole.slots());
    assertEquals(2 * 384, whole.averages());
    assertEquals(0, whole.sums());
    assertEquals(4 * (1 + 10), whole.others(), "the rate factor, ten bins of the ratio");
    assertEquals(4 * (96 + 96 + 144), whole.trained());
    assertEquals(4 * (96 + 144), whole.gradients(), "those of the critics' turn");

    Holdings inParts = holdings(2, 1);
    assertEquals(384, inParts.averages());
    // A gradient of each trained network; log r, sigma and h of the four images.
    assertEquals(4 * (96 + 96 + 144) + 4 * 3 * 4, inParts.sums());
  }

  @Test
  void whereTheWeightsThemselvesAreExportedAnAverageIsKeptOnlyIfListed() {
    DistillConfig.Builder config = DistillConfig.newBuilder().setBatchSize(4);
    config.setExportAverage(-1).getDiscriminatorBuilder().setChannels(8);
    try (Distillation training = new Distillation(Models.of(model(), model()), config.build())) {
      assertEquals(0, training.graph().holdings().averages());
    }
    config.addAverage(AverageConfig.getDefaultInstance());
    try (Distillation training = new Distillation(Models.of(model(), model()), config.build())) {
      assertEquals(384, training.graph().holdings().averages());
    }
  }

  /** Of 96 weights, 6 lines of 16, each of 4 workers has 2 lines and each of 8 has one. */
  @Test
  void whatIsShardedIsLessWithMoreWorkers() {
    DistillConfig.Builder config = DistillConfig.newBuilder().setBatchSize(4);
    config.getDiscriminatorBuilder().setChannels(8);
    config.getOptimiserBuilder().setSharded(true);
    try (Distillation training = new Distillation(Models.of(model(), model()), config.build())) {
      Holdings holdings = training.graph().holdings();
      // Two moments, an average, and the weights that are being updated.
      assertEquals(Collections.nCopies(4, 384L), holdings.sharded());
      assertEquals(4 * 384, holdings.share(1));
      assertEquals(4 * 384 / 2, holdings.share(2));
      assertEquals(4 * 128, holdings.share(4));
      assertEquals(4 * 64, holdings.share(8));
      // One alone has no weights once more.
      assertEquals(0, holdings.sharedOut(1));
      assertEquals(3 * 384 - 4 * 384 / 2, holdings.sharedOut(2));
      assertEquals(3 * 384 - 4 * 64, holdings.sharedOut(8));
    }
  }

  /** Of a student whose moments and averages are apart, beside critics whose are not. */
  @Test
  void whatIsOffloadedIsToldApart() {
    DistillConfig.Builder config = DistillConfig.newBuilder().setBatchSize(4);
    config.getDiscriminatorBuilder().setChannels(8);
    config.getOptimiserBuilder().setOffload(true);
    try (Distillation training =
        new Distillation(
            Models.of(model(), model()), config.build(), new Span(0, 1), Share.ALL, Memories.TWO)) {
      Holdings holdings = training.graph().holdings();
      assertEquals(holdings(1, 1).weights(), holdings.weights(), "a copy of the student's");
      assertEquals(holdings(1, 1).gradients(), holdings.gradients());
      assertEquals(4 * (2 * (96 + 144) + 2 * 2), holdings.slots());
      assertEquals(0, holdings.averages());
      assertEquals(4 * 10, holdings.others(), "ten bins of the ratio");
      // The rate factor is needed for all updates.
      assertEquals(new Holdings.OnHost(384, 4 * (2 * 96 + 2), 384, 4), holdings.onHost());
    }
  }

  @Test
  void itIsTheStepThatTheRunWouldMakeAndLeavesNothing() throws IOException {
    Path run = folder.resolve("run");
    Checkpoints checkpoints = new Checkpoints(run.resolve("checkpoints"), 9);
    Rehearsal first;
    try (Distillation training = Tiny.smallDistillation(Tiny.config().setSteps(1))) {
      first = training.graph().rehearse(Tiny.batches(), checkpoints, holdings -> {});
      assertFalse(Files.exists(run), "nothing is written");
      training.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false);
    }
    Rehearsal second;
    try (Distillation training = Tiny.smallDistillation(Tiny.config().setSteps(3))) {
      second = training.graph().rehearse(Tiny.batches(), checkpoints, holdings -> {});
      training.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false);
    }
    assertEquals(0, first.step());
    assertEquals(1, second.step(), "from where the run stands");
    Metrics metrics = Metrics.read(run.resolve("metrics.jsonl"));
    for (Rehearsal made : List.of(first, second)) {
      assertTrue(made.numbers().size() > 5);
      made.numbers()
          .forEach(
              (reading, value) -> {
                String name = reading.toString();
                assertEquals(value, (float) metrics.values().get(name)[(int) made.step()], name);
              });
      assertTrue(made.seconds() > 0);
    }
    if (Files.exists(Path.of("/proc/self/status"))) {
      assertTrue(first.peak().orElseThrow() >= first.before(), "what was there counts too");
    }
  }
}
