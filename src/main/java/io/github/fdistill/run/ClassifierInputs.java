package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.data.ClassCounts;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.network.Classifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Both parts of a dataset, which fit each other and the settings. */
record ClassifierInputs(ImageSource training, ImageSource test) {

  static ClassifierInputs open(Workspace workspace, Path file, FeaturesConfig config) {
    String classifier = "a classifier";
    Fits.requireTaken(file, "dataset", config.getDataset(), classifier, Conditioning.NONE);
    Fits.requireTaken(file, "test_dataset", config.getTestDataset(), classifier, Conditioning.NONE);
    Path path = workspace.path(config.getDataset().getPath());
    ImageSource training = Datasets.open(workspace, file, config.getDataset(), Split.TRAIN);
    Configs.check(
        !config.getTestDataset().getPath().isEmpty() || ImageSources.hasParts(path),
        file,
        "test_dataset.path",
        "nothing, and " + config.getDataset().getPath() + " has no test images of its own",
        "where there are other images with the same classes");
    requireClasses(path, training);
    Path test = workspace.path(testPath(config));
    ImageSource told = Datasets.open(workspace, file, test(config), Split.TEST);
    requireLabels(test, told);
    ClassNames classes = new ClassNames(training.classNames());
    ImageSource ordered = ClassOrder.of(told, classes, training.classes(), path.toString());
    ClassifierInputs data = new ClassifierInputs(training, ordered);
    Fits.requireOneSize(path.toString(), data.training, data.test);
    requireKnownClasses(test, data);
    Fits.requireBatch(file, config.getBatchSize(), data.training);
    Classifier.requireBuildable(config.getClassifier(), data.training.shape(), file.toString());
    int shift = config.getAugmentation().getShift();
    int side = Math.min(data.training.height(), data.training.width());
    Configs.check(
        shift < side, file, "augmentation.shift", shift, "less than the images' side, " + side);
    return data;
  }

  private static void requireClasses(Path dataset, ImageSource images) {
    if (images.classes() < 2) {
      throw new InputException(
          dataset.toString(),
          "all training images have the label 0",
          "2 classes or more, for a classifier to tell apart",
          "choose a labelled dataset");
    }
  }

  /** Images of which nothing says a class would count as all of the first. */
  private static void requireLabels(Path path, ImageSource test) {
    if (!test.saysClasses()) {
      throw new InputException(
          path.toString(),
          "all test images have the label 0, as images without classes have",
          "the class of each, for the classifier's answers to be compared with",
          "put them into a folder for each class, or their labels beside (docs/data.md); or name"
              + " others, of which the classes are known: --set test_dataset.path=IMAGES");
    }
  }

  /** No class is in the test images alone. */
  private static void requireKnownClasses(Path path, ClassifierInputs data) {
    if (data.test.classes() > data.training.classes()) {
      throw new InputException(
          path.toString(),
          data.test.classes() + " classes",
          "at most " + data.training.classes(),
          "put both parts of the same set there");
    }
  }

  /**
   * Which classes have images to train on and none to test by, in words; nothing where all of them
   * have both, or the classes do not go together.
   */
  static Optional<String> untested(ImageSource training, ImageSource test) {
    ClassNames names = new ClassNames(training.classNames());
    ClassNames.Compared compared =
        new ClassNames(test.classNames()).with(test.classes(), names, training.classes());
    List<Integer> missing = new ArrayList<>(ClassCounts.of(training).images().keySet());
    Set<Integer> tested = ClassCounts.of(test).images().keySet();
    if (!compared.named()) {
      missing.removeAll(tested);
    } else if (compared.labels().isPresent()) {
      int[] labels = compared.labels().get();
      tested.forEach(label -> missing.remove((Integer) labels[label]));
    } else {
      return Optional.empty();
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Classes without test images, of which nothing tells whether the features know them: "
                + names.listed(missing));
  }

  private static DatasetConfig test(FeaturesConfig config) {
    return config.getTestDataset().getPath().isEmpty()
        ? config.getDataset()
        : config.getTestDataset();
  }

  private static String testPath(FeaturesConfig config) {
    return test(config).getPath();
  }

  List<RunPlan.Input> inputs(Workspace workspace, FeaturesConfig config) throws IOException {
    String run = config.getName();
    return List.of(
        Datasets.input(workspace, run, config.getDataset().getPath(), training),
        Datasets.input(RunPlan.Input.TEST_IMAGES, workspace, run, testPath(config), test, test));
  }

  /** The images of either part that could not be read: see {@link ImageSource#unread}. */
  Map<String, String> unread() {
    Map<String, String> all = new TreeMap<>(training.unread());
    all.putAll(test.unread());
    return all;
  }
}
