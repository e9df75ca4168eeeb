package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class SumsTest {
  private static float[] run(Crew crew, Session session, Expr value) {
    try (Result result = session.runner().fetch(value).run()) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }

  @Test
  void allGetTheSumOfAllAndWhatTheFirstHas() throws Exception {
    List<float[]> results =
        Crews.run(
            3,
            crew -> {
              try (Graph graph = Sessions.graph()) {
                Ops tf = Ops.create(graph);
                float mine = (float) Math.pow(10, crew.worker());
                Expr values = Expr.of(tf, tf.constant(new float[] {mine, 2 * mine}));
                Expr sum = crew.sum(tf, values);
                Expr first = crew.leads() ? crew.sent(tf, values) : crew.received(tf, Shape.of(2));
                try (Session session = crew.open(graph)) {
                  float[] a = run(crew, session, sum);
                  float[] b = run(crew, session, first);
                  return new float[] {a[0], a[1], b[0], b[1]};
                }
              }
            });
    for (float[] result : results) {
      assertArrayEquals(new float[] {111, 222, 1, 2}, result);
    }
  }
}
