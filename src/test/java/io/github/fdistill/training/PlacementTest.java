package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.device.Kernels;
import io.github.fdistill.device.Placement;
import io.github.fdistill.device.Sessions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
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

  @Test
  void whatHasNoKernelAndWhatIsCopiedForItAreNamed() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = Ops.create(graph);
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
