package io.github.fdistill.network;

import io.github.fdistill.diffusion.Disguise;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.image.ResizeNearestNeighbor;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** SavedModels whose signatures are called in ways of their own. */
public final class ForeignModels {
  private ForeignModels() {}

  private static <T extends TType> Operand<T> input(
      Ops tf, Map<String, Operand<?>> in, String name, Class<T> type, long... dims) {
    Operand<T> input = tf.withName("fed_" + name).placeholder(type, shape(dims));
    in.put(name, input);
    return input;
  }

  private static Placeholder.Options shape(long... dims) {
    return Placeholder.shape(Shape.of(dims));
  }

  private static Expr transposed(Expr x, int... order) {
    return Expr.of(x.tf(), x.tf().linalg.transpose(x, x.tf().constant(order)));
  }

  /**
   * A mixture of four dimensions as a network for images [2,1,2]. Signature {@code
   * serving_default}: sample, timestep to prediction; with training, which must be false, and
   * strength, which must be 1 for each row. Another output, {@code rows}, is int32.
   *
   * @param channelsFirst images are [N,2,2,1]
   * @param wholeTimes int64 [N], else float [N,1]
   * @param timeScale what times are multiplied by
   */
  static void writeDisguised(
      Path folder, Disguise disguise, boolean channelsFirst, boolean wholeTimes, double timeScale)
      throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Map<String, Operand<?>> in = new LinkedHashMap<>();
      long[] image = channelsFirst ? new long[] {-1, 2, 2, 1} : new long[] {-1, 2, 1, 2};
      Expr x = Expr.of(tf, input(tf, in, "sample", TFloat32.class, image));
      Expr time =
          wholeTimes
              ? Expr.cast(tf, input(tf, in, "timestep", TInt64.class, -1))
              : Expr.of(tf, input(tf, in, "timestep", TFloat32.class, -1, 1)).reshape(-1);
      Operand<TBool> training = input(tf, in, "training", TBool.class);
      Expr strength = Expr.of(tf, input(tf, in, "strength", TFloat32.class, -1));

