package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DiscriminatorConfig.Network;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.ScheduleConfig;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.data.Batch;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;

class DistillationTest {
  private static final double[] DECAYS = {0.15, 0.9};

  /** One run for most tests: to prepare a training graph for its first step takes seconds. */
  private static Distillation shared;

  private static final TrainingLoop.Watch WATCH =
      TrainingLoop.Watch.of(WatchConfig.getDefaultInstance());

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    shared = Tiny.distillation(config(Network.TEACHER));
  }

  @AfterAll
  static void close() {
    shared.close();
  }

  private static DistillConfig.Builder config(Network network) {
    DistillConfig.Builder config = Tiny.config().setSteps(4);
    for (double decay : DECAYS) {
      config.addAverage(AverageConfig.newBuilder().setDecay(decay));
    }
    config.getDiscriminatorBuilder().setNetwork(network).setR1Weight(1);
    config.getRatioBuilder().setDecay(0.5);
    return config;
  }

  /** Every variable's values, by name. */
  private static Map<String, float[]> values(Distillation d) {
    return StateValues.of(d.state(), d.session());
  }

  /** The names of the variables whose bits differ. */
  private static TreeSet<String> changed(Map<String, float[]> a, Map<String, float[]> b) {
    return a.keySet().stream()
        .filter(name -> !Arrays.equals(bits(a.get(name)), bits(b.get(name))))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  /** Which variables a turn of this kind changes. */
  private TreeSet<String> changedBy(Distillation d, Turn.Kind kind) throws IOException {
    d.state().initialise(d.session());
    Map<String, float[]> before = values(d);
    List<Turn> turn =
        d.step().stream().flatMap(List::stream).filter(t -> t.kind() == kind).limit(1).toList();
    TrainingLoop.Plan plan = new TrainingLoop.Plan("test", List.of(turn), 1, 99, WATCH, List.of());
    new TrainingLoop(d.tf(), d.session(), d.inputs(), d.state(), Tiny.batches(), Others.none())
        .run(plan, Tiny.outputs(folder.resolve(kind.name())), () -> false);
    return changed(before, values(d));
  }

  private static TreeSet<String> names(String network, String... more) {
    TreeSet<String> names = new TreeSet<>(List.of(more));
    for (String part : List.of("weights", "m", "v", "updates")) {
      names.add(network + "/" + part);
    }
    return names;
  }

  private void assertATurnChangesItsOwnWeightsAlone(Distillation d) throws IOException {
    assertEquals(
        names("student", "student/average_0", "student/average_1", "ratio/bin_means"),
        changedBy(d, Turn.Kind.STUDENT));
    TreeSet<String> critics = names("fake_score");
    critics.addAll(names("discriminator"));
    assertEquals(critics, changedBy(d, Turn.Kind.CRITIC));
  }

  @Test
  void aTurnChangesItsOwnWeightsAlone() throws IOException {
    assertATurnChangesItsOwnWeightsAlone(shared);
  }

  @Test
  void aTurnChangesItsOwnWeightsAloneWithHeadsOnTheFakeScore() throws IOException {
    try (Distillation d = Tiny.smallDistillation(config(Network.FAKE_SCORE))) {
      assertATurnChangesItsOwnWeightsAlone(d);
    }
  }

  @Test
  void theTeacherStaysAsItIsAndTheFakeScoreBeginsAsTheTeacher() throws IOException {
    shared.state().initialise(shared.session());
    assertArrayEquals(
        WeightArrays.of(Tiny.model(1).weights()), values(shared).get("fake_score/weights"));
    assertArrayEquals(
        WeightArrays.of(Tiny.model(2).weights()), values(shared).get("student/weights"));
    shared.graph().run(Tiny.batches(), Tiny.outputs(folder), () -> false);
    assertArrayEquals(
        bits(WeightArrays.of(Tiny.model(1).weights())),
        bits(values(shared).get("teacher/weights")));
  }

  @Test
  void averagesFollowTheStudentAfterEachOfItsUpdates() throws IOException {
    List<float[]> weights = new ArrayList<>();
    shared
        .graph()
        .run(
            Tiny.batches(),
            Tiny.outputs(
                folder,
                new TrainingLoop.Look(
                    1,
                    (step, log) -> {
                      weights.add(WeightArrays.of(shared.result(-1).weights()));
                      return Map.of();
                    })),
            () -> false);
    assertEquals(4, weights.size());
    for (int a = 0; a < DECAYS.length; a++) {
      float[] start = WeightArrays.of(Tiny.model(2).weights());
      double[] average = new double[start.length];
      Arrays.setAll(average, i -> start[i]);
      for (int t = 0; t < weights.size(); t++) {
        double decay = Math.min(DECAYS[a], (1.0 + t) / (10 + t));
        float[] w = weights.get(t);
        Arrays.setAll(average, i -> decay * average[i] + (1 - decay) * w[i]);
      }
      assertArrayEquals(
          TestGraph.floats(average), values(shared).get("student/average_" + a), 1e-6f);
    }
    assertArrayEquals(
        values(shared).get("student/average_0"), WeightArrays.of(shared.result().weights()));
    assertArrayEquals(
        values(shared).get("student/average_1"), WeightArrays.of(shared.result(1).weights()));
    assertArrayEquals(values(shared).get("student/weights"), weights.get(weights.size() - 1));
  }

  @Test
  void alternatingTheCriticsGoFirstEachOnABatchOfItsOwn() {
    assertEquals(
        List.of(List.of(Turn.Kind.CRITIC), List.of(Turn.Kind.CRITIC), List.of(Turn.Kind.STUDENT)),
        kinds(shared));
  }

  @Test
  void togetherTheStudentSharesTheFirstBatchWithTheCritics() {
    DistillConfig.Builder config = Tiny.config();
    config.getScheduleBuilder().setKind(ScheduleConfig.Kind.TOGETHER);
    try (Distillation d = Tiny.smallDistillation(config)) {
      assertEquals(
          List.of(List.of(Turn.Kind.STUDENT, Turn.Kind.CRITIC), List.of(Turn.Kind.CRITIC)),
          kinds(d));
    }
  }

  private static List<List<Turn.Kind>> kinds(Distillation d) {
    return d.step().stream().map(turns -> turns.stream().map(Turn::kind).toList()).toList();
  }

  @Test
  void aResumedRunEqualsAnUnbrokenOneBitForBit() throws IOException {
    TrainingLoop.Outputs whole = Tiny.outputs(folder.resolve("whole"));
    TrainingLoop.Outputs parts = Tiny.outputs(folder.resolve("parts"));
    assertTrue(shared.graph().run(Tiny.batches(), whole, () -> false).finished());
    Map<String, float[]> expected = values(shared);
    int[] asked = {0};
    assertEquals(2, shared.graph().run(Tiny.batches(), parts, () -> asked[0]++ == 2).step());
    shared.state().initialise(shared.session());
    assertTrue(shared.graph().run(Tiny.batches(), parts, () -> false).finished());
    assertEquals(Set.of(), changed(expected, values(shared)));
  }

  /** The nodes that a turn executes. */
  private static List<String> executed(Distillation d, Turn.Kind kind) {
    d.state().initialise(d.session());
    Turn turn =
        d.step().stream()
            .flatMap(List::stream)
            .filter(t -> t.kind() == kind)
            .findFirst()
            .orElseThrow();
    Batch batch = Tiny.batches().at(0);
    RunOptions traced =
        RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build();
    try (Feed feed = Feed.of(d.inputs(), batch, 0, 0);
        Result result =
            feed.into(d.session().runner())
                .setOptions(traced)
                .addTarget(turn.runs().get(0).target())
                .runAndFetchMetadata()) {
      return result.getMetadata().orElseThrow().getStepStats().getDevStatsList().stream()
          .flatMap(device -> device.getNodeStatsList().stream())
          .map(node -> node.getNodeName())
          .toList();
    }
  }

  private static boolean any(List<String> nodes, String network, String part) {
    return nodes.stream().anyMatch(n -> n.startsWith(network + "/") && n.contains("/" + part));
  }

  @Test
  void theCriticsTurnRunsNoMoreOfTheTeacherThanItsFeatures() {
    List<String> critic = executed(shared, Turn.Kind.CRITIC);
    assertTrue(any(critic, "teacher", "down_0_block_0"));
    assertFalse(any(critic, "teacher", "middle"));
    assertFalse(any(critic, "teacher", "up_0_block_0"));
    assertTrue(any(critic, "fake_score", "up_0_block_0"));
  }

  /** A teacher whose first parameter makes a feature that the discriminator does not look at. */
  private static DenoiserModel withIdleParameter() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Shape images = Shape.of(-1, 8, 8, 1);
      Expr x = Expr.of(tf, tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(images)));
      Placeholder.Options vector = Placeholder.shape(Shape.of(-1));
      tf.withName("sigma").placeholder(TFloat32.class, vector);
      Placeholder.Options one = Placeholder.shape(Shape.of(1));
      Expr idle = Expr.of(tf, tf.withName("idle").placeholder(TFloat32.class, one));
      Expr gain = Expr.of(tf, tf.withName("gain").placeholder(TFloat32.class, one));
      Expr denoised = x.times(gain);
      Expr large = x.times(idle);
      Expr small = denoised.reshape(-1, 4, 4, 4);
      NetworkFunction function =
          new NetworkFunction(
              graph.toGraphDef(),
              Map.of("x", "x", "sigma", "sigma"),
              Map.of(
                  "denoised", denoised.op().name() + ":0",
                  "large", large.op().name() + ":0",
                  "small", small.op().name() + ":0"),
              new Parameters(
                  List.of(
                      new Parameters.Parameter("idle", Shape.of(1)),
                      new Parameters.Parameter("gain", Shape.of(1)))));
      DenoiserInfo info = DenoiserInfo.newBuilder().setSigmaData(0.5).build();
      return new DenoiserModel(
          "toy",
          function,
          WeightArrays.weights(function.parameters(), 5, 0.5f),
          info,
          Shape.of(8, 8, 1));
    }
  }

  @Test
  void parametersOfFeaturesThatNobodyLooksAtStayWhereTheyAre() throws IOException {
    DistillConfig.Builder config = Tiny.config().setSteps(1);
    config.getOptimiserBuilder().setWeightDecay(0);
    config.setExportAverage(-1);
    DenoiserModel model = withIdleParameter();
    try (Distillation d = new Distillation(Models.of(model, model), config.build())) {
      d.graph().run(Tiny.batches(), Tiny.outputs(folder), () -> false);
      assertEquals(5, WeightArrays.of(d.result().weights())[0]);
      assertTrue(WeightArrays.of(d.result().weights())[1] != 0.5f);
    }
  }

  @Test
  void guidanceNeedsATeacherThatKnowsNoClass() {
    DenoiserModel teacher = Tiny.small(1);
    DenoiserModel silent =
        new DenoiserModel(
            "silent",
            teacher.function(),
            teacher.weights(),
            teacher.info().toBuilder().setClasses(DenoiserModel.UNKNOWN_CLASSES).build(),
            teacher.image());
    DistillConfig guided = Tiny.config().setGuidance(2).build();
    assertThrows(InputException.class, () -> new Distillation(Models.of(silent, silent), guided));
    new Distillation(Models.of(teacher, teacher), guided).close();
    new Distillation(Models.of(silent, silent), Tiny.config().build()).close();
  }
}
