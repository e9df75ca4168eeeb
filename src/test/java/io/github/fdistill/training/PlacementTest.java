package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.device.Host;
import io.github.fdistill.device.Kernels;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Placement;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Where a GPU would compute a step, by the kernels that TensorFlow's build for GPUs has: all of it,
 * but for what is fed and the random numbers' keys; nothing comes back but what is fetched.
 */
class PlacementTest {
  /** Keys of random numbers, and rows that are gathered: a few bytes that go to the GPU. */
  private static final int MOST_COPIES = 64;

  private static final Set<String> ON_CPU =
      Set.of("Placeholder", "Pack", "StatelessRandomGetKeyCounter");

  private static void isOnGpu(Placement placement) {
    Set<String> onCpu = new TreeSet<>();
    placement.onCpu().forEach(ops -> onCpu.add(ops.type()));
    onCpu.removeAll(ON_CPU);
    assertEquals(Set.of(), onCpu);
    assertEquals(List.of(), placement.copies().stream().filter(copies -> !copies.toGpu()).toList());
    int count = 0;
    long bytes = 0;
    for (Placement.Copies copies : placement.copiesWithin()) {
      count += copies.count();
      bytes += copies.bytes();
    }
    assertTrue(count <= MOST_COPIES && bytes <= 2048, placement::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "precision: BFLOAT16",
        "precision: FLOAT32 accumulation_steps: 2 divergence: FORWARD_KL",
        "discriminator { network: FAKE_SCORE r1_weight: 0.1 } guidance: 1.5"
      })
  void aDistillation(String settings) {
    DistillConfig config =
        Configs.with(
            Configs.of(settings, DistillConfig.getDefaultInstance()),
            List.of("batch_size=" + Tiny.BATCH, "discriminator.channels=8"));
    try (Distillation training =
        new Distillation(Models.of(Tiny.model(1), Tiny.model(1)), config)) {
      isOnGpu(training.graph().onGpu());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void aPretraining(Precision precision) {
    PretrainConfig config =
        PretrainConfig.newBuilder().setBatchSize(Tiny.BATCH).setPrecision(precision).build();
    try (Pretraining training = new Pretraining(Tiny.network(), config)) {
      isOnGpu(training.graph().onGpu());
    }
  }

  private static Distillation offloaded(String settings) {
    DistillConfig config =
        Configs.with(
            Configs.of(settings, DistillConfig.getDefaultInstance()),
            List.of("batch_size=" + Tiny.BATCH, "discriminator.channels=8"));
    return OffloadTest.distillation(Configs.with(config, OffloadTest.ALL), Memories.TWO);
  }

  /** Gradients go down, with their norms, and weights up; else there are keys and the like. */
  private static void isApart(TrainingGraph graph, List<String> networks) {
    isApart(graph, networks, networks.size());
  }

  /**
   * @param norms of gradients that come down: of one of which some may count as zeros, two
   */
  private static void isApart(TrainingGraph graph, List<String> networks, int norms) {
    Placement placement = graph.onGpu();
    long weights = networks.stream().mapToLong(name -> graph.holdings().weights().get(name)).sum();
    List<Placement.Copies> within = placement.copiesWithin();
    assertEquals(
        weights + norms * Float.BYTES,
        within.stream().filter(c -> !c.toGpu()).mapToLong(Placement.Copies::bytes).sum(),
        placement::toString);
    assertEquals(
        networks.size() + norms,
        within.stream().filter(c -> !c.toGpu()).mapToInt(Placement.Copies::count).sum(),
        placement::toString);
    long up = within.stream().filter(c -> c.toGpu()).mapToLong(Placement.Copies::bytes).sum();
    assertTrue(weights <= up && up < weights + 2048, placement::toString);
    assertTrue(graph.holdings().onHost().slots() > 0);
    assertEquals(0, graph.holdings().slots() + graph.holdings().averages());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimiser { clip_norm: 1 } average { } average { relative_length: 0.1 }"
            + " fake_score { optimiser { state: BFLOAT16 nonfinite_as_zero: true } }",
        "accumulation_steps: 2 lora { rank: 2 } recompute: BLOCKS"
            + " discriminator { optimiser { state: FACTORED schedule: COSINE } }"
      })
  void ofADistillationGradientsGoDownAndWeightsUp(String settings) {
    try (Distillation d = offloaded(settings)) {
      int norms = settings.contains("nonfinite_as_zero") ? 4 : 3;
      isApart(d.graph(), List.of("student", "fake_score", "discriminator"), norms);
      isHeldThere(d.tf());
    }
  }

  @Test
  void ofAPretrainingAndAClassifierToo() {
    PretrainConfig.Builder config = PretrainConfig.newBuilder().setBatchSize(Tiny.BATCH);
    config.getOptimiserBuilder().setOffload(true);
    DenoiserModel model = Networks.denoiser(Tiny.smallNetwork(), 1);
    try (Pretraining p =
        new Pretraining(Tiny.smallNetwork(), model, config.build(), Share.ALL, Memories.TWO)) {
      isApart(p.graph(), List.of("model"));
    }
    FeaturesConfig.Builder features = FeaturesConfig.newBuilder().setBatchSize(4);
    features.getOptimiserBuilder().setOffload(true);
    features.getClassifierBuilder().setFeatures(4).addLevelBuilder().setChannels(8).setBlocks(1);
    Classifier classifier =
        Classifier.build(features.getClassifier(), Shape.of(8, 8, 1), Tiny.CLASSES, 1);
    try (ClassifierTraining c =
        new ClassifierTraining(classifier, features.build(), Share.ALL, Memories.TWO)) {
      isApart(c.graph(), List.of("model"));
    }
  }

  /**
   * All that reads or changes moments and averages is held there; no network is, nor a gradient.
   */
  static void isHeldThere(Ops tf) {
    Pattern kept = Pattern.compile(".*/(weights|m|v|[mv]_\\d+|rows|columns|average_\\d+)");
    Set<String> frozen =
        Set.of("teacher/weights", "student_base/weights", "fake_score_base/weights");
    int variables = 0;
    for (Iterator<GraphOperation> all = ((Graph) tf.scope().env()).operations(); all.hasNext(); ) {
      GraphOperation op = all.next();
      boolean held = Host.holds(op);
      if (op.type().equals("VarHandleOp") && kept.matcher(op.name()).matches()) {
        assertEquals(!frozen.contains(op.name()), held, op.name());
        variables++;
      }
      for (Operand<?> input : op.inputs()) {
        if (input.op().type().equals("VarHandleOp")) {
          assertEquals(Host.holds(input.op()), held, op.name() + " of " + input.op().name());
        }
      }
      if (op.type().equals("Slice")) {
        assertTrue(held || !Host.holds(op.input(0).op()), "what is drawn or exported");
      }
      boolean ofKeys = ON_CPU.contains(op.type()) || op.type().equals("Const");
      boolean ofVariable = op.type().equals("VarHandleOp") || ofOneHeld(op);
      assertTrue(!held || ofKeys || ofVariable || op.name().contains("_update/"), op.name());
      assertFalse(held && op.name().startsWith("gradients"), op.name());
    }
    assertTrue(variables > 5);
  }

  private static boolean ofOneHeld(GraphOperation op) {
    return op.inputs().stream().anyMatch(input -> Host.holds(input.op()));
  }

  @Test
  void whatHasNoKernelAndWhatIsCopiedForItAreNamed() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Placeholder<TFloat32> image =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(8, 8, 1)));
      Operand<TUint8> bytes = tf.dtypes.cast(tf.math.abs(image), TUint8.class);
      Operation png = tf.image.encodePng(bytes).op();
      Placement placement = Placement.of(List.of(png), Kernels.ofGpuBuild());
      assertEquals(
          List.of("EncodePng", "Placeholder"),
          placement.onCpu().stream().map(Placement.OnCpu::type).sorted().toList());
      assertEquals(1, placement.copiesWithin().size());
      Placement.Copies back = placement.copiesWithin().get(0);
      assertEquals("Cast", back.from());
      assertEquals("EncodePng", back.to());
      assertEquals(64, back.bytes());
    }
  }
}
