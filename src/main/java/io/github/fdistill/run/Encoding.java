package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.data.AskedSize;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.EncodedForm;
import io.github.fdistill.data.EncodedImages;
import io.github.fdistill.data.EncodedRows;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.LatentImages;
import io.github.fdistill.data.LatentRows;
import io.github.fdistill.data.PromptRows;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.PipelineTexts;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * Images and captions as a network of latents takes them, encoded before the run and kept in the
 * workspace, {@code runs/encoded}, by the contents of both and of what encodes them: the next run
 * reads them there.
 *
 * @param folder where they are kept
 * @param form in which numbers
 * @param drawn whether images' latents are drawn, so that their deviations are kept too
 * @param shown how it is shown how far they are
 */
record Encoding(Path folder, EncodedForm form, boolean drawn, Progress.Options shown) {
  /** Where they are kept, from the workspace's root. */
  static final String CACHE = "runs/encoded";

  /** Encoded together. */
  private static final int TEXTS = 64;

  /** In the workspace, in the form that a config says of its dataset. */
  static Encoding in(Workspace workspace, DatasetConfig dataset, boolean quiet) {
    return new Encoding(
        workspace.path(CACHE),
        EncodedForm.valueOf(dataset.getEncoded().name()),
        dataset.getLatents() == DatasetConfig.Latents.DRAWN,
        Progress.Options.of(Progress.Display.choose(quiet)));
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
      requireMeans();
      return Texts.told(model, images, skip);
    } else if (around.get().readsTexts()) {
      return encoded(model, around.get(), images, skip);
    }
    if (images.shape().equals(model.image())) {
      requireMeans();
      return images;
    }
    return encoded(model, around.get(), images);
  }

  /** Refuses latents that are drawn where no encoder stands before the images. */
  void requireMeans() {
    if (drawn) {
      throw new InputException(
          "dataset.latents",
          "DRAWN, where no images are encoded",
          "a network of latents with its encoder beside, and pictures",
          "leave it out, or --set dataset.latents=MEAN");
    }
  }

  /**
   * Prompts alone as a model takes them.
   *
   * @throws InputException when it takes no texts
   */
  ImageSource told(DenoiserModel model, PromptRows prompts) throws IOException {
    requireMeans();
    Optional<Pipeline> around =
        model.pipeline().filter(pipeline -> pipeline.decodes() && pipeline.readsTexts());
    if (around.isPresent()) {
      Captions captions = Captions.of(prompts);
      return told(model, around.get(), prompts, captions, prompts.fingerprint(), Optional.empty());
    }
    ImageSource told = Texts.told(model, prompts, false);
    if (told == prompts) {
      throw new InputException(
          "dataset.path: " + prompts.file(),
          "prompts, and " + model.origin() + " takes no texts",
          "images",
          "name those that it is of, or a teacher that takes texts");
    }
    return told;
  }

  /** The images alone. */
  private LatentImages encoded(DenoiserModel model, Pipeline pipeline, ImageSource images)
      throws IOException {
    requireSize(model, pipeline.image(), images.shape());
    String key = ofImages(pipeline, images);
    EncodedRows.Wanted latents = latents(key, model.image(), pipeline, images);
    LatentRows rows = rows(model.image(), EncodedRows.of(List.of(latents)).get(0));
    return new LatentImages(images, model.image(), rows, key);
  }

  private String ofImages(Pipeline pipeline, ImageSource images) throws IOException {
    String what = drawn ? "means and deviations 1 " : "latents 1 ";
    return key(what + images.fingerprint() + " " + pipeline.encoderFingerprint());
  }

  private LatentRows rows(Shape latent, EncodedRows kept) {
    return new LatentRows(kept, (int) latent.size(), drawn);
  }

  private String key(String contents) {
    return Sha256.ofText(form == EncodedForm.FLOAT32 ? contents : contents + " " + form);
  }

  private EncodedImages encoded(
      DenoiserModel model, Pipeline pipeline, ImageSource images, boolean skip) throws IOException {
    requireSize(model, pipeline.image(), images.shape());
    Captions captions = Captions.of(images);
    captions.require(images, skip);
    String key = ofImages(pipeline, images);
    return told(
        model,
        pipeline,
        images,
        captions,
        key,
        Optional.of(latents(key, model.image(), pipeline, images)));
  }

  /**
   * With what the captions become.
   *
   * @param ofImages what tells the images, and what encoded them, from others
   * @param latents of each image; none of prompts alone
   */
  private EncodedImages told(
      DenoiserModel model,
      Pipeline pipeline,
      ImageSource images,
      Captions captions,
      String ofImages,
      Optional<EncodedRows.Wanted> latents)
      throws IOException {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    int[] which =
        captions.texts().stream()
            .mapToInt(text -> numbers.computeIfAbsent(text, t -> numbers.size()))
            .toArray();
    List<String> texts = List.copyOf(numbers.keySet());
    List<Conditioning.Input> inputs = model.conditioning().inputs();
    String ofTexts = key("texts 1 " + String.join("\n", texts) + " " + pipeline.textsFingerprint());
    List<EncodedRows.Wanted> wanted = new ArrayList<>();
    latents.ifPresent(wanted::add);
    wanted.add(told(ofTexts, inputs, pipeline, texts));
    List<EncodedRows> rows = EncodedRows.of(wanted); // Together: the disk is to hold both.
    return new EncodedImages(
        images,
        captions,
        which,
        model.image(),
        latents.map(these -> rows(model.image(), rows.get(0))),
        inputs,
        rows.get(rows.size() - 1),
        pipeline.cut(captions.texts(), tokens(inputs), "caption"),
        Sha256.ofText(ofImages + " " + ofTexts + " " + Arrays.hashCode(which)));
  }

  private static void requireSize(DenoiserModel model, Shape needed, Shape found) {
    if (!found.equals(needed)) {
      throw new InputException(
          "dataset",
          "images of " + Drawable.size(found),
          Drawable.size(needed) + ", which the encoder of " + model.origin() + " takes",
          "have them made so, the middle of each: " + AskedSize.setting(needed));
    }
  }

  /** What is kept of an image's latents, side by side. */
  private List<String> outputs() {
    return drawn ? List.of(Autoencoder.MEAN, Autoencoder.DEVIATION) : List.of(Autoencoder.MEAN);
  }

  private EncodedRows.Wanted latents(
      String key, Shape latent, Pipeline pipeline, ImageSource images) {
    return new EncodedRows.Wanted(
        folder.resolve(kept(key, ImageSource.PIXELS, images.readAs())),
        images.size(),
        (int) latent.size() * outputs().size(),
        form,
        Autoencoder.atOnce(images.shape()),
        () -> {
          Datasets.requireWhole(images, shown); // Mended, all would be encoded anew.
          return new Latents(
              images,
              latent,
              outputs(),
              new PartSession(pipeline.encoder(outputs())),
              Progress.start("latents", "image", 0, images.size(), shown));
        });
  }

  /**
   * What latents are kept by: the same files read in another way, on another background say, are
   * other images, and so are those that another version read.
   *
   * @param key the fingerprint of files and encoder
   */
  static String kept(String key, int pixels, String how) {
    return Sha256.ofText(key + " pixels " + pixels + how);
  }

  private EncodedRows.Wanted told(
      String key, List<Conditioning.Input> inputs, Pipeline pipeline, List<String> texts) {
    return new EncodedRows.Wanted(
        folder.resolve(key),
        texts.size(),
        inputs.stream().mapToInt(input -> (int) input.each().size()).sum(),
        form,
        TEXTS,
        () ->
            new Told(
                inputs,
                texts,
                new PipelineTexts(pipeline),
                Progress.start("captions", "text", 0, texts.size(), shown)));
  }

  /** What the encoder gives of images' latents, side by side. */
  private record Latents(
      ImageSource images, Shape latent, List<String> outputs, PartSession encoder, Progress bar)
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
        Map<String, Shape> shapes = new HashMap<>();
        outputs.forEach(name -> shapes.put(name, latent));
        Map<String, float[]> given = encoder.run(input, shapes);
        bar.stepTo(to, 0, "");
        return finite("the encoder's latents", sideBySide(rows, outputs.stream().map(given::get)));
      }
    }

    @Override
    public void close() {
      bar.close();
      encoder.close();
    }
  }

  /**
   * What the network takes of each text, its inputs side by side. What is cut of them, the notes on
   * the set tell.
   */
  private record Told(
      List<Conditioning.Input> inputs, List<String> texts, PipelineTexts encoders, Progress bar)
      implements EncodedRows.Encoder {
    @Override
    public float[] rows(long from, long to) {
      ConditionRows rows = encoders.rows(texts.subList((int) from, (int) to), shapes(inputs));
      bar.stepTo(to, 0, "");
      Stream<float[]> parts =
          inputs.stream()
              .map(input -> ((ConditionRows.Floats) rows.columns().get(input.name())).values());
      return finite("what the text encoders give", sideBySide(rows.count(), parts));
    }

    @Override
    public void close() {
      bar.close();
      encoders.close();
    }
  }

  /** How many tokens of a text the network takes. */
  private static int tokens(List<Conditioning.Input> inputs) {
    return inputs.stream()
        .filter(input -> input.name().equals(Context.CONTEXT))
        .mapToInt(input -> Math.toIntExact(input.each().get(0)))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, Shape> shapes(List<Conditioning.Input> inputs) {
    return inputs.stream()
        .collect(Collectors.toMap(Conditioning.Input::name, Conditioning.Input::each));
  }

  /** Of each row the numbers of all parts, one after the other. */
  private static float[] sideBySide(int rows, Stream<float[]> parts) {
    List<float[]> all = parts.toList();
    int each = all.stream().mapToInt(part -> part.length / rows).sum();
    float[] joined = new float[rows * each];
    int place = 0;
    for (float[] part : all) {
      int size = part.length / rows;
      for (int row = 0; row < rows; row++) {
        System.arraycopy(part, row * size, joined, row * each + place, size);
      }
      place += size;
    }
    return joined;
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
