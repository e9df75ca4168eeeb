package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.FeatureContract;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What images are measured against and by which features where nobody says: what the record of a
 * model tells that it was trained on, and the features network that was trained on the same.
 */
public record Yardstick(Workspace workspace) {
  /** The features of what no other network was trained on. */
  public static final String USUAL_FEATURES = "savedmodels/fashion-mnist-features";

  /** The settings with a reference and features, where they name none. */
  public EvaluateConfig completed(EvaluateConfig settings) {
    EvaluateConfig.Builder all = settings.toBuilder();
    Optional<RecordFile> record = recordOf(settings.getImages());
    if (!all.hasAgainst()) {
      Optional<String> dataset = told(record, RunPlan.Input.DATASET);
      dataset.filter(PromptsAlone::are).ifPresent(Yardstick::refuse);
      all.setAgainst(dataset.orElseGet(() -> trainingImagesBeside(settings.getImages(), record)));
    }
    if (!all.hasFeatures()) {
      all.setFeatures(
          told(record, RunPlan.Input.FEATURES)
              .or(() -> features(all.getAgainst()))
              .or(() -> features(settings.getImages()))
              .orElse(USUAL_FEATURES));
    }
    return all.build();
  }

  /** The record of what images are named by; none of test images. */
  private Optional<RecordFile> recordOf(String images) {
    return ImageSets.isTest(images) ? Optional.empty() : record(workspace.path(images));
  }

  /**
   * That others measure a model in the place of the features that its record names, which are not
   * there; nothing where settings name some.
   */
  Optional<String> replaced(EvaluateConfig settings) {
    return (settings.hasFeatures() ? Optional.<RecordFile>empty() : recordOf(settings.getImages()))
        .flatMap(record -> record.find(RunPlan.Input.FEATURES, "path"))
        .filter(path -> !Files.exists(workspace.path(path)))
        .map(path -> "The features that measured it on the way are not there, " + path);
  }

  /**
   * How images are read: those that a model was trained on, and the test images beside them, as its
   * run read them, by the record; any others as they are.
   *
   * @param model its folder, or a run's
   */
  PictureReading reading(Path model, String images) {
    return record(model)
        .filter(
            told ->
                told.find(RunPlan.Input.DATASET, "path")
                    .filter(path -> isOne(path, images))
                    .isPresent())
        .map(Datasets::reading)
        .orElse(PictureReading.STRICT);
  }

  private boolean isOne(String path, String images) {
    return workspace.relative(workspace.path(path)).equals(relative(images));
  }

  /** What images are seen as from the root; of NAME:test it is NAME. */
  private String relative(String images) {
    return workspace.relative(ImageSets.path(workspace.root(), images));
  }

  private static void refuse(String prompts) {
    throw InputException.ofValue(
        "against", prompts, "pictures to compare with: the model learnt from prompts alone");
  }

  /**
   * Whether a model can be measured against what it was trained on without more being said: both
   * are pictures of one size, which the features take, and of one that takes texts they have some.
   *
   * @param version the model's
   * @param dataset that it was trained on
   * @param features whether the model's own are there; else they are still to be trained
   */
  public boolean measures(Path version, String dataset, boolean features) {
    try {
      StudentModel model = Asking.ALIKE.prepared(NamedModel.readStudent(version, Optional.empty()));
      ImageSource images = ImageSets.onDisk(dataset, workspace.root(), reading(version, dataset));
      String folder = workspace.relative(version);
      EvaluateConfig of = EvaluateConfig.newBuilder().setImages(folder).setAgainst(dataset).build();
      images.check();
      return images.shape().equals(Samples.shown(model))
          && !Drawable.ofLatents(images.shape())
          && (!Asking.takesTexts(model) || images.hasCaptions())
          && (!features || takes(completed(of).getFeatures(), images));
    } catch (InputException e) {
      return false;
    }
  }

