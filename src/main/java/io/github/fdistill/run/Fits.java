package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.RowInput;
import io.github.fdistill.data.AskedSize;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.training.Pretraining;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Logger;
import org.tensorflow.ndarray.Shape;

/** Whether models and data belong together; asked before any work starts. */
public final class Fits {
  private static final Logger LOG = Logs.of(Fits.class);

  private static final int AUGMENTATION_LABELS = Pretraining.AUGMENTATION_LABELS;

  /** Of latents, whose deviation is to be known. */
  private static final long LOOKED_AT = 64;

  private static final double LEAST_DEVIATION = 0.2;
  private static final double MOST_DEVIATION = 2.5;

  private static final String SAME_CLASSES = "choose a model and a dataset with the same classes";

  /** Of images of some of a model's classes. */
  private static final String SOME_CLASSES =
      "its names are among the model's, so say where they stand: pack it, ./fdistill data IMAGES"
          + " --out NAME.npy, write all the model's classes in its order into NAME.classes.txt, and"
          + " renumber NAME.labels.npy by that";

  private Fits() {}

  /** Refuses a model of other image sizes or another number of classes than the dataset's. */
  public static void requireFits(String field, StudentModel model, ImageSource images) {
    String where = "field " + field + ": " + model.origin();
    requireSize(where, model.image(), images.shape());
    requireClasses(field, model, images);
    requireConditions(where, model.conditioning(), images);
  }

  /** Refuses a model of another number of classes than the dataset's. */
  static void requireClasses(String field, StudentModel model, ImageSource images) {
    ClassNames names = new ClassNames(images.classNames());
    boolean some =
        !names.isEmpty()
            && !model.classNames().isEmpty()
            && images.classes() < model.info().getClasses()
            && names.among(model.classNames()).isPresent();
    requireClasses(
        "field " + field + ": " + model.origin(),
        model.info().getClasses(),
        images.classes(),
        some ? SOME_CLASSES : SAME_CLASSES);
  }

  /**
   * Says of latents that no decoder is beside the model for what pictures of them show, and of a
   * dataset of latents whether it is in units that networks learn in.
   *
   * @param shown the shape [H,W,C] of what the model's samples are shown as
   */
  static void noteLatents(Shape shown, ImageSource images) {
    if (Drawable.ofLatents(shown)) {
      LOG.info(
          "The images are latents ({}), and no decoder is beside the model: pictures on the way"
              + " show {}, black at -{} and white at {}",
          Drawable.size(shown),
          Drawable.shownChannels(shown) == 1 ? "the first channel" : "the first three channels",
          (int) Samples.WIDEST,
          (int) Samples.WIDEST);
    }
    double deviation = Drawable.seenAsLatents(images) ? deviation(images) : 1;
    if (deviation < LEAST_DEVIATION || deviation > MOST_DEVIATION) {
      LOG.warn(
          "The latents' standard deviation is {}; networks learn on about 0.5 to 1. Are they"
              + " multiplied as the network's autoencoder has it, Stable Diffusion's by 0.18215?",
          String.format(Locale.ROOT, "%.3g", deviation));
    }
  }

  private static double deviation(ImageSource images) {
    float[] values = new float[images.valuesPerImage()];
    double sum = 0;
    double squares = 0;
    long count = Math.min(images.size(), LOOKED_AT);
    for (long i = 0; i < count; i++) {
      images.copy(i * images.size() / count, values, 0);
      for (float value : values) {
        sum += value;
        squares += value * value;
      }
    }
    double mean = sum / (count * values.length);
    return Math.sqrt(Math.max(0, squares / (count * values.length) - mean * mean));
  }

  /**
   * Refuses a network of other image sizes or another number of classes than the dataset's, or one
   * that cannot be built: whatever is wrong, all at once. Images of 1 or 3 channels are pictures,
   * of others latents.
   */
  public static void requireFits(Path file, NetworkConfig network, ImageSource images) {
    requireFits(file, network, images.shape(), images.classes());
  }

  /**
   * The same of images that may still have to be encoded.
   *
   * @param images what one is then, [H,W,C]
   */
  static void requireFits(Path file, NetworkConfig network, Shape images, int classes) {
    var image = network.getImage();
    Shape shape = Shape.of(image.getHeight(), image.getWidth(), image.getChannels());
    NetworkConfig.Builder fitting = network.toBuilder();
    fitting
        .getImageBuilder()
        .setHeight(Math.toIntExact(images.get(0)))
        .setWidth(Math.toIntExact(images.get(1)));
    InputException.all(
        () -> requireSize(file + ": image", shape, images),
        () -> requireClasses(file + ": classes", network.getClasses(), classes, SAME_CLASSES),
        () -> Networks.requireBuildable(fitting.build(), file.toString()));
    Networks.requireBuildable(network, file.toString());
  }

  /** Refuses test images of another size than the training images. */
  public static void requireOneSize(String dataset, ImageSource training, ImageSource test) {
    Shape image = training.shape();
    if (!test.shape().equals(image)) {
      throw new InputException(
          dataset,
          "its test images are " + Drawable.size(test.shape()),
          Drawable.size(image) + ", as its training images are",
          "put both parts of the same set there");
    }
    Drawable.require(dataset, image);
  }

