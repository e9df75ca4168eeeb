package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Host;
import io.github.fdistill.device.Placement;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.workers.Crews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.types.TFloat32;

/** Workers make of a batch what one makes of its parts. */
class WorkersTest {
  private static final int STEPS = 2;

  @TempDir Path folder;

  /** What is global in every role, with checkpoints after each step. */
  private static DistillConfig config(int parts) {
    return config(parts, STEPS);
  }

  private static DistillConfig config(int parts, int steps) {
    DistillConfig.Builder config = Tiny.config(parts).setSteps(steps);
    config.getCheckpointBuilder().setEverySteps(1);
    config.getFakeScoreBuilder().getOptimiserBuilder().setEpsilon(0.9);
    config.getOptimiserBuilder().setEpsilon(0.9).setClipNorm(0.01);
    return config.build();
  }

  /**
   * How a worker ended.
   *
   * @param kept bytes of averages
   * @param exported the student's weights; of the first worker
   */
  private record End(
      Map<String, float[]> state, Map<Reading, Float> numbers, long kept, float[] exported) {
    static End of(
        Distillation d, Map<String, float[]> state, Map<Reading, Float> numbers, float[] exported) {
      Holdings holdings = d.graph().holdings();
      long kept = holdings.averages() + holdings.onHost().averages();
      return new End(state, numbers, kept, exported);
    }
  }

  private static Distillation distillation(
      LongFunction<DenoiserModel> network, DistillConfig config, Share share) {
    return new Distillation(
        Models.of(network.apply(1), network.apply(2)),
        config,
        new Span(0, config.getSteps()),
        share,
        Memories.TWO);
  }

  /**
   * @param network what is trained, for a seed
   */
  private End alone(LongFunction<DenoiserModel> network, String run, DistillConfig config)
      throws IOException {
    try (Distillation d = distillation(network, config, Share.ALL)) {
      return lead(run, d);
    }
  }

  private End lead(String run, Distillation d) throws IOException {
    Map<Reading, Float> last =
        d.graph().run(Tiny.batches(), Tiny.outputs(folder.resolve(run)), () -> false).last();
    try (TFloat32 exported = d.result().weights().vector()) {
      d.state().shards().ifPresent(shards -> assertOneWholeAtATime(d, shards));
      return End.of(d, state(d, true), last, TensorBundle.floats(exported));
    }
  }

  /** Of what the workers have shares of, such as an average, the first reads one after another. */
  private static void assertOneWholeAtATime(Distillation d, Shards shards) {
    List<FloatVariable> apart = d.state().changed().stream().filter(shards::keeps).toList();
    for (FloatVariable share : apart) {
      d.graph().weights(share).vector().close();
      assertEquals(List.of(share), apart.stream().filter(shards::isWhole).toList());
    }
  }

  private List<End> together(
      LongFunction<DenoiserModel> network, String run, int workers, DistillConfig config)
      throws Exception {
    return Crews.run(
        workers,
        crew -> {
          try (Distillation d = distillation(network, config, new Share(Optional.of(crew)))) {
            if (crew.leads()) {
              return lead(run, d);
            }
            d.graph().follow(Tiny.batches(), () -> false);
            End end = End.of(d, state(d, false), Map.of(), new float[0]);
            inGroupsOfOneKind(d);
            if (config.getFakeScore().getOptimiser().getOffload()) {
              sharesGoDown(d, workers);
            }
            return end;
          }
        });
  }

  /** Collectives of the host are among hosts: GPUs and hosts are in no group together. */
  private static void inGroupsOfOneKind(Distillation d) {
    Iterator<GraphOperation> all = ((Graph) d.tf().scope().env()).operations();
    while (all.hasNext()) {
      GraphOperation op = all.next();
      if (op.type().startsWith("Collective")) {
        long group = op.attributes().getAttrInt("group_key");
        assertEquals(Host.holds(op) ? 2 : 1, group, op.name());
      }
    }
  }

