package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Resized;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.Installation;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;

/**
 * Opens what a word names: a model, a dataset, a folder of pictures or a file of numbers.
 *
 * @param root where relative paths begin
 * @param sampling of models
 * @param said of models in the place of what they say of themselves; may be empty
 * @param resize whether images on disk are resized to the size that the features take
 */
public record ImageSets(
    Path root,
    FeatureNetwork network,
    Sampling sampling,
    Optional<ModelInfo> said,
    boolean resize) {
  private static final String TEST = ":test";

  private static final String RESIZE =
      "have them resized (--resize), samples and references alike where they differ";

  /** Opens it; images on disk are taken as they are. */
  public ImageSet open(String text, Asking asking) throws IOException {
    return open(text, asking, PictureReading.STRICT);
  }

  /**
   * Opens it; the caller closes it.
   *
   * @param asking what a model is asked for
   * @param reading of images on disk
   * @throws InputException when it is none of these, or its images are of another size
   */
  public ImageSet open(String text, Asking asking, PictureReading reading) throws IOException {
    return isDrawn(text)
        ? model(text, read(text), sampling, said, asking)
        : stored(text, Optional.empty(), reading, RESIZE);
  }

  /**
   * The same of a reference.
   *
   * @param compared what is measured against it: where images that a model draws are of another
   *     size than the features take, resizing those of the reference alone would not help
   */
  public ImageSet reference(String text, String compared, Asking asking, PictureReading reading)
      throws IOException {
    if (isDrawn(text)) {
      return open(text, asking, reading);
    }
    String remedy = ownFeatures(text) + "; or, by these features of other images, " + RESIZE;
    return stored(text, Optional.of(compared).filter(this::isDrawn), reading, remedy);
  }

  private boolean isDrawn(String text) {
    return !isTest(text) && isModel(path(root, text));
  }

  private StudentModel read(String text) {
    return NamedModel.readStudent(path(root, text), said);
  }

  /** Folders of classes may be called 0, 1, 2 as versions are: what is in them tells. */
  static boolean isModel(Path path) {
    return isVersion(path) || SavedModel.versions(path).stream().anyMatch(ImageSets::isVersion);
  }

  private static boolean isVersion(Path path) {
    return RegularFile.isThere(path.resolve("saved_model.pb"));
  }

  /**
   * Images that a model draws.
   *
   * @param read the model, as it was read
   * @param said of it in the place of what it says of itself; may be empty
   * @param asking what it is asked for
   */
  public ImageSet model(
      String text, StudentModel read, Sampling sampling, Optional<ModelInfo> said, Asking asking)
      throws IOException {
    if (Asking.takesTexts(read)) { // Of another, guidance would be no remedy.
      sampling.requireGuidance(read, asking.negative());
    }
    StudentModel model = asking.prepared(read);
    int classes = model.info().getClasses();
    if (classes == DenoiserModel.UNKNOWN_CLASSES) {
      throw new InputException(
          model.origin(),
          "it takes a label and does not say how many classes there are",
          "classes: K in assets.extra/denoiser.pbtxt",
          "write that file (docs/models.md)");
    }
    requireSize(text, Samples.shown(model), "IMAGES");
    String called = said.map(s -> " " + s.sha256()).orElse("");
    String which = Sha256.ofFolder(Path.of(model.origin())) + called + asking.identity();
    Asked asked = asking.of(model);
    Sampler sampler;
    try {
      sampler = sampling.sampler(model);
    } catch (RuntimeException e) {
      asked.close();
      throw e;
    }
    return new GeneratedImages(text, which, model, asked, sampling.method(model), sampler);
  }

  /**
   * Images that are drawn are not resized; as pictures they are.
   *
   * @param alike images that features for their size can be learnt from
   */
  private void requireSize(String model, Shape shown, String alike) {
    network.requireSize(
        model,
        shown,
        Drawable.ofLatents(shown)
            ? Drawable.DECODER
            : ownFeatures(alike)
                + "; or, by these features of other images, draw them into a folder"
                + " (./fdistill sample "
                + ShellWord.quoted(model)
                + " ... --out FOLDER) and evaluate that with --resize --against REFERENCE");
  }

  /** What to do where no features take images such as these, which the features learn from. */
  public static String ownFeatures(String images) {
    return "make features for their size (docs/data.md, Features of your own): ./fdistill features"
        + " --set name=FEATURES --set dataset.path="
        + ShellWord.quoted(dataset(images))
        + " --set test_dataset.path=TEST, or with --config graphs/NAME/features.pbtxt where"
        + " ./fdistill init wrote one";
  }

  /**
   * Images on disk: NAME or, for the test images of a dataset, NAME:test.
   *
   * @throws InputException also where NAME:test has none: its training images are others
   */
  public static ImageSource onDisk(String text, Path root, PictureReading reading) {
    Path path = path(root, text);
    if (!isTest(text)) {
      return ImageSources.open(path, Split.TRAIN, reading);
    }
    if (Files.exists(path) && !ImageSources.hasTests(path, reading)) {
      throw new InputException(
          text,
          "no test images: " + dataset(text) + " has no parts",
          "a set of which a part is for tests, such as folders train/ and test/ in one",
          "name the test images by a path of their own, or all of it: " + dataset(text));
    }
    return ImageSources.open(path, Split.TEST, reading);
  }

  /**
   * Where it is that a word names: of NAME:test it is NAME, for a colon makes no path everywhere.
   */
  public static Path path(Path root, String text) {
    return Installation.ofThisProgram().find(root, dataset(text));
  }

  /** Whether it names the test images of a dataset. */
  public static boolean isTest(String text) {
    return text.endsWith(TEST);
  }

  /** The name of a dataset's test images. */
  public static String test(String dataset) {
    return dataset + TEST;
  }

  /** The dataset of NAME or of NAME:test. */
  public static String dataset(String text) {
    return isTest(text) ? text.substring(0, text.length() - TEST.length()) : text;
  }

  /**
   * @param drawn the model whose images they are compared with, where it is one
   * @param remedy where they are of another size: features are learnt from a reference alone
   */
  private ImageSet stored(
      String text, Optional<String> drawn, PictureReading reading, String remedy) {
    ImageSource source = onDisk(text, root, reading);
    if (resize) {
      source = Resized.of(source, network.height(), network.width(), network.channels());
    } else if (source.height() != network.height()
        || source.width() != network.width()
        || source.channels() != network.channels()) {
      drawn.ifPresent(model -> requireSize(model, Samples.shown(read(model)), text));
      throw new InputException(
          text,
          "images of " + source.height() + "x" + source.width() + "x" + source.channels(),
          network.height()
              + "x"
              + network.width()
              + "x"
              + network.channels()
              + ", which the features take",
          remedy);
    }
    return new StoredImages(text, source);
  }

  /** What was done to images before the features network saw them. */
  public String preprocessing() {
    return resize ? "resized where the size differs" : Evaluation.UNCHANGED;
  }
}
