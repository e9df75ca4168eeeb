package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * A signature may begin in the middle of its graph: what stands before its inputs is not needed.
 */
class SignatureInputsTest {
  @TempDir Path folder;

  private static Expr value(TestGraph g, Map<String, Output<?>> outputs, String name) {
    return Expr.of(g.tf, outputs.get(name).expect(TFloat32.class));
  }

  /**
   * raw is cut in two; its second half is half, and tripled it is b. Signature: half, b to half^2 +
   * b, to b + 1, which is to run after b, and to b itself.
   */
  private void write() throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TFloat32> raw = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
      List<Output<TFloat32>> halves = tf.split(tf.constant(1), raw, 2L).output();
      Expr b = Expr.of(tf, halves.get(1)).times(3);
      Ops after = tf.withControlDependencies(List.of(b.value()));
      Map<String, Operand<?>> out = new LinkedHashMap<>();
      out.put("sum", Expr.of(tf, halves.get(1)).square().plus(b));
      out.put("next", b.in(after).plus(1));
      out.put("same", b);
      builder.signature("run", Map.of("half", halves.get(1), "b", b), out);
      builder.write(folder);
    }
  }

  @Test
  void whatIsFedTakesTheirPlace() throws IOException {
    write();
    NetworkFunction function = SavedModel.read(folder).function("run");
    assertEquals(
        List.of("Placeholder", "Placeholder"),
        function.graph().getNodeList().stream()
            .map(n -> n.getOp())
            .filter(op -> op.equals("Placeholder") || op.startsWith("Split"))
            .toList());
    try (TestGraph g = new TestGraph()) {
      Expr half = g.constant(1, 2).reshape(1, 2);
      Expr b = g.constant(10, 20).reshape(1, 2);
      Map<String, Output<?>> outputs =
          function.call(g.tf, "net", Map.of("half", half, "b", b), Map.of());
      assertArrayEquals(new float[] {11, 24}, g.value(value(g, outputs, "sum")));
      assertArrayEquals(new float[] {11, 21}, g.value(value(g, outputs, "next")));
      assertArrayEquals(new float[] {10, 20}, g.value(value(g, outputs, "same")));
    }
  }
}