  /** Of student and discriminator shares of gradients and weights; of the fake score a gradient. */
  private static void sharesGoDown(Distillation d, int workers) {
    Map<String, Long> weights = d.graph().holdings().weights();
    long down = weights.get("fake_score");
    for (String network : List.of("student", "discriminator")) {
      down += 2 * 4 * Shards.shareOf(weights.get(network) / 4, workers);
    }
    long norms = 3 * 4;
    assertEquals(
        down + norms,
        d.graph().onGpu().copiesWithin().stream()
            .filter(copies -> !copies.toGpu())
            .mapToLong(Placement.Copies::bytes)
            .sum(),
        () -> d.graph().onGpu().copies().toString());
  }

  /**
   * What training changes, read at once: TensorFlow prepares the graph for each other read. What
   * workers have shares of the first alone can put together.
   */
  private static Map<String, float[]> state(Distillation d, boolean leads) throws IOException {
    Map<String, float[]> values = new LinkedHashMap<>();
    try (Snapshot all = d.state().copy(d.session())) {
      for (Snapshot.Part part : all.parts()) {
        if (leads || !part.apart()) {
          part.numbers().to(tensor -> values.put(part.name(), TensorBundle.floats(tensor)));
        }
      }
    }
    return values;
  }

  private static void assertClose(End expected, End found) {
    for (String name : expected.state().keySet()) {
      float[] a = expected.state().get(name);
      float[] b = found.state().get(name);
      double squares = 0;
      double norm = 1e-20;
      for (int i = 0; i < a.length; i++) {
        squares += Math.pow(a[i] - b[i], 2);
        norm += Math.pow(a[i], 2);
      }
      assertTrue(Math.sqrt(squares / norm) < 1e-4, name + ": " + Math.sqrt(squares / norm));
    }
    for (Reading name : expected.numbers().keySet()) {
      float value = expected.numbers().get(name);
      assertEquals(value, found.numbers().get(name), 1e-3 * Math.abs(value), name.toString());
    }
  }

  /** Of all that the second has. */
  private static void assertSameBits(End expected, End found) {
    found
        .state()
        .forEach((name, values) -> assertArrayEquals(expected.state().get(name), values, 0, name));
  }

  private static DistillConfig sharded(DistillConfig config) {
    DistillConfig.Builder sharded = config.toBuilder();
    sharded.getOptimiserBuilder().setSharded(true);
    sharded.getFakeScoreBuilder().getOptimiserBuilder().setSharded(true);
    sharded.getDiscriminatorBuilder().getOptimiserBuilder().setSharded(true);
    return sharded.build();
  }

  @Test
  void twoMakeTheSameStepsAsOneAndGoOnToTheSameBits() throws Exception {
    End whole = alone(Tiny::small, "whole", config(4));
    List<End> two = together(Tiny::small, "two", 2, config(2));
    assertClose(whole, two.get(0));
    assertSameBits(two.get(0), two.get(1));

    // Both again from the first step's checkpoint, which the first worker alone reads.
    copyFirstCheckpoint("two", "resumed");
    assertSameBits(two.get(0), together(Tiny::small, "resumed", 2, config(2)).get(1));

    // And each with a share of what is beside the weights, on the host; the fake score's there
    // whole.
    copyFirstCheckpoint("two", "again");
    DistillConfig.Builder apart = Configs.with(sharded(config(2)), OffloadTest.ALL).toBuilder();
    apart.getFakeScoreBuilder().getOptimiserBuilder().setSharded(false);
    List<End> again = together(Tiny::small, "again", 2, apart.build());
    assertSameBits(two.get(0), again.get(0));
    assertSameBits(two.get(0), again.get(1));
    assertEquals(two.get(0).state().keySet(), again.get(0).state().keySet());
    assertFalse(again.get(1).state().containsKey("student/m"));
    assertTrue(again.get(1).state().containsKey("fake_score/m"));
    assertEquals(0.5, (double) again.get(1).kept() / two.get(1).kept(), 0.01);
    assertSameCheckpoint("two", "again", "step-00000002");
    float[] average = again.get(0).state().get("student/average_0");
    assertArrayEquals(average, again.get(0).exported(), 0);
  }

