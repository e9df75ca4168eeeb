package io.github.fdistill.savedmodel;

import com.google.protobuf.ByteString;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/**
 * A network for the tests of this room: a convolution, whose node has the treacherous name {@code
 * InitialConv}, and a matrix product; the output {@code map} needs the first only.
 */
final class Toy {
  static final Parameters PARAMETERS =
      new Parameters(
          List.of(
              new Parameter("net/kernel", Shape.of(3, 3, 2, 3)),
              new Parameter("net/bias", Shape.of(3)),
              new Parameter("net/head", Shape.of(48, 2))));

  private Toy() {}

  /** x [N,4,4,2], gain [N] to y [N,2], map [N,4,4,3]. */
  static NetworkFunction function() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x = placeholder(tf.withName("x"), Shape.of(-1, 4, 4, 2));
      Operand<TFloat32> gain = placeholder(tf.withName("gain"), Shape.of(-1));
      Ops net = tf.withSubScope("net");
      Map<String, Operand<TFloat32>> weights = new LinkedHashMap<>();
      for (Parameter p : PARAMETERS.list()) {
        String name = p.name().substring("net/".length());
        weights.put(p.name(), placeholder(net.withName(name), p.shape()));
      }
      Operand<TFloat32> conv =
          tf.withName("InitialConv")
              .nn
              .conv2d(x, weights.get("net/kernel"), List.of(1L, 1L, 1L, 1L), "SAME");
      Expr map = Expr.of(tf, tf.nn.biasAdd(conv, weights.get("net/bias"))).silu();
      Expr flat = map.reshape(-1, 48);
      Expr y = Expr.of(tf, tf.linalg.matMul(flat, weights.get("net/head")));
      Expr scaled = y.times(Expr.of(tf, gain).reshape(-1, 1));
      return new NetworkFunction(
          graph.toGraphDef(),
          Map.of("x", "x", "gain", "gain"),
          Map.of("y", scaled.op().name() + ":0", "map", map.op().name()),
          PARAMETERS);
    }
  }

  private static Operand<TFloat32> placeholder(Ops tf, Shape shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  static float[] random(long seed, int size) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static float[] weights(long seed) {
    return random(seed, (int) PARAMETERS.size());
  }

  /** The function's inputs for so many rows, as constants of a graph. */
  static Map<String, Expr> inputs(Ops tf, int rows) {
    Expr x = Expr.of(tf, tf.constant(random(rows, rows * 32))).reshape(rows, 4, 4, 2);
    return Map.of("x", x, "gain", Expr.of(tf, tf.constant(random(-rows, rows))));
  }

  /** Writes it as a SavedModel with the signature {@code run}. */
  static void write(Path folder, NetworkFunction function, float[] weights) throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Map<String, Operand<TFloat32>> reads =
          builder.variables(WeightArrays.weights(function.parameters(), weights));
      Ops run = tf.withSubScope("run");
      Map<String, Operand<?>> inputs =
          Map.of(
              "x", placeholder(run.withName("x"), Shape.of(-1, 4, 4, 2)),
              "gain", placeholder(run.withName("gain"), Shape.of(-1)));
      Map<String, Output<?>> outputs = function.call(tf, "run/network", inputs, reads);
      builder.signature("run", inputs, outputs);
      builder.write(folder);
    }
  }

  static void write(Path folder) throws IOException {
    write(folder, function(), weights(1));
  }

  /** A constant text. */
  static NodeDef text(String name, String value) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addStringVal(ByteString.copyFromUtf8(value))
            .build();
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_STRING).build())
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
        .build();
  }

  /** Changes the graph of a model that was written. */
  static void change(Path folder, Consumer<GraphDef.Builder> change) throws IOException {
    Path file = folder.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved.getMetaGraphsBuilder(0).getGraphDefBuilder());
    Files.write(file, saved.build().toByteArray());
  }

  static AttrValue attribute(String text) {
    return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
  }
}
