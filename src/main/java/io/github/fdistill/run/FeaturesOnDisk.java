package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.evaluation.FeatureContract;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.journal.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The features networks that there are, and what their records tell of them. */
public record FeaturesOnDisk(Workspace workspace) {
  /** The features of what no other network was trained on. */
  public static final String USUAL = "savedmodels/fashion-mnist-features";

  /**
   * The features network in savedmodels/ that was trained on a dataset.
   *
   * @param dataset its folder or file, or with ":test" its test images
   */
  public Optional<String> ofDataset(String dataset) {
    String wanted = relative(dataset);
    return Stream.of(workspace.root().resolve("savedmodels"), workspace.path(USUAL).getParent())
        .flatMap(FeaturesOnDisk::folders)
        .filter(model -> trainedOn(model).filter(wanted::equals).isPresent())
        .sorted(Comparator.comparing(model -> !isClassifier(model)))
        .map(workspace::relative)
        .findFirst();
  }

  /** Whether its features were learnt: pixels' components come after those, whatever their name. */
  private static boolean isClassifier(Path model) {
    return RecordFile.of(model).flatMap(r -> r.number(ClassifierJob.TEST_ACCURACY)).isPresent();
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
    Optional<RecordFile> record = RecordFile.of(workspace.path(features));
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

  /** The dataset of a features network, as its record tells. */
  private Optional<String> trainedOn(Path model) {
    return RecordFile.of(model)
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

  /** Whether each of several features networks, as settings name them, takes images. */
  boolean takes(String features, ImageSource images) {
    return each(features).stream()
        .allMatch(one -> FeatureContract.read(workspace.path(one)).takes(images));
  }

  /** What images are seen as from the root; of NAME:test it is NAME. */
  String relative(String images) {
    return workspace.relative(ImageSets.path(workspace.root(), images));
  }
}
