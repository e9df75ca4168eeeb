package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.Inception;
import io.github.fdistill.network.Inception.Kind;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.Weights;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Inception v3 against torchvision's and pytorch-fid's, run by inception.py beside the recorded
 * features: on weights and images that both draw by the same formula.
 */
class InceptionTest {

  /** SplitMix64's i-th number after a key, from -1 to 1. */
  private static double draw(long key, long i) {
    long z = key + (i + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z = z ^ (z >>> 31);
    return (z >>> 11) * 0x1p-52 - 1;
  }

  /** The weights of each tensor by PyTorch's name and in its order of axes. */
  private record Drawn(Parameters parameters) implements Weights {
    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      Parameter p = parameters.list().get(parameter);
      String layer = Names.layer(p);
      String name = layer.substring(0, layer.lastIndexOf('.')) + torch(Names.part(p));
      long key = 0;
      for (int j = 0; j < name.length(); j++) {
        key += (long) name.charAt(j) * (j + 1);
      }
      long[] shape = p.shape().asArray();
      float[] values = new float[(int) p.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) value(name, draw(key, place(i, shape)), shape);
      }
      into.write(values);
    }

    private static String torch(String part) {
      return switch (part) {
        case "scale" -> ".bn.weight";
        case "offset" -> ".bn.bias";
        case "mean" -> ".bn.running_mean";
        case "variance" -> ".bn.running_var";
        default -> ".conv.weight";
      };
    }

    private static double value(String name, double w, long[] shape) {
      if (name.endsWith("conv.weight")) {
        return w * Math.sqrt(6.0 / (shape[0] * shape[1] * shape[2]));
      } else if (name.endsWith("bn.weight")) {
        return 1 + 0.3 * w;
      }
      return name.endsWith("running_var") ? 1 + 0.5 * w : 0.2 * w;
    }

    /** Where element i of [h,w,in,out] stands in [out,in,h,w]; of a vector, i. */
    private static long place(long i, long[] shape) {
      if (shape.length == 1) {
        return i;
      }
      long out = i % shape[3];
      long in = i / shape[3] % shape[2];
      long column = i / shape[3] / shape[2] % shape[1];
      long row = i / shape[3] / shape[2] / shape[1];
      return ((out * shape[2] + in) * shape[0] + row) * shape[1] + column;
    }
  }

  private static float[] image(int height, int width) {
    float[] bytes = new float[height * width * 3];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (float) Math.floor(128 + 128 * draw(height, i));
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "fid, OF_2015, TF1, 32, 32",
    "fid, OF_2015, BILINEAR, 320, 310",
    "tv, TORCHVISION, ANTIALIASED, 320, 310"
  })
  void featuresAreThoseOfTheReference(
      String recorded, Kind kind, Resizing resizing, int height, int width) {
    Npz arrays = new Npz(Recorded.folder().resolve("inception.npz"));
    float[] expected = Arrays.copyOf(arrays.floats(recorded + "_" + resizing + "_" + height), 2048);
    Inception inception = Inception.build(kind, resizing, Shape.of(height, width, 3));
    Weights weights = new Drawn(inception.function().parameters());
    try (LoadedNetwork network = new LoadedNetwork()) {
      Ops tf = network.tf();
      Expr vector = network.vector(weights);
      Expr x = Expr.of(tf, tf.constant(image(height, width))).reshape(1, height, width, 3);
      Map<String, Output<?>> found =
          inception
              .function()
              .call(tf, "inception", Map.of("x", x), weights.parameters().split(tf, vector));
      try (Result result = network.open().runner().fetch(found.get("features")).run()) {
        float[] features = TensorBundle.floats((TFloat32) result.get(0));
        assertEquals(2048, features.length);
        Recorded.assertClose(recorded + " " + resizing, expected, features, 2e-5);
      }
    }
  }
}
