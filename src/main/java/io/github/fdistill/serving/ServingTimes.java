package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt64;

/** Times serving_default of a student, for batches of 1, 2, 4, ... rows. */
final class ServingTimes {
  private static final int MOST_ROWS = 128;

  /** Seconds of a batch after which no larger one is tried, and no other of its size. */
  private static final double SLOW = 10;

  private ServingTimes() {}

  /**
   * Measures.
   *
   * @param served the SavedModel
   * @param student what is served
   * @param conditioning what it is asked with
   * @param rows the only size that the graph takes; -1: every one that the student takes
   * @param seconds for each size, at least; three runs at least, of slow ones one
   */
  static Throughput measure(
      SavedModelBundle served,
      StudentModel student,
      Conditioning conditioning,
      int rows,
      double seconds) {
    SessionFunction function = served.function("serving_default");
    int least = rows > 0 ? rows : 1;
    int most = rows > 0 ? rows : student.drawnAtOnce(MOST_ROWS, Samples.shown(student));
    return measure(size -> run(function, conditioning, size), least, most, seconds);
  }

  /**
   * The same of anything. Sizes that there is no memory for are none, but for the least.
   *
   * @param batch runs one of so many rows and gives its seconds
   * @param least rows of a batch, then twice as many, and so on
   * @param most rows
   */
  static Throughput measure(IntToDoubleFunction batch, int least, int most, double seconds) {
    List<Throughput.Point> points = new ArrayList<>();
    double time = 0;
    for (int rows = least; rows <= most && time < SLOW; rows *= 2) {
      try {
        time = seconds(batch, rows, seconds);
      } catch (TFResourceExhaustedException e) {
        if (points.isEmpty()) {
          throw e;
        }
        break;
      }
      points.add(new Throughput.Point(rows, time));
    }
    return new Throughput(points);
  }

  /** The median of the runs, after one that is not counted. */
  private static double seconds(IntToDoubleFunction batch, int rows, double atLeast) {
    batch.applyAsDouble(rows);
    List<Double> times = new ArrayList<>();
    for (double all = 0; all < atLeast || times.size() < 3 && all < SLOW; ) {
      double time = batch.applyAsDouble(rows);
      times.add(time);
      all += time;
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }

  private static double run(SessionFunction function, Conditioning conditioning, int rows) {
    try (TInt64 seed =
            TInt64.tensorOf(Shape.of(rows), DataBuffers.of(new long[rows], true, false));
        ConditionTensors condition =
            ConditionRows.zeros(conditioning, rows).tensors(conditioning)) {
      Map<String, Tensor> inputs = new LinkedHashMap<>(condition.byName());
      inputs.put("seed", seed);
      long start = System.nanoTime();
      try (Result result = function.call(inputs)) {
        return (System.nanoTime() - start) / 1e9;
      }
    }
  }
}
