package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;

import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.diffusion.NearestSteps;
import io.github.fdistill.diffusion.NoiseSchedule;
import io.github.fdistill.diffusion.Prediction;
import io.github.fdistill.diffusion.VarianceExploding;
import io.github.fdistill.diffusion.VariancePreserving;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import org.junit.jupiter.api.Test;

/** What EDM's code gave of its other preconditionings: the time, and D of the network's F. */
class RecordedConventionsTest {
  @Test
  void variancePreserving() {
    assertRight("edm-vp", new VariancePreserving(19.9, 0.1, 1000, 1e-5), Prediction.EPSILON);
  }

  @Test
  void varianceExploding() {
    assertRight("edm-ve", new VarianceExploding(0.02, 100), Prediction.SCORE);
  }

  @Test
  void improvedDdpm() {
    assertRight("edm-iddpm", NearestSteps.improved(1000, 0.001, 0.008), Prediction.EPSILON);
  }

  private static void assertRight(String name, NoiseSchedule schedule, Prediction prediction) {
    Npz arrays = new Npz(Recorded.folder().resolve(name + ".npz"));
    float[] sigma = arrays.floats("sigma");
    int[] shape = arrays.shape("x");
    Convention convention = new Convention(schedule, prediction, -1, 1);
    try (TestGraph graph = new TestGraph()) {
      Expr levels = Expr.of(graph.tf, graph.tf.constant(sigma));
      Expr x = images(graph, arrays.floats("x"), shape);
      Expr f = images(graph, arrays.floats("F"), arrays.shape("F")).channels(shape[3]);
      float[] time = graph.value(convention.time(levels));
      assertClose(name + " time", arrays.floats("c_noise"), time, 1e-4);
      float[] denoised = graph.value(convention.denoised(x, f, levels));
      assertClose(name + " D", arrays.floats("D"), denoised, 1e-5);
    }
  }

  private static Expr images(TestGraph graph, float[] values, int[] shape) {
    return Expr.of(graph.tf, graph.tf.constant(values))
        .reshape(shape[0], shape[1], shape[2], shape[3]);
  }
}
