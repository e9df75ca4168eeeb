package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageFolder;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Mirrored;
import io.github.fdistill.data.PackedImages;
import io.github.fdistill.data.Resized;
import io.github.fdistill.data.SomeImages;
import io.github.fdistill.data.Split;
import io.github.fdistill.data.Survey;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Folders;
import io.github.fdistill.network.Networks;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.Pretraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * Settings of one's own, made from images: {@code graphs/NAME}, whole, and where the images are of
 * another size than networks take, or have no test images, {@code datasets/NAME} with them as
 * arrays.
 *
 * @param size that images are cut and resized to; empty: as they are, or a square that fits
 * @param minutes that teacher, student and features may take together
 * @param tell hears what was found and decided, a line each
 */
public record InitJob(
    Workspace workspace,
    String name,
    String data,
    Optional<int[]> size,
    double minutes,
    Consumer<String> tell) {
  /** Where something of the name is written. */
  private static final List<String> OWN = List.of("graphs", "datasets");

  private static final String FEATURES_CONFIG = "features.pbtxt";

  /** With fewer images, mirrored ones help. */
  private static final int FEW = 5_000;

  /** Every so many-th image of a class is a test image. */
  private static final int TEST_EVERY = 10;

  private static final int ON_CPU = 32;
  private static final int ON_GPU = 64;

  /** Shares of the time. */
  private static final double TEACHER = 0.6;

  private static final double STUDENT = 0.3;
  private static final double FEATURES = 0.1;

  /** A teacher needs so many steps at least: rather small batches than fewer. */
  private static final int LEAST_STEPS = 3_000;

  /** With more images of training there is little to gain. */
  private static final int MOST_STEPS = 200_000;

  /** A step of the classifier takes about this share of a teacher's. */
  private static final double CLASSIFIER_SHARE = 0.2;

  /** What is timed; a step takes as long as its batch is large. */
  private static final int TIMED_BATCH = 32;

  private static final List<Integer> BATCHES = List.of(128, 64, 32, 16);

  /** Of images that are yet to be packed. */
  private static final int MOST_TIMED = 256;

  /**
   * What was written.
   *
   * @param folder {@code graphs/NAME}
   * @param pretrain seconds that it takes, as the others do
   * @param features those of a classifier; none where there are no classes: what {@code
   *     features.pbtxt} has is then of pixels, or there is no such file
   */
  public record Written(
      Path folder, String name, double pretrain, double distill, OptionalDouble features) {

    /** Whether there are settings of features to measure by. */
    public boolean hasFeatures() {
      return Files.exists(folder.resolve(FEATURES_CONFIG));
    }
  }

  /**
   * Looks at the images, times a few steps, and writes the settings.
   *
   * @throws InputException when the name is taken, or the images cannot be used
   */
  public Written run() throws IOException {
    requireFree();
    Path set = workspace.path(data);
    ImageSource found = ImageSources.open(set, Split.TRAIN);
    Optional<ImageSource> tests = tests(set, found);
    List<Survey> looks = new ArrayList<>(look(found));
    tests.ifPresent(images -> looks.addAll(look(images)));
    if (Drawable.ofLatents(found.shape())) {
      throw new InputException(
          data,
          "images of " + Drawable.size(found.shape()) + ", which are latents",
          "pictures, of 1 or 3 channels",
          "take a network of latents, imported, for the teacher (docs/import.md)");
    }
    int channels = looks.stream().mapToInt(Survey::channels).max().orElse(found.channels());
    InitPlan.Size own = new InitPlan.Size(found.height(), found.width(), channels);
    InitPlan.Size shape = shape(own);
    boolean several = looks.stream().anyMatch(look -> look.sizes().size() > 1);
    boolean packs = tests.isEmpty() || !shape.equals(own) || several;
    new InitPlan(name, shape, 0, data, "", false, TIMED_BATCH); // Refuses sizes that do not fit.
    tell.accept(found.size() + " images of " + own + ", " + found.classesInWords());
    found.notes().forEach(note -> tell.accept("Note: " + note));
    if (found.hasCaptions()) {
      tell.accept(
          "Their captions are not learnt from; for a model of texts see docs/models.md#texts");
    }
    SomeImages.Parts split = split(found, tests);
    if (found.classes() > 1) {
      ClassifierInputs.untested(split.training(), split.test()).ifPresent(tell);
    }
    if (!packs) {
      return write(timed(found, found.size(), shape, data, ""), found.size());
    }
    Path folder = workspace.root().resolve("datasets").resolve(name);
    Path train = folder.resolve("train.npy");
    String dataset = workspace.relative(train);
    // Timed before anything is there that would have the name, were this killed.
    Timed timed =
        timed(
            PackedImages.first(sized(split.training(), shape), MOST_TIMED),
            split.training().size(),
            shape,
            dataset,
            workspace.relative(folder.resolve("test.npy")));
    pack(split, shape, folder);
    try {
      ImageSource images = ImageSources.open(train, Split.TRAIN);
      tell.accept("Packed as " + shape + ": " + images.size() + " to train on, in " + dataset);
      return write(timed, images.size());
    } catch (IOException | RuntimeException e) {
      AtomicFolder.delete(folder); // Nothing is left of what was not finished.
      throw e;
    }
  }

  /**
   * Test images of its own; those of no class are left out: a classifier learns nothing of them.
   */
  private Optional<ImageSource> tests(Path set, ImageSource training) {
    if (!ImageSources.hasParts(set)) {
      return Optional.empty();
    }
    ImageSource tests = ImageSources.open(set, Split.TEST);
    if (training.classes() < 2 || tests.saysClasses()) {
      return Optional.of(tests);
    }
    tell.accept(
        "The test images have no classes, and are left out: every "
            + TEST_EVERY
            + "th training image is one");
    return Optional.empty();
  }

  /**
   * Looks at pictures, each of them; not at other images.
   *
   * @throws InputException when some cannot be read as they are
   */
  private static List<Survey> look(ImageSource images) {
    if (!(images instanceof ImageFolder folder)) {
      return List.of();
    }
    Survey survey = folder.survey(Survey.Depth.HEADERS, done -> {});
    folder.require(survey, false);
    return List.of(survey);
  }

  /** Whether images that have no parts are enough to be trained and tested on. */
  public static boolean hasEnough(ImageSource images) {
    return SomeImages.split(images, TEST_EVERY).test().size() > 0;
  }

  /** A name for settings of a file's images that nothing in the workspace has yet. */
  public static String freeName(Workspace workspace, Path npy) {
    String plain = npy.getFileName().toString().replaceFirst("(?i)\\.npy$", "");
    String letters = plain.replaceAll("[^\\w.-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
    String name = letters.isEmpty() ? "mine" : letters;
    String free = name;
    for (int i = 2; !taken(workspace, free).isEmpty(); i++) {
      free = name + "-" + i;
    }
    return free;
  }

  private static List<String> taken(Workspace workspace, String name) {
    return OWN.stream()
        .map(in -> in + "/" + name)
        .filter(path -> Files.exists(workspace.root().resolve(path)))
        .toList();
  }

  private void requireFree() {
    if (!Folders.isPlainName(name)) {
      throw new InputException(
          "NAME",
          "'" + name + "'",
          Folders.PLAIN_NAME + ": it names folders",
          "choose another name");
    }
    List<String> taken = taken(workspace, name);
    if (!taken.isEmpty()) {
      String remedy = "choose another name, or remove " + String.join(" and ", taken);
      throw new InputException(taken.get(0), "is there already", "a name that is free", remedy);
    }
  }

  /** The images' own size where a network takes it and this machine trains it in good time. */
  private InitPlan.Size shape(InitPlan.Size own) {
    if (size.isPresent()) {
      return new InitPlan.Size(size.get()[0], size.get()[1], own.channels());
    }
    int most = Sessions.onGpu() ? ON_GPU : ON_CPU;
    boolean small = Math.max(own.height(), own.width()) <= most;
    if (small && own.fits()) {
      return own;
    }
    int side = Math.min(most, Math.min(own.height(), own.width()));
    int whole = side >= 32 ? Integer.highestOneBit(side) : Math.max(8, side / 4 * 4);
    return InitPlan.Size.square(whole, own.channels());
  }

  private SomeImages.Parts split(ImageSource found, Optional<ImageSource> tests) {
    SomeImages.Parts split =
        tests
            .map(images -> new SomeImages.Parts(found, images))
            .orElseGet(() -> SomeImages.split(found, TEST_EVERY));
    if (split.test().size() == 0) {
      boolean classes = found.classes() > 1;
      throw new InputException(
          data,
          found.size() + " images" + (classes ? ", and of no class " + TEST_EVERY : ""),
          TEST_EVERY
              + (classes ? " images of one class" : " images")
              + " at least: every "
              + TEST_EVERY
              + (classes ? "th of a class is a test image" : "th is a test image"),
          "add images");
    }
    return split;
  }

  private static void pack(SomeImages.Parts split, InitPlan.Size shape, Path folder)
      throws IOException {
    AtomicFolder.write(
        folder,
        into -> {
          PackedImages.write(sized(split.training(), shape), into.resolve("train.npy"), n -> {});
          PackedImages.write(sized(split.test(), shape), into.resolve("test.npy"), n -> {});
        });
  }

  private static ImageSource sized(ImageSource images, InitPlan.Size shape) {
    return Resized.cropped(images, shape.height(), shape.width(), shape.channels());
  }

  /**
   * The settings whose steps fit into the time, by the seconds that a step takes.
   *
   * @param each of the teacher
   * @param distill of the student
   * @param classify of the features
   */
  private record Timed(InitPlan plan, double each, double distill, double classify) {}

  /**
   * Times a few steps.
   *
   * @param images that they are made on, few or all
   * @param count of all that there are to train on
   */
  private Timed timed(
      ImageSource images, long count, InitPlan.Size shape, String dataset, String test) {
    int classes = images.classes() < 2 ? 0 : images.classes();
    boolean flip = count < FEW;
    InitPlan timed = new InitPlan(name, shape, classes, dataset, test, flip, TIMED_BATCH);
    double anImage = secondsOfPretraining(timed, images) / TIMED_BATCH;
    int batch = batch(anImage);
    InitPlan plan = new InitPlan(name, shape, classes, dataset, test, flip, batch);
    double each = anImage * batch;
    double distill = secondsOfDistillation(plan, images);
    tell.accept(
        String.format(
            Locale.ROOT,
            "A step takes %.2g s for the teacher (batch %d) and %.2g s for the student",
            each,
            plan.batch(),
            distill));
    return new Timed(plan, each, distill, Math.max(0.005, CLASSIFIER_SHARE * each));
  }

  /**
   * @param count of all images that there are to train on
   */
  private Written write(Timed timed, long count) throws IOException {
    InitPlan plan = timed.plan();
    boolean labelled = plan.classes() > 0;
    long featureSteps = Math.min(5_000, steps(FEATURES, timed.classify()));
    Optional<String> features =
        labelled ? Optional.of(plan.features(featureSteps, count)) : plan.pixelFeatures(count);
    long pretrainSteps = steps(TEACHER, timed.each());
    long distillSteps = steps(STUDENT, timed.distill());
    Path folder = workspace.root().resolve("graphs").resolve(name);
    AtomicFolder.write(
        folder,
        into -> {
          Files.writeString(into.resolve("network.pbtxt"), plan.network());
          Files.writeString(into.resolve("pretrain.pbtxt"), plan.pretrain(pretrainSteps));
          Files.writeString(into.resolve("distill.pbtxt"), plan.distill(distillSteps));
          if (features.isPresent()) {
            Files.writeString(into.resolve(FEATURES_CONFIG), features.get());
          }
        });
    requireReadable(folder);
    return new Written(
        folder,
        name,
        pretrainSteps * timed.each(),
        distillSteps * timed.distill(),
        labelled ? OptionalDouble.of(featureSteps * timed.classify()) : OptionalDouble.empty());
  }

  /** The largest batch with which the time has steps enough. */
  private int batch(double secondsAnImage) {
    double images = TEACHER * minutes * 60 / secondsAnImage;
    return BATCHES.stream()
        .filter(size -> images / size >= LEAST_STEPS)
        .findFirst()
        .orElse(BATCHES.get(BATCHES.size() - 1));
  }

  private long steps(double share, double seconds) {
    return Math.max(10, Math.min(MOST_STEPS, (long) (share * minutes * 60 / seconds)));
  }

  private static NetworkConfig network(InitPlan plan) {
    return Configs.of(plan.network(), NetworkConfig.getDefaultInstance());
  }

  private static double secondsOfPretraining(InitPlan plan, ImageSource images) {
    PretrainConfig config = Configs.of(plan.pretrain(100), PretrainConfig.getDefaultInstance());
    ImageSource all = plan.flip() ? new Mirrored(images) : images;
    try (Pretraining trial = new Pretraining(network(plan), config)) {
      Batches batches = new Batches(all, config.getBatchSize(), config.getSeed());
      return trial.graph().secondsPerStep(batches, small -> {});
    }
  }

  private static double secondsOfDistillation(InitPlan plan, ImageSource images) {
    DistillConfig config = Configs.of(plan.distill(100), DistillConfig.getDefaultInstance());
    var network = Networks.denoiser(network(plan), 1);
    Models models = new Models(network, network.asStudent(config.getStudentSigma()), network);
    try (Distillation trial = new Distillation(models, config)) {
      Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
      return trial.graph().secondsPerStep(batches, small -> {});
    }
  }

  /** What was written is what the commands read. */
  private static void requireReadable(Path folder) {
    List<String> none = new ArrayList<>();
    Configs.read(folder.resolve("network.pbtxt"), NetworkConfig.getDefaultInstance(), none);
    Configs.read(folder.resolve("pretrain.pbtxt"), PretrainConfig.getDefaultInstance(), none);
    Configs.read(folder.resolve("distill.pbtxt"), DistillConfig.getDefaultInstance(), none);
    if (Files.exists(folder.resolve(FEATURES_CONFIG))) {
      Configs.read(folder.resolve(FEATURES_CONFIG), FeaturesConfig.getDefaultInstance(), none);
    }
  }
}
