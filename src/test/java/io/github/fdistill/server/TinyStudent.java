package io.github.fdistill.server;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Students of 8x8 grey images in three classes, with weights by chance. */
public final class TinyStudent {
  static final int VALUES = 64;

  private TinyStudent() {}

  /** One that takes classes alone. */
  public static DenoiserModel ofClasses(long seed) {
    return model(seed);
  }

  static DenoiserModel model(long seed) {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getMlpBuilder().addHidden(8);
    return stirred(Networks.denoiser(config.build(), 1), seed).asStudent(80);
  }

  private static DenoiserModel stirred(DenoiserModel model, long seed) {
    float[] values = WeightArrays.of(model.weights());
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (0.2 * random.nextGaussian());
    }
    return model.with(WeightArrays.weights(model.function().parameters(), values));
  }

  /** Writes one as a version of a model. */
  public static void write(Path version, long seed) throws IOException {
    DenoiserModel student = model(seed);
    SampleGrid grid = new SampleGrid(new long[] {0, 1}, ConditionRows.ofLabels(0, 2));
    StudentExport.write(student, version, Expected.of(student, grid), folder -> {});
  }

  /** What the captions of {@link #ofTexts} are made of. */
  public static final List<String> CAPTIONS = List.of("a red square", "a blue square", "nothing");

  /** One that takes texts of eight tokens, in the place of classes. */
  public static DenoiserModel ofTexts(long seed) {
    return ofTexts(seed, 0);
  }

  /** One that takes a class beside such a text, where there are classes. */
  public static DenoiserModel ofTexts(long seed, int classes) {
    Tokenizer tokenizer = BytePairTraining.train(CAPTIONS, TextForm.CLIP, 530, 8);
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(classes);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getUnetBuilder().setChannels(8).addMultiplier(1).addAttentionResolution(8);
    config
        .getTextBuilder()
        .setVocabulary(tokenizer.vocabulary())
        .setLength(8)
        .setStart(tokenizer.start().getAsInt())
        .setEnd(tokenizer.end())
        .setPadding(tokenizer.padding())
        .setWidth(8)
        .setLayers(1)
        .setHeads(2);
    return stirred(Networks.denoiser(config.build(), 1), seed).with(tokenizer).asStudent(80);
  }

  /** Writes one that takes texts as a version of a model. */
  public static void writeOfTexts(Path version, long seed) throws IOException {
    DenoiserModel student = ofTexts(seed);
    CaptionTokens captions = CaptionTokens.of(student.tokenizer().orElseThrow(), CAPTIONS);
    ConditionRows rows =
        new ConditionRows(
            captions.size(),
            Map.of(CaptionTokens.TOKENS, captions.rows().columns().get(CaptionTokens.TOKENS)));
    SampleGrid grid = new SampleGrid(new long[] {0}, rows);
    StudentExport.write(student, version, Expected.of(student, grid), folder -> {});
  }

  /** What the SavedModel gives for each seed in a session of its own; [n][VALUES]. */
  static byte[][] images(Path version, long[] seeds, int[] labels) {
    byte[][] images = new byte[seeds.length][];
    try (SavedModelBundle bundle = Sessions.load(version)) {
      for (int i = 0; i < seeds.length; i++) {
        long[] seed = {seeds[i]};
        int[] label = {labels[i]};
        try (TInt64 s = TInt64.tensorOf(Shape.of(1), DataBuffers.of(seed, true, false));
            TInt32 l = TInt32.tensorOf(Shape.of(1), DataBuffers.of(label, true, false));
            Result result =
                bundle.function("serving_default").call(Map.of("seed", s, "label", l))) {
          images[i] = new byte[VALUES];
          ((TUint8) result.get(0)).asRawTensor().data().read(images[i]);
        }
      }
    }
    return images;
  }

  /** The same for seeds 0, 1, ... and label seed % 3. */
  static byte[][] images(Path version, int count) {
    long[] seeds = new long[count];
    Arrays.setAll(seeds, i -> i);
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % 3);
    return images(version, seeds, labels);
  }
}