  /**
   * The command that measures a run's test images as the run measured what it drew on the way: by
   * the same features, and as many where there are so many.
   *
   * @param record the run's
   * @return none where it measured nothing, or has no test images that are read as they are
   */
  Optional<String> ofTestImages(RecordFile record) {
    Optional<String> dataset = told(Optional.of(record), RunPlan.Input.DATASET);
    Optional<String> features = told(Optional.of(record), RunPlan.Input.FEATURES);
    if (dataset.isEmpty()
        || features.isEmpty()
        || !Datasets.reading(record).equals(PictureReading.STRICT)) {
      return Optional.empty();
    }
    String test = ImageSets.test(dataset.get());
    try {
      EvaluationConfig onTheWay = new FirstRun(record).onTheWay();
      long there = ImageSets.onDisk(test, workspace.root(), PictureReading.STRICT).size();
      return Optional.of(
          "./fdistill evaluate "
              + ShellWord.quoted(test)
              + " --features "
              + ShellWord.quoted(features.get())
              + " --samples "
              + Math.min(onTheWay.getSamples(), there)
              + (onTheWay.getReferences() > 0 ? " --references " + onTheWay.getReferences() : ""));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  private boolean takes(String features, ImageSource images) {
    return each(features).stream()
        .allMatch(one -> FeatureContract.read(workspace.path(one)).takes(images));
  }

  /**
   * Test images are measured against the training images beside them; of others nothing is known.
   */
  private String trainingImagesBeside(String images, Optional<RecordFile> record) {
    if (ImageSets.isTest(images)) {
      return ImageSets.dataset(images);
    }
    boolean there = Files.exists(workspace.path(images));
    String unknown =
        there ? "no record beside it tells what it was trained on" : "there is no such thing";
    throw new InputException(
        images,
        record
            .flatMap(told -> told.find(RunPlan.Input.DATASET, "path"))
            .map(this::unusable)
            .orElse(unknown),
        there ? "images to compare it with" : "a model or images",
        there ? "name them: --against IMAGES" : "correct its path");
  }

  private String unusable(String dataset) {
    boolean there = Files.exists(workspace.path(dataset));
    return "it was trained on " + dataset + ", " + (there ? "a formula" : "which is not there");
  }

  /** What a record names and is there. */
  private Optional<String> told(Optional<RecordFile> record, String role) {
    return record
        .flatMap(r -> r.find(role, "path"))
        .filter(path -> Files.exists(workspace.path(path)) && !path.endsWith(".pbtxt"));
  }

  /**
   * The features network in savedmodels/ that was trained on a dataset.
   *
   * @param dataset its folder or file, or with ":test" its test images
   */
  public Optional<String> features(String dataset) {
    String wanted = relative(dataset);
    return Stream.of(workspace.root().resolve("savedmodels"), usual().getParent())
        .flatMap(Yardstick::folders)
        .filter(model -> isOf(wanted, model))
        .sorted(Comparator.comparing(model -> !isClassifier(model)))
        .map(workspace::relative)
        .findFirst();
  }

  /** Whether its features were learnt: pixels' components come after those, whatever their name. */
  private static boolean isClassifier(Path model) {
    return record(model).flatMap(r -> r.number(ClassifierJob.TEST_ACCURACY)).isPresent();
  }

  /**
   * Each of several features networks, as settings name them.
   *
   * @param features separated by commas
   * @throws InputException where one has no name, or is named twice
   */
  static List<String> each(String features) {
    List<String> all = Arrays.stream(features.split(",", -1)).map(String::strip).toList();
    long others = all.stream().map(path -> Path.of(path).normalize()).distinct().count();
    if (all.contains("") || others < all.size()) {
      throw InputException.ofValue(
          "features", features, "the folders of features networks, each once, as in A,B,C");
    }
    return all;
  }

  /**
   * That a features network knows few of its test images, where its record tells so. A record
   * without the mean over the classes is taken by the share of all images.
   */
  Optional<String> weakness(String features) {
    Optional<RecordFile> record = record(workspace.path(features));
    Optional<Double> mean = record.flatMap(r -> r.number(ClassifierJob.TEST_CLASS_MEAN));
    return mean.or(() -> record.flatMap(r -> r.number(ClassifierJob.TEST_ACCURACY)))
        .filter(share -> share < ClassifierJob.LEAST_ACCURACY)
        .map(
            share ->
                String.format(
                    Locale.ROOT,
                    "Weak features: they know %.0f %% of their test images%s, and tell little",
                    100 * share,
                    mean.isPresent() ? ", each class counted alike" : ""));
  }

  private Path usual() {
    return workspace.path(USUAL_FEATURES);
  }

  private static Stream<Path> folders(Path parent) {
    if (!Files.isDirectory(parent)) {
      return Stream.empty();
    }
    try (Stream<Path> found = Files.list(parent)) {
      return found.filter(Files::isDirectory).sorted().toList().stream();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  private boolean isOf(String dataset, Path model) {
    return trainedOn(model).filter(dataset::equals).isPresent();
  }

  /** The dataset of a features network, as its record tells. */
  private Optional<String> trainedOn(Path model) {
    return record(model)
        .filter(r -> "features".equals(r.find("command").orElse(first(r.texts("command_line")))))
        .flatMap(r -> r.find(RunPlan.Input.DATASET, "path"))
        .map(path -> workspace.relative(workspace.path(path)));
  }

  /** The dataset that a features network was trained on, where it is another than the reference. */
  Optional<String> othersThan(String against, String features) {
    String reference = relative(against);
    return trainedOn(workspace.path(features)).filter(dataset -> !dataset.equals(reference));
  }

  private static String first(List<String> words) {
    return words.isEmpty() ? "" : words.get(0);
  }

  /** The record of a model's newest version, or of a run's; none of what has none. */
  private static Optional<RecordFile> record(Path path) {
    Path version = SavedModel.newestVersion(path).orElse(path);
    return Stream.of(RunFiles.recordOf(version), new RunFiles(path).record())
        .filter(Files::isRegularFile)
        .findFirst()
        .flatMap(Yardstick::read);
  }

  private static Optional<RecordFile> read(Path file) {
    try {
      return Optional.of(RecordFile.read(file));
    } catch (InputException e) {
      return Optional.empty(); // Another program's: it tells nothing.
    }
  }
}
