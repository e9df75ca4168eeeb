package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/** What the variables of a small training graph hold. */
public final class StateValues {
  private StateValues() {}

  /** By name, frozen ones too, without the zeros between parameters. */
  public static Map<String, float[]> of(State state, Session session) {
    Map<String, float[]> values = new LinkedHashMap<>();
    state.all().forEach(variable -> values.put(variable.name(), of(state, session, variable)));
    return values;
  }

  /** |a - b| / |a|; a is not all zeros. */
  static double difference(float[] a, float[] b) {
    double squares = 0;
    double norm = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow(a[i] - b[i], 2);
      norm += Math.pow(a[i], 2);
    }
    assertTrue(norm > 0);
    return Math.sqrt(squares / norm);
  }

  private static float[] of(State state, Session session, FloatVariable variable) {
    try (Result result = session.runner().fetch(state.read(variable)).run()) {
      float[] all = TensorBundle.floats((TFloat32) result.get(0));
      return state.layout(variable).map(p -> WeightArrays.withoutZeros(p, all)).orElse(all);
    }
  }
}
