package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.data.PublishedMoments;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.Frechet;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.evaluation.Interval;
import io.github.fdistill.evaluation.Moments;
import io.github.fdistill.evaluation.MomentsStream;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * FID against a published mean and covariance, of which no images are there to take other measures
 * by.
 */
public final class FrechetJob {
  private static final int AT_ONCE = 1000;

  private FrechetJob() {}

  /**
   * What was found.
   *
   * @param images what was measured, in words
   * @param notes on how it was done, a line each: what was drawn
   * @param samples images of a set
   * @param featuresSha256 of the features network
   * @param each the FID of each set
   */
  public record Found(
      String images, List<String> notes, int samples, String featuresSha256, List<Double> each) {
    /** Their mean, and how surely it is known. */
    public Interval frechet() {
      return Interval.of(each.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** The lowest, as EDM and those after it publish that of three sets of 50,000. */
    public double lowest() {
      return Collections.min(each);
    }
  }

  /** Whether a reference is of this kind. */
  public static boolean isFor(Workspace workspace, EvaluateConfig settings) {
    String against = settings.getAgainst();
    return settings.hasAgainst()
        && !ImageSets.isTest(against)
        && PublishedMoments.areIn(workspace.path(against));
  }

  /**
   * Measures as many sets as the settings repeat.
   *
   * @param said of a model in the place of what it says of itself; may be empty
   * @throws InputException when something is missing or does not fit
   */
  public static Found run(RunOrder order, EvaluateConfig settings, Optional<ModelInfo> said)
      throws IOException {
    Path file = order.workspace().path(settings.getAgainst());
    PublishedMoments published = PublishedMoments.read(file);
    if (!settings.hasFeatures() || FeaturesOnDisk.each(settings.getFeatures()).size() > 1) {
      throw InputException.ofValue(
          "features",
          settings.getFeatures(),
          "the features network that " + file.getFileName() + " is of, and no other");
    }
    refuse("references", settings.hasReferences() ? "" + settings.getReferences() : "");
    refuse("kid-subsets", settings.hasKidSubsets() ? "" + settings.getKidSubsets() : "");
    refuse("uniform-classes", settings.getUniformClasses() ? "true" : "");
    Path features = order.workspace().path(settings.getFeatures());
    try (FeatureNetwork network = FeatureNetwork.load(features)) {
      int d = published.mean().length;
      if (network.dimension() != d) {
        throw new InputException(
            file.toString(),
            "the mean of " + d + " features",
            network.dimension() + ", as " + features + " gives",
            "name the features network that the reference was computed with");
      }
      // How many images it is of, the file does not say.
      Moments reference = new Moments(Long.MAX_VALUE, published.mean(), published.covariance());
      ImageSets sets =
          new ImageSets(
              order.workspace().root(),
              network,
              Sampling.of(settings.getSampling()),
              said,
              settings.getResize());
      Asking asking =
          Asking.ALIKE.told(
              EvaluateJob.prompts(order.workspace(), settings), EvaluateJob.negative(settings));
      try (ImageSet images = sets.open(settings.getImages(), asking)) {
        DrawingSettings.requireEffect(settings, said, List.of(images));
        int samples = EvaluateJob.samples(settings, images);
        Evaluation.requireEnough(network, Integer.MAX_VALUE, samples);
        List<String> notes = images.asked().stream().toList();
        List<Double> each = new ArrayList<>();
        for (int set = 0; set < settings.getRepeats(); set++) {
          long first = (long) set * samples;
          Moments moments = moments(order, images, network, first, samples);
          each.add(Frechet.distance(reference, moments));
        }
        return new Found(images.name(), notes, samples, network.sha256(), each);
      }
    }
  }

  private static void refuse(String setting, String value) {
    if (!value.isEmpty()) {
      throw InputException.ofValue(
          setting, value, "none: against a mean and a covariance it has no effect");
    }
  }

  private static Moments moments(
      RunOrder order, ImageSet images, FeatureNetwork network, long first, int samples) {
    Progress.Options shown = order.progress();
    try (MomentsStream stream = new MomentsStream(network.dimension());
        Progress bar = Progress.start("features of the samples", "image", 0, samples, shown)) {
      for (int done = 0; done < samples; done += AT_ONCE) {
        int count = Math.min(AT_ONCE, samples - done);
        stream.add(images.see(List.of(network), first + done, count, n -> {}).get(0).features());
        bar.stepTo(done + count, done + count, "");
      }
      return stream.moments();
    }
  }
}
