package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.EncodedImages;
import io.github.fdistill.data.EncodedRows;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.LatentImages;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.PipelineTexts;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * Images and captions as a network of latents takes them, encoded before the run and kept in the
 * workspace, {@code runs/encoded}, by the contents of both and of what encodes them: the next run
 * reads them there.
 *
 * @param folder where they are kept
 * @param shown how it is shown how far they are
 */
record Encoding(Path folder, Progress.Options shown) {
  /** Where they are kept, from the workspace's root. */
  static final String CACHE = "runs/encoded";

  /** Encoded together. */
  private static final int IMAGES = 4;

  private static final int TEXTS = 64;

  /** In the workspace. */
  static Encoding in(Workspace workspace, boolean quiet) {
    return new Encoding(workspace.path(CACHE), Progress.Options.of(Progress.Display.choose(quiet)));
  }

  /**
   * The images as a model takes them: of one with a pipeline around it, encoded by that. Those that
   * are latents already, of a model that takes no texts, are taken as they are.
   *
   * @param images of any dataset, which are looked at already
   * @param skip whether images without a caption are left out
   * @throws InputException when an image has no caption, or the images are of another size
   */
  ImageSource told(DenoiserModel model, ImageSource images, boolean skip) throws IOException {
    Optional<Pipeline> around = model.pipeline().filter(Pipeline::decodes);
    if (around.isEmpty()) {
      return Texts.told(model, images, skip);
    } else if (around.get().readsTexts()) {
      return encoded(model, around.get(), images, skip);
    }
    return images.shape().equals(model.image()) ? images : encoded(model, around.get(), images);
  }

  /** The images alone. */
  private LatentImages encoded(DenoiserModel model, Pipeline pipeline, ImageSource images)
      throws IOException {
    requireSize(model, pipeline.image(), images.shape());
    String key = ofImages(pipeline, images);
    return new LatentImages(
        images, model.image(), latents(key, model.image(), pipeline, images), key);
  }

  private static String ofImages(Pipeline pipeline, ImageSource images) throws IOException {
    return Sha256.ofText("latents 1 " + images.fingerprint() + " " + pipeline.encoderFingerprint());
  }

  private EncodedImages encoded(
      DenoiserModel model, Pipeline pipeline, ImageSource images, boolean skip) throws IOException {
    requireSize(model, pipeline.image(), images.shape());
    Captions captions = Captions.of(images);
    captions.require(images, skip);
    Map<String, Integer> numbers = new LinkedHashMap<>();
    int[] which =
        captions.texts().stream()
            .mapToInt(text -> numbers.computeIfAbsent(text, t -> numbers.size()))
            .toArray();
    List<String> texts = List.copyOf(numbers.keySet());
    List<Conditioning.Input> inputs = model.conditioning().inputs();
    String ofImages = ofImages(pipeline, images);
    String ofTexts =
        Sha256.ofText("texts 1 " + String.join("\n", texts) + " " + pipeline.textsFingerprint());
    return new EncodedImages(
        images,
        captions,
        which,
        model.image(),
        latents(ofImages, model.image(), pipeline, images),
        inputs,
        told(ofTexts, inputs, pipeline, texts),
        Sha256.ofText(ofImages + " " + ofTexts + " " + Arrays.hashCode(which)));
  }

  private static void requireSize(DenoiserModel model, Shape needed, Shape found) {
    if (!found.equals(needed)) {
      throw new InputException(
          "dataset",
          "images of " + Drawable.size(found),
          Drawable.size(needed) + ", which the encoder of " + model.origin() + " takes",
          "make them so: ./fdistill data FOLDER --resize "
              + needed.get(0)
              + "x"
              + needed.get(1)
              + " --out images.npy");
    }
  }

  private EncodedRows latents(String key, Shape latent, Pipeline pipeline, ImageSource images)
      throws IOException {
    return EncodedRows.of(
        folder.resolve(key),
        images.size(),
        (int) latent.size(),
        IMAGES,
        () ->
            new Latents(
                images,
                latent,
                new PartSession(pipeline.encoder()),
                Progress.start("latents", "image", 0, images.size(), shown)));
  }

  private EncodedRows told(
      String key, List<Conditioning.Input> inputs, Pipeline pipeline, List<String> texts)
      throws IOException {
    return EncodedRows.of(
        folder.resolve(key),
        texts.size(),
        inputs.stream().mapToInt(input -> (int) input.each().size()).sum(),
        TEXTS,
        () ->
            new Told(
                inputs,
                texts,
                new PipelineTexts(pipeline),
                Progress.start("captions", "text", 0, texts.size(), shown)));
  }

  /** The means of images' latents. */
  private record Latents(ImageSource images, Shape latent, PartSession encoder, Progress bar)
      implements EncodedRows.Encoder {
    @Override
    public float[] rows(long from, long to) {
      int rows = (int) (to - from);
      int pixels = images.valuesPerImage();
      float[] some = new float[rows * pixels];
      for (int i = 0; i < rows; i++) {
        images.copy(from + i, some, i * pixels);
      }
      try (TFloat32 input = TensorBundle.tensor(images.shape().prepend(rows), some)) {
        float[] means = encoder.run(input, Map.of(Autoencoder.MEAN, latent)).get(Autoencoder.MEAN);
        bar.stepTo(to, 0, "");
        return finite("the encoder's latents", means);
      }
    }

    @Override
    public void close() {
      bar.close();
      encoder.close();
    }
  }

  /** What the network takes of each text, its inputs side by side. */
  private record Told(
      List<Conditioning.Input> inputs, List<String> texts, PipelineTexts encoders, Progress bar)
      implements EncodedRows.Encoder {
    @Override
    public float[] rows(long from, long to) {
      ConditionRows rows =
          encoders.rows(texts.subList((int) from, (int) to), shapes(inputs), note -> {});
      bar.stepTo(to, 0, "");
      return finite("what the text encoders give", sideBySide(inputs, rows));
    }

    @Override
    public void close() {
      bar.close();
      encoders.close();
    }
  }

  private static Map<String, Shape> shapes(List<Conditioning.Input> inputs) {
    return inputs.stream()
        .collect(Collectors.toMap(Conditioning.Input::name, Conditioning.Input::each));
  }

  private static float[] sideBySide(List<Conditioning.Input> inputs, ConditionRows rows) {
    int each = inputs.stream().mapToInt(input -> (int) input.each().size()).sum();
    float[] all = new float[rows.count() * each];
    int place = 0;
    for (Conditioning.Input input : inputs) {
      float[] values = ((ConditionRows.Floats) rows.columns().get(input.name())).values();
      int size = (int) input.each().size();
      for (int row = 0; row < rows.count(); row++) {
        System.arraycopy(values, row * size, all, row * each + place, size);
      }
      place += size;
    }
    return all;
  }

  private static float[] finite(String what, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new InputException(
            what, "" + value, "finite numbers", "see that its weights are whole: import it again");
      }
    }
    return values;
  }
}
