package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.run.ClassifierJob;
import io.github.fdistill.run.PixelFeaturesJob;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * {@code fdistill features}: trains the classifier whose features images are compared by, or takes
 * principal components of pixels.
 */
final class FeaturesCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/features.pbtxt";

  @Override
  public String name() {
    return "features";
  }

  @Override
  public String summary() {
    return "trains a classifier on a dataset; images are compared by its features";
  }

  @Override
  public Optional<Message> settings() {
    return Optional.of(FeaturesConfig.getDefaultInstance());
  }

  @Override
  public Options options() {
    return Flags.withDryRun(WorkerFlags.with(Flags.ofRun(CONFIG)));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill features --set name=my-features",
        "./fdistill features --set name=small-features --set steps=500 --set batch_size=64",
        "./fdistill features --config graphs/fashion-mnist/features-256.pbtxt",
        "./fdistill features --config graphs/fashion-mnist/pixels.pbtxt");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    RunOrder order = Flags.order(line, words, workspace, Flags.config(line, CONFIG, workspace));
    FeaturesConfig none = FeaturesConfig.getDefaultInstance();
    FeaturesConfig settings = Flags.settings(line, order.file(), none, workspace);
    if (PixelFeaturesJob.isFor(settings)) {
      WorkerFlags.requireAlone(
          line,
          words,
          WorkerFlags.team(line, System.getenv()),
          "principal_components of " + order.file() + " have no steps that several could share");
    }
    WorkerFlags.run(line, order, settings, each -> features(each, settings, out));
  }

  /** Runs, or goes on. */
  static void features(RunOrder order, FeaturesConfig config, PrintStream out) throws IOException {
    if (PixelFeaturesJob.isFor(config)) {
      out.println(ofPixels(order.workspace(), PixelFeaturesJob.run(order, config), config));
      return;
    }
    try (PreparedRun run = ClassifierJob.prepare(order, config)) {
      RunText.run(run, out, result -> closing(order.workspace(), result, config));
    }
  }

  private static String ofPixels(
      Workspace workspace, PixelFeaturesJob.Written written, FeaturesConfig config) {
    int numbers = config.getPrincipalComponents();
    String where = workspace.relative(written.version());
    return written
        .components()
        .map(
            found ->
                String.format(
                    Locale.ROOT,
                    "Features: %s  (%d numbers an image)%nVariance: %.1f %% of that of the pixels",
                    where,
                    numbers,
                    100 * found.share()))
        .orElse("Would write " + where + ": " + numbers + " principal components; no steps");
  }

  private static String closing(Workspace workspace, RunResult result, FeaturesConfig config) {
    double share = result.measures().get(ClassifierJob.TEST_ACCURACY);
    double mean = result.measures().get(ClassifierJob.TEST_CLASS_MEAN);
    return String.join(
        "\n",
        "Features: "
            + workspace.relative(result.model().orElseThrow())
            + "  ("
            + config.getClassifier().getFeatures()
            + " numbers an image)",
        String.format(
            Locale.ROOT,
            "Accuracy: %s of the %.0f test images",
            percent(share),
            result.measures().get(ClassifierJob.TEST_IMAGES)),
        percent(share).equals(percent(mean))
            ? weak(mean)
            : "Mean:     "
                + percent(mean)
                + " over their classes, each counted alike\n"
                + weak(mean));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static String weak(double mean) {
    return mean >= ClassifierJob.LEAST_ACCURACY
        ? ""
        : "Warning:  weak features: they hardly tell classes apart, so distances by them tell"
            + " little;\n          train longer, or with more images\n";
  }
}