  /** Refuses batches that do not fit into one array. */
  public static void requireBatch(Path file, int batchSize, ImageSource images) {
    int most = Integer.MAX_VALUE / images.valuesPerImage();
    String needed = "at most " + most + " images of " + images.valuesPerImage() + " values each";
    Configs.check(batchSize <= most, file, "batch_size", batchSize, needed);
  }

  private static void requireSize(String where, Shape image, Shape data) {
    if (!image.equals(data)) {
      throw new InputException(
          where,
          "it takes images of " + Drawable.size(image),
          "images of " + Drawable.size(data) + ", as the dataset has",
          "choose a model and a dataset of one size"
              + resizing(image, data)
              + turning(image, data));
    }
  }

  private static String resizing(Shape image, Shape data) {
    boolean pictures = Images.areOf(image.get(2)) && Images.areOf(data.get(2));
    return pictures ? ", or have the images brought to it: " + AskedSize.setting(image) : "";
  }

  /** Of a network of PyTorch, whose mapping did not say how its axes stand. */
  private static String turning(Shape image, Shape data) {
    boolean turned = Shape.of(image.get(1), image.get(2), image.get(0)).equals(data);
    return turned && !image.equals(data)
        ? ", or say layout: NCHW in the model's mapping: are its channels first?"
        : "";
  }

  private static void requireClasses(String where, int known, int classes, String remedy) {
    if (known > 0 && known != classes) {
      boolean none = classes < 2;
      throw new InputException(
          where,
          "it knows " + known + " classes",
          none
              ? "none (classes: 0): the dataset is without classes"
              : classes + " classes, as the dataset has",
          remedy);
    }
  }

  /** Refuses a model that takes what is not known of the images. */
  private static void requireConditions(String where, Conditioning taken, ImageSource images) {
    for (Conditioning.Input input : taken.inputs()) {
      boolean known =
          images.conditioning().input(input.name()).map(Object::toString).stream()
              .anyMatch(input.toString()::equals);
      if (!known) {
        throw new InputException(
            where,
            "it is conditioned on " + input,
            "what is known of the images: " + images.conditioning(),
            "say it of each image in a file, dataset { by_row { input: \""
                + input.name()
                + "\" file: \"FILE.npy\" } }, or choose a model that takes no more than is known");
      }
    }
  }

  /**
   * Refuses rows for each image that nothing would read.
   *
   * @param field of the dataset
   * @param who reads the images, for messages
   * @param taken by that
   */
  static void requireTaken(
      Path file, String field, DatasetConfig dataset, String who, Conditioning taken) {
    for (RowInput rows : dataset.getByRowList()) {
      if (taken.input(rows.getInput()).isEmpty()) {
        throw new InputException(
            file + ": " + field + ".by_row",
            "rows for the input '" + rows.getInput() + "', and " + who + " takes " + taken,
            "rows for an input that it takes, or none",
            "correct its name there, or take it out");
      }
    }
  }

  /** Refuses augmentation of a network that cannot be told of it: its samples would show it. */
  static void requireAugmentable(Path file, PretrainConfig config, NetworkConfig network) {
    int labels = Networks.augmentationLabels(network);
    Configs.check(
        config.getAugment().getProbability() == 0 || labels == AUGMENTATION_LABELS,
        file,
        "augment.probability",
        config.getAugment().getProbability() + " with a network that takes " + labels + " labels",
        "0, or a song_unet or dhariwal_unet with augmentation_labels: " + AUGMENTATION_LABELS);
  }

  /** Refuses a network that could not take the teacher's place. */
  static void requireAlike(String field, StudentModel teacher, StudentModel student) {
    if (!student.image().equals(teacher.image())
        || !student.conditioning().isLike(teacher.conditioning())) {
      throw new InputException(
          "field " + field + ": " + student.origin(),
          describe(student),
          "the teacher's: " + describe(teacher),
          "choose a model of the teacher's image size, conditional if the teacher is");
    }
  }

  /** Refuses a formula, which has no weights, where something is to be trained. */
  static void requireWeights(String field, StudentModel model) {
    if (!model.hasWeights()) {
      throw new InputException(
          "field " + field + ": " + model.origin(),
          "a formula without weights",
          "a network, whose weights can be trained",
          "name the .pbtxt of a network, such as graphs/mixture/student.pbtxt, or a SavedModel");
    }
  }

  /** Refuses a network that calls the classes otherwise, or has them in another order. */
  static void requireSameClasses(String field, StudentModel teacher, StudentModel other) {
    ClassNames names = other.classNames();
    if (names.isEmpty() || teacher.classNames().isEmpty()) {
      return;
    }
    int[] same = IntStream.range(0, names.names().size()).toArray();
    if (names.among(teacher.classNames()).filter(l -> Arrays.equals(l, same)).isEmpty()) {
      throw new InputException(
          "field " + field + ": " + other.origin(),
          "its classes are " + names,
          "the teacher's, in the same order: " + teacher.classNames(),
          "choose a model of the teacher's classes");
    }
  }

  private static String describe(StudentModel model) {
    Conditioning taken = model.conditioning();
    boolean label = taken.isLike(Conditioning.ofClasses(0));
    String with = taken.isEmpty() ? "without a label" : "with " + (label ? "a label" : taken);
    return "images of " + Drawable.size(model.image()) + ", " + with;
  }
}
