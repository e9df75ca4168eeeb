package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/** A small network that takes a class and a vector of three numbers. */
public final class ConditionedNetwork {
  public static final int CLASSES = 3;
  public static final int SIDE = 4;
  public static final String VECTOR = "vector";

  /** What it takes. */
  public static final Conditioning CONDITIONING =
      new Conditioning(
          List.of(
              Conditioning.label(CLASSES),
              new Conditioning.Input(VECTOR, DataType.DT_FLOAT, Shape.of(3), List.of(0.0))));

  /** The noise levels that it is for. */
  public static final double SIGMA_MIN = 0.02;

  public static final double SIGMA_MAX = 5;

  private static final double SIGMA_DATA = 0.5;

  private ConditionedNetwork() {}

  /** Fully connected layers over image, noise level, class and vector side by side. */
  public static DenoiserModel model(long seed) {
    Shape image = Shape.of(SIDE, SIDE, 1);
    DenoiserInfo info =
        DenoiserInfo.newBuilder()
            .setClasses(CLASSES)
            .setSigmaData(SIGMA_DATA)
            .setSigmaMin(SIGMA_MIN)
            .setSigmaMax(SIGMA_MAX)
            .addNone(NoneCondition.newBuilder().setInput(VECTOR).addValue(0))
            .build();
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(seed);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Expr x = input(tf, inputs, "x", image.prepend(-1));
      Expr sigma = input(tf, inputs, "sigma", Shape.of(-1));
      Condition condition = CONDITIONING.placeholders(tf, -1);
      inputs.putAll(condition.tensors());
      Expr denoised = denoised(new Layers(store), x, sigma, condition);
      return new DenoiserModel(
          "a test's network",
          Networks.function(graph, inputs, Map.of(DenoiserModel.DENOISED, denoised), store),
          store.first(),
          info,
          image);
    }
  }

  private static Expr input(Ops tf, Map<String, Operand<?>> inputs, String name, Shape shape) {
    Operand<TFloat32> placeholder =
        tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(shape));
    inputs.put(name, placeholder);
    return Expr.of(tf, placeholder);
  }

  private static Expr denoised(Layers layers, Expr x, Expr sigma, Condition condition) {
    Ops tf = x.tf();
    Preconditioning edm = new Preconditioning(SIGMA_DATA);
    Expr s = sigma.perImage();
    Expr flat = x.times(edm.cIn(s)).reshape(-1, SIDE * SIDE);
    Expr vector = Expr.of(tf, condition.tensors().get(VECTOR).asOutput().expect(TFloat32.class));
    Expr h =
        Expr.concat(
            1,
            List.of(
                flat,
                Layers.noiseWaves(edm.cNoise(sigma), 8),
                Networks.oneHot(tf, condition.label(), CLASSES + 1),
                vector));
    h = layers.dense(h, "hidden_1", 48, 1).silu();
    h = layers.dense(h, "hidden_2", 48, 1).silu();
    Expr f = layers.dense(h, "out", SIDE * SIDE, 0).reshape(-1, SIDE, SIDE, 1);
    return x.times(edm.cSkip(s)).plus(f.times(edm.cOut(s)));
  }
}
