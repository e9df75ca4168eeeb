package io.github.fdistill.onnx;

import io.github.fdistill.OnnxBytes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.types.TFloat32;

/** Networks that a test writes by the numbers of their fields: read, and run. */
final class OnnxRun {
  private OnnxRun() {}

  static OnnxNetwork read(Path folder, OnnxBytes graph) throws IOException {
    return read(folder, graph, Map.of());
  }

  static OnnxNetwork read(Path folder, OnnxBytes graph, Map<String, long[]> shapes)
      throws IOException {
    return read(folder, 17, graph, shapes);
  }

  static OnnxNetwork read(Path folder, long opset, OnnxBytes graph, Map<String, long[]> shapes)
      throws IOException {
    Path file = Files.createTempFile(folder, "network", ".onnx");
    Files.write(file, OnnxBytes.model(opset, graph));
    return OnnxNetwork.read(file, shapes);
  }

  /** Its parameters, with the numbers of the file. */
  static Map<String, Expr> weights(TestGraph g, OnnxNetwork network) {
    Map<String, Expr> weights = new HashMap<>();
    List<Parameter> parameters = network.function().parameters().list();
    for (int i = 0; i < parameters.size(); i++) {
      Expr numbers = Expr.of(g.tf, g.tf.constant(network.tensors().get(i).floats()));
      Parameter parameter = parameters.get(i);
      weights.put(parameter.name(), numbers.reshape(parameter.shape().asArray()));
    }
    return weights;
  }

  /** Its output y of an input x of this shape. */
  static float[] y(OnnxNetwork network, long[] shape, double... x) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Expr> inputs = Map.of("x", g.constant(x).reshape(shape));
      return g.value(
          network
              .function()
              .call(g.tf, "network", inputs, weights(g, network))
              .get("y")
              .expect(TFloat32.class));
    }
  }
}
