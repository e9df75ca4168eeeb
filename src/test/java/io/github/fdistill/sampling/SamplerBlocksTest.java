package io.github.fdistill.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class SamplerBlocksTest {
  /** D(x) = gain x, of square images. */
  private static DenoiserModel model(int size, int rows) {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Placeholder.Options images = Placeholder.shape(Shape.of(-1, size, size, 1));
      Expr x = Expr.of(tf, tf.withName("x").placeholder(TFloat32.class, images));
      tf.withName("sigma").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      Placeholder.Options one = Placeholder.shape(Shape.of(1));
      Expr gain = Expr.of(tf, tf.withName("gain").placeholder(TFloat32.class, one));
      Expr denoised = x.times(gain);
      NetworkFunction function =
          new NetworkFunction(
              graph.toGraphDef(),
              Map.of("x", "x", "sigma", "sigma"),
              Map.of("denoised", denoised.op().name() + ":0"),
              new Parameters(List.of(new Parameters.Parameter("gain", Shape.of(1)))));
      DenoiserInfo info =
          DenoiserInfo.newBuilder().setSigmaData(0.5).setStudentSigma(1).setRows(rows).build();
      return new DenoiserModel(
          "toy",
          function,
          WeightArrays.weights(function.parameters(), 0.5f),
          info,
          Shape.of(size, size, 1));
    }
  }

  @Test
  void largeImagesAreDrawnInSmallerBlocks() {
    assertEquals(100, model(8, 0).drawnAtOnce(100));
    assertEquals(100, model(64, 0).drawnAtOnce(100));
    assertEquals(25, model(128, 0).drawnAtOnce(100));
    assertEquals(1, model(1024, 0).drawnAtOnce(100));
    assertEquals(2, model(64, 0).drawnAtOnce(128, Shape.of(512, 512, 3)), "latents, decoded");
    assertEquals(4, model(128, 4).drawnAtOnce(100), "a network of fixed rows");
  }

  /** Beside the weights there is little room, and each image takes some. */
  @Test
  void largeNetworksDrawFewImages() {
    DenoiserModel sdxl = model(128, 0).with(new Unread(2_567_463_684L));
    assertEquals(Sessions.onGpu() ? 25 : 1, sdxl.drawnAtOnce(100));
    assertEquals(3, SampleGrid.of(sdxl).count(), "to compare");
    DenoiserModel adm = model(64, 0).with(new Unread(295_899_267));
    assertEquals(Sessions.onGpu() ? 100 : 10, adm.drawnAtOnce(100));
    assertEquals(33, SampleGrid.of(adm).count());
    assertEquals(100, SampleGrid.of(model(64, 0)).count());
  }

  private record Unread(Parameters parameters) implements Weights {
    Unread(long size) {
      this(new Parameters(List.of(new Parameters.Parameter("gain", Shape.of(size)))));
    }

    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      throw new AssertionError("read");
    }
  }

  @Test
  void blocksGiveTheImagesThatEachSeedGivesAlone() {
    DenoiserModel model = model(128, 0);
    AtomicInteger runs = new AtomicInteger(); // Blocks are drawn side by side.
    long[] seeds = LongStream.range(0, 27).toArray();
    ConditionRows none = ConditionRows.madeUp(model.conditioning(), seeds.length);
    try (Sampler sampler = Sampler.ofStudent(model, Precision.FLOAT32)) {
      float[] all =
          sampler.draw(
              seeds,
              none,
              runner -> {
                runs.incrementAndGet();
                return runner.run();
              });
      assertEquals(2, runs.get());
      float[] alone = sampler.draw(new long[] {26}, none.range(26, 27));
      assertArrayEquals(alone, Arrays.copyOfRange(all, 26 * 128 * 128, 27 * 128 * 128));
    }
  }
}