  /** A server's session takes convolutions and their biases in bfloat16. */
  @Test
  void twoTrainInBfloat16() throws Exception {
    DistillConfig config = config(1).toBuilder().setPrecision(Precision.BFLOAT16).build();
    List<End> two = together(Tiny::model, "two", 2, config);
    assertSameBits(two.get(0), two.get(1));
  }

  @Test
  @Tag("trial")
  void oneGoesOnWhereTwoStopped() throws Exception {
    List<End> two = together(Tiny::model, "two", 2, config(2));
    copyFirstCheckpoint("two", "alone");
    assertClose(two.get(0), alone(Tiny::model, "alone", config(4)));
  }

  @Test
  @Tag("trial")
  void fourMakeTheSameStepsAsOne() throws Exception {
    End whole = alone(Tiny::model, "whole", config(4));
    List<End> four = together(Tiny::model, "four", 4, config(1));
    assertClose(whole, four.get(0));
    assertSameBits(four.get(0), four.get(3));
    assertSameBits(four.get(0), together(Tiny::model, "again", 4, config(1)).get(0));
    assertSameBits(four.get(0), together(Tiny::model, "sharded", 4, sharded(config(1))).get(0));
    assertSameCheckpoint("four", "sharded", "step-00000001");
    assertSameCheckpoint("four", "sharded", "step-00000002");
  }

  /** Roundings do not grow: what is global is so in each of twenty steps. */
  @Test
  @Tag("trial")
  void twoAndFourAreAsNearToOneAfterTwentySteps() throws Exception {
    End whole = alone(Tiny::small, "whole", config(4, 20));
    List<End> two = together(Tiny::small, "two", 2, config(2, 20));
    List<End> four = together(Tiny::small, "four", 4, config(1, 20));
    assertClose(whole, two.get(0));
    assertClose(whole, four.get(0));
    assertSameBits(two.get(0), two.get(1));
    assertSameBits(four.get(0), four.get(3));
    assertSameBits(four.get(0), together(Tiny::small, "again", 4, config(1, 20)).get(0));
    assertSameCheckpoint("four", "again", "step-00000020");
  }

  /** Those are what workers then tell each other; the weights beside them each reads itself. */
  @Test
  @Tag("trial")
  void twoTrainTheSameAdaptersAsOne() throws Exception {
    LoraConfig lora = LoraConfig.newBuilder().setRank(2).addTargets("down*").build();
    End whole = alone(Tiny::model, "whole", config(2).toBuilder().setLora(lora).build());
    List<End> two = together(Tiny::model, "two", 2, config(1).toBuilder().setLora(lora).build());
    assertClose(whole, two.get(0));
    assertSameBits(two.get(0), two.get(1));
  }

  /**
   * What is rounded by chance is rounded alike by all, for it is a function of the step; and so are
   * sums in bfloat16, beside others that are not.
   */
  @Test
  @Tag("trial")
  void twoKeepTheSameMomentsInLessRoom() throws Exception {
    DistillConfig.Builder config = config(1).toBuilder();
    config.getOptimiserBuilder().setState(OptimiserConfig.State.BFLOAT16);
    config.getFakeScoreBuilder().getOptimiserBuilder().setState(OptimiserConfig.State.FACTORED);
    config.getDiscriminatorBuilder().getOptimiserBuilder().setBfloat16Sums(true);
    List<End> two = together(Tiny::model, "two", 2, config.build());
    assertSameBits(two.get(0), two.get(1));
    copyFirstCheckpoint("two", "again");
    assertSameBits(two.get(0), together(Tiny::model, "again", 2, config.build()).get(1));
  }

  private void assertSameCheckpoint(String one, String other, String step) throws IOException {
    for (String file : List.of("state.index", "state.data-00000-of-00001")) {
      Path checkpoint = Path.of("checkpoints", step, file);
      Path first = folder.resolve(one).resolve(checkpoint);
      assertEquals(-1, Files.mismatch(first, folder.resolve(other).resolve(checkpoint)), file);
    }
  }

  private void copyFirstCheckpoint(String from, String to) throws IOException {
    Path target = Files.createDirectories(folder.resolve(to).resolve("checkpoints/step-00000001"));
    try (Stream<Path> files = Files.list(folder.resolve(from + "/checkpoints/step-00000001"))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }
}
