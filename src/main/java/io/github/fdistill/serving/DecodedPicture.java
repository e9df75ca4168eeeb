package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Precision;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Samples;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/**
 * Whether what stands around an exported student of latents, its text encoders and its decoder,
 * does in the graph what it does beside the student: one picture is compared.
 */
public final class DecodedPicture {
  /** Bytes in the mean of all values: the same sums in another order. */
  private static final double ROUNDING = 1;

  /** The same of a student that computes in 8 bits. */
  private static final double ROUNDED = 8;

  private DecodedPicture() {}

  /**
   * Compares, where the student has a decoder.
   *
   * @param served the student's SavedModel, loaded as TensorFlow Serving does
   * @param form in which it was exported
   * @throws InputException when the picture is of no finite numbers
   * @throws IllegalStateException when the graph gives another picture
   */
  public static void requireSame(SavedModelBundle served, StudentModel student, ServedForm form) {
    if (student.pipeline().filter(Pipeline::decodes).isPresent()) {
      requireSame(served, student, form, Asked.of(student, form));
    }
  }

  /**
   * The same.
   *
   * @param asked what it is asked for, whose text encoders are read already
   */
  static void requireSame(
      SavedModelBundle served, StudentModel student, ServedForm form, Asked asked) {
    Optional<Pipeline> around = student.pipeline().filter(Pipeline::decodes);
    if (around.isEmpty()) {
      return;
    }
    ConditionRows told = ConditionRows.zeros(student.conditioning(), 1);
    if (around.get().readsTexts()) {
      told = told.with(around.get().rows(List.of(Asked.PROMPT), note -> {}));
    }
    int rows = Math.max(1, form.rows());
    Expected one = Expected.ofSeed(student, told);
    float[] latents = one.generate(served, rows);
    Expected.requireNumbers(latents);
    float[] picture = new Samples(latents, student.image()).decoded(student).values();
    requireNumbers(student, picture);
    ConditionRows said = asked.rows().map(told::with).orElse(told).rows(new int[rows]);
    double difference = difference(picture, given(served, asked.conditioning(), said));
    if (!(difference <= (form.precision() == Precision.FLOAT32 ? ROUNDING : ROUNDED))) {
      throw new IllegalStateException(
          "the exported student's picture differs from what its text encoders and decoder make of"
              + " its latents by "
              + difference
              + " of 255 in the mean; nothing was written");
    }
  }

  private static void requireNumbers(StudentModel student, float... picture) {
    for (float value : picture) {
      if (!Float.isFinite(value)) {
        throw new InputException(
            "the decoder of " + student.origin(),
            "it makes a picture that holds " + value + " of finite latents; nothing was exported",
            "pictures of finite numbers",
            "see that its weights are whole: import it again, or another with --autoencoder");
      }
    }
  }

  /** What the graph gives of the seed that is expected, in every row. */
  private static byte[] given(
      SavedModelBundle served, Conditioning conditioning, ConditionRows rows) {
    long[] seeds = new long[rows.count()];
    Arrays.fill(seeds, Expected.SEED);
    try (TInt64 seed = TInt64.vectorOf(seeds);
        ConditionTensors condition = rows.tensors(conditioning)) {
      Map<String, Tensor> inputs = new LinkedHashMap<>(condition.byName());
      inputs.put("seed", seed);
      try (Result result = served.function("serving_default").call(inputs)) {
        TUint8 image = (TUint8) result.get("image").orElseThrow();
        byte[] bytes = new byte[(int) image.size()];
        image.asRawTensor().data().read(bytes);
        return bytes;
      }
    }
  }

  /** In the mean of the first picture's values, of 255. */
  private static double difference(float[] picture, byte[] given) {
    double sum = 0;
    for (int i = 0; i < picture.length; i++) {
      double level = Math.max(0, Math.min(255, picture[i] * 127.5 + 127.5));
      sum += Math.abs(level - (given[i] & 0xff));
    }
    return sum / picture.length;
  }
}
