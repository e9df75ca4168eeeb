package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.TensorBundle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Images that an exported student must give.
 *
 * @param seeds [N]
 * @param conditioning what the student takes
 * @param conditions of each image
 * @param noise [h,w,c], of the student
 * @param samples [N,H,W,C] of the student in the session that trained it, in [-1, 1] where they are
 *     images
 * @param most images that the student draws at once, at most
 */
public record Expected(
    long[] seeds,
    Conditioning conditioning,
    ConditionRows conditions,
    Shape noise,
    float[] samples,
    int most) {
  /** The same sums in another order, to the greatest value; other weights give far more. */
  private static final float ROUNDING = 1e-4f;

  /** What one image is drawn of. */
  static final long SEED = 0;

  /** Images that a SavedModel is asked for at once, where its batches may be of any size. */
  private static final int ROWS = 100;

  /** What a student draws of a grid in float32, before it is exported. */
  public static Expected of(StudentModel student, SampleGrid grid) {
    Samples drawn = Samples.ofStudent(student, grid);
    return new Expected(
        grid.seedOfEach(),
        student.conditioning(),
        grid.conditionOfEach(),
        student.noise(),
        (Samples.areImages(student) ? drawn.inRange() : drawn).values(),
        student.drawnAtOnce(ROWS));
  }

  /** One image that is not drawn yet. */
  static Expected ofSeed(StudentModel student, ConditionRows condition) {
    float[] none = new float[Math.toIntExact(student.image().size())];
    long[] seed = {SEED};
    return new Expected(seed, student.conditioning(), condition, student.noise(), none, 1);
  }

  /**
   * Loads the SavedModel as TensorFlow Serving does, in a graph of its own, and compares.
   *
   * @param student what was exported as training does
   * @throws InputException when what is expected are no images: training has diverged
   * @throws IllegalStateException when an image differs by more than rounding
   */
  void check(StudentModel student, Path folder) {
    requireNumbers(samples);
    try (SavedModelBundle served = Sessions.load(folder)) {
      requireRounding(difference(served, -1));
      DecodedPicture.requireSame(served, student, ServedForm.PLAIN);
    }
  }

  /**
   * Refuses a difference that is more than rounding.
   *
   * @throws IllegalStateException with it
   */
  void requireRounding(float difference) {
    if (!(difference <= ROUNDING * Math.max(1, greatest()))) {
      throw new IllegalStateException(
          "the exported student differs from the trained one by "
              + difference
              + "; nothing was written");
    }
  }

  /**
   * The largest difference between a value of the images that are expected and of those that the
   * SavedModel gives, in data units; infinite where they are not as many.
   *
   * @param served the SavedModel, loaded as TensorFlow Serving does
   * @param rows that every batch has; -1: any number
   * @throws InputException when what is expected are no images: training has diverged
   */
  float difference(SavedModelBundle served, int rows) {
    requireNumbers(samples);
    float[] found = generate(served, rows < 0 ? Math.min(seeds.length, most) : rows);
    float worst = found.length == samples.length ? 0 : Float.POSITIVE_INFINITY;
    for (int i = 0; i < found.length && i < samples.length; i++) {
      float here = Math.abs(found[i] - samples[i]);
      worst = here <= worst ? worst : here; // NaN stays.
    }
    return worst;
  }

  private float greatest() {
    float greatest = 0;
    for (float value : samples) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  static void requireNumbers(float... samples) {
    for (float value : samples) {
      if (!Float.isFinite(value)) {
        throw new InputException(
            "the trained student",
            "its images hold " + value + ": training has diverged; nothing was exported",
            "images of finite numbers",
            "train under another name (--set name=...) with lower learning rates");
      }
    }
  }

  /** What the SavedModel gives of the same, by so many at once. */
  float[] generate(SavedModelBundle served, int rows) {
    float[] z = normal();
    float[] all = new float[samples.length];
    int drawn = (int) noise.size();
    int size = samples.length / seeds.length;
    SessionFunction function = served.function("generate");
    for (int from = 0; from < seeds.length; from += rows) {
      int count = Math.min(rows, seeds.length - from);
      float[] part = Arrays.copyOfRange(z, from * drawn, (from + count) * drawn);
      // A batch of a fixed size is filled up with what is not looked at.
      int first = from;
      int[] which = IntStream.range(0, rows).map(i -> i < count ? first + i : first).toArray();
      float[] values = Arrays.copyOf(part, rows * drawn);
      float[] made = generate(function, values, conditions.rows(which));
      if (made.length != rows * size) {
        return made;
      }
      System.arraycopy(made, 0, all, from * size, count * size);
    }
    return all;
  }

  private float[] generate(SessionFunction function, float[] values, ConditionRows rows) {
    try (TFloat32 z = TensorBundle.tensor(noise.prepend(rows.count()), values);
        ConditionTensors condition = rows.tensors(conditioning)) {
      Map<String, Tensor> inputs = new LinkedHashMap<>(condition.byName());
      inputs.put("noise", z);
      try (Result result = function.call(inputs)) {
        return TensorBundle.floats((TFloat32) result.get("sample").orElseThrow());
      }
    }
  }

  private float[] normal() {
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph)) {
      Ops tf = NodeNames.ops(graph);
      var z = SeededNoise.normal(tf, tf.constant(seeds), noise.get(0), noise.get(1), noise.get(2));
      try (Result result = session.runner().fetch(z).run()) {
        return TensorBundle.floats((TFloat32) result.get(0));
      }
    }
  }
}
