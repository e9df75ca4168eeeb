package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/** What the variables of a small training graph hold. */
public final class StateValues {
  private StateValues() {}

  /**
   * By name, frozen ones too, without the zeros between parameters. In one run: TensorFlow prepares
   * the whole graph anew for each new set of what is fetched.
   */
  public static Map<String, float[]> of(State state, Session session) {
    List<FloatVariable> variables = new ArrayList<>();
    state.all().forEach(variables::add);
    Session.Runner runner = session.runner();
    variables.forEach(variable -> runner.fetch(state.read(variable)));
    Map<String, float[]> values = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < variables.size(); i++) {
        float[] all = TensorBundle.floats((TFloat32) result.get(i));
        FloatVariable variable = variables.get(i);
        values.put(
            variable.name(),
            state.layout(variable).map(p -> WeightArrays.withoutZeros(p, all)).orElse(all));
      }
    }
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
}