      Expr flat = (channelsFirst ? transposed(x, 0, 2, 3, 1) : x).reshape(-1, 4);
      Expr says = disguise.says(flat, time.over(timeScale)).reshape(-1, 2, 1, 2);
      Expr right = Expr.cast(tf, tf.math.logicalNot(training));
      Expr out = says.times(strength.perImage()).times(right);
      builder.signature(
          "serving_default",
          in,
          Map.of(
              "prediction",
              channelsFirst ? transposed(out, 0, 3, 1, 2) : out,
              "rows",
              tf.shape(x)));
      builder.write(folder);
    }
  }

  /**
   * A small U-Net with weights, as a framework with channels first would export it. Signature
   * {@code predict}: pixels [N,1,side,side], t [N] int64, c [N,classes] one-hot to eps and four
   * channels more of it, variance; smallest, the map [N,side/2,side/2,4] after its middle.
   */
  public static void writeUnet(Path folder, int side, int classes) throws IOException {
    writeUnet(folder, side, classes, -1);
  }

  /**
   * The same with times of another shape.
   *
   * @param times such as of none, one time for all images
   */
  public static void writeUnet(Path folder, int side, int classes, long... times)
      throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      RandomWeights w = new RandomWeights();
      w.add("stem/kernel", 3, 3, 1, 4);
      w.add("time/kernel", 2, 4);
      w.add("class/kernel", classes, 4);
      w.add("middle/kernel", 3, 3, 4, 4);
      w.add("head/kernel", 3, 3, 8, 2);
      Map<String, Operand<TFloat32>> weights = builder.variables(w.weights());
      Map<String, Operand<?>> in = new LinkedHashMap<>();
      Expr pixels = Expr.of(tf, input(tf, in, "pixels", TFloat32.class, -1, 1, side, side));
      Expr t = Expr.cast(tf, input(tf, in, "t", TInt64.class, times)).over(1000);
      Expr c = Expr.of(tf, input(tf, in, "c", TFloat32.class, -1, classes));

      Expr stem = conv(transposed(pixels, 0, 2, 3, 1), weights.get("stem/kernel")).silu();
      Expr waves = Expr.concat(1, t.cos().reshape(-1, 1), t.sin().reshape(-1, 1));
      Expr shift =
          product(waves, weights.get("time/kernel")).plus(product(c, weights.get("class/kernel")));
      List<Long> two = List.of(1L, 2L, 2L, 1L);
      Expr down = Expr.of(tf, tf.nn.avgPool(stem, two, two, "VALID"));
      Ops middle = tf.withSubScope("middle");
      Expr small =
          conv(down.plus(shift.reshape(-1, 1, 1, 4)), weights.get("middle/kernel"))
              .in(middle)
              .silu();
      Operand<TFloat32> up =
          tf.image.resizeNearestNeighbor(
              small, tf.constant(new int[] {side, side}), new ResizeNearestNeighbor.Options[0]);
      Expr head = conv(Expr.concat(3, stem, Expr.of(tf, up)), weights.get("head/kernel"));
      builder.signature(
          "predict", in, Map.of("eps", transposed(head, 0, 3, 1, 2), "smallest", small));
      builder.write(folder);
    }
  }

  /**
   * A generator of another architecture, one matrix. Signature {@code make}: latent [N,5] float32,
   * digit [N,1] int32 to bytes [N,1,side,side] float32, from 0 to 255.
   */
  public static void writeGenerator(Path folder, int side, int classes) throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      RandomWeights w = new RandomWeights();
      w.add("dense", 5, (long) side * side);
      w.add("by_class", classes, (long) side * side);
      Map<String, Operand<TFloat32>> weights = builder.variables(w.weights());
      Map<String, Operand<?>> in = new LinkedHashMap<>();
      Expr latent = Expr.of(tf, input(tf, in, "latent", TFloat32.class, -1, 5));
      Operand<TInt32> digit =
          tf.reshape(input(tf, in, "digit", TInt32.class, -1, 1), tf.constant(new int[] {-1}));
      Expr oneHot =
          Expr.of(tf, tf.oneHot(digit, tf.constant(classes), tf.constant(1f), tf.constant(0f)));
      Expr sum =
          product(latent, weights.get("dense")).plus(product(oneHot, weights.get("by_class")));
      Expr bytes = sum.sigmoid().times(255).reshape(-1, 1, side, side);
      builder.signature("make", in, Map.of("bytes", bytes));
      builder.write(folder);
    }
  }

  /** A generator of points. Signature {@code make}: z [N,1,1,size] to out [N,1,1,size]. */
  public static void writePoints(Path folder, int size) throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      RandomWeights w = new RandomWeights();
      w.add("scale", size);
      Map<String, Operand<TFloat32>> weights = builder.variables(w.weights());
      Map<String, Operand<?>> in = new LinkedHashMap<>();
      Expr z = Expr.of(builder.tf(), input(builder.tf(), in, "z", TFloat32.class, -1, 1, 1, size));
      builder.signature("make", in, Map.of("out", z.times(weights.get("scale"))));
      builder.write(folder);
    }
  }

  private static Expr conv(Expr x, Operand<TFloat32> kernel) {
    return Expr.of(x.tf(), x.tf().nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME"));
  }

  private static Expr product(Expr x, Operand<TFloat32> matrix) {
    return Expr.of(x.tf(), x.tf().linalg.matMul(x, matrix));
  }

  /** Parameters with random values. */
  private static final class RandomWeights {
    private final Random random = new Random(11);
    private final Map<Parameter, float[]> all = new LinkedHashMap<>();

    void add(String name, long... dims) {
      Parameter parameter = new Parameter(name, Shape.of(dims));
      float[] values = new float[(int) parameter.shape().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.3f * (float) random.nextGaussian();
      }
      all.put(parameter, values);
    }

    Parameters parameters() {
      return new Parameters(List.copyOf(all.keySet()));
    }

    Weights weights() {
      Map<String, float[]> byName = new LinkedHashMap<>();
      all.forEach((p, values) -> byName.put(p.name(), values));
      return WeightArrays.weights(parameters(), WeightArrays.join(parameters(), byName));
    }
  }
}
