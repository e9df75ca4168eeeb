package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.StudentModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt64;

/** Times serving_default of a student, for batches of 1, 2, 4, ... rows. */
final class ServingTimes {
  private static final int MOST_ROWS = 128;

  private ServingTimes() {}

  /**
   * Measures.
   *
   * @param student what is served
   * @param conditioning what it is asked with
   * @param rows the only size that the graph takes; -1: every one that the student takes
   * @param seconds for each size, at least; three runs at least
   */
  static Throughput measure(
      Path version, StudentModel student, Conditioning conditioning, int rows, double seconds) {
    int most = student.drawnAtOnce(MOST_ROWS);
    List<Throughput.Point> points = new ArrayList<>();
    try (SavedModelBundle bundle = Sessions.load(version)) {
      SessionFunction function = bundle.function("serving_default");
      for (int size = rows > 0 ? rows : 1; size <= Math.max(rows, most); size *= 2) {
        points.add(new Throughput.Point(size, seconds(function, conditioning, size, seconds)));
        if (rows > 0) {
          break;
        }
      }
    }
    return new Throughput(points);
  }

  /** The median of the runs, after one that is not counted. */
  private static double seconds(
      SessionFunction function, Conditioning conditioning, int rows, double atLeast) {
    Shape shape = Shape.of(rows);
    try (TInt64 seed = TInt64.tensorOf(shape, DataBuffers.of(new long[rows], true, false));
        ConditionTensors condition =
            ConditionRows.zeros(conditioning, rows).tensors(conditioning)) {
      Map<String, Tensor> inputs = new LinkedHashMap<>(condition.byName());
      inputs.put("seed", seed);
      run(function, inputs);
      List<Double> times = new ArrayList<>();
      for (double all = 0; all < atLeast || times.size() < 3; ) {
        double time = run(function, inputs);
        times.add(time);
        all += time;
      }
      times.sort(null);
      return times.get(times.size() / 2);
    }
  }

  private static double run(SessionFunction function, Map<String, Tensor> inputs) {
    long start = System.nanoTime();
    try (Result result = function.call(inputs)) {
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
