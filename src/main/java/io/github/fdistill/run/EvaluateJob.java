package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.EvaluationResult;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Measures images against others: FID, KID, precision, recall, density, coverage. What is computed
 * of a reference is kept in the workspace, {@code runs/reference-statistics}.
 */
public final class EvaluateJob implements AutoCloseable {
  /** Images of a set, at most. */
  public static final int MOST_SAMPLES = 1_000_000;

  private final RunOrder order;
  private final EvaluateConfig settings;
  private final FeatureNetwork network;
  private final ImageSets sets;
  private final ImageSet images;
  private final ImageSet against;
  private final int samples;
  private final int references;

  private EvaluateJob(
      RunOrder order, EvaluateConfig settings, FeatureNetwork network, Optional<ModelInfo> said)
      throws IOException {
    this.order = order;
    this.settings = settings;
    this.network = network;
    sets =
        new ImageSets(
            order.workspace().root(),
            network,
            Sampling.of(settings.getSampling()),
            said,
            settings.getResize());
    List<String> prompts = prompts(order.workspace(), settings);
    Optional<String> negative =
        settings.hasNegativePrompt() ? Optional.of(settings.getNegativePrompt()) : Optional.empty();
    against = sets.open(settings.getAgainst(), Asking.ALIKE.told(prompts, Optional.empty()));
    ImageSet opened = null;
    try {
      opened = sets.open(settings.getImages(), asking().told(prompts, negative));
      images = opened;
      samples = samples();
      references = references(samples);
    } catch (RuntimeException | IOException e) {
      against.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /** As the reference has the classes; one that is drawn has them all alike. */
  private Asking asking() {
    return against.size().isEmpty()
        ? Asking.ALIKE
        : Asking.like(against, references(0), settings.getUniformClasses());
  }

  /**
   * Measures.
   *
   * @throws InputException when a setting is refused, or the images cannot be measured
   */
  public static EvaluationResult run(Workspace workspace, EvaluateConfig settings)
      throws IOException {
    try (EvaluateJob job = prepare(RunOrder.of(workspace), settings, Optional.empty())) {
      return job.run();
    }
  }

  /**
   * Opens the images and the features network, and checks that they fit; the caller closes it.
   *
   * @param asked where it names no reference or no features, {@link Yardstick} does
   * @param said of models in the place of what they say of themselves; may be empty
   * @throws InputException when something is missing or does not fit
   */
  public static EvaluateJob prepare(RunOrder order, EvaluateConfig asked, Optional<ModelInfo> said)
      throws IOException {
    EvaluateConfig settings = new Yardstick(order.workspace()).completed(asked);
    FeatureNetwork network = FeatureNetwork.load(order.workspace().path(settings.getFeatures()));
    try {
      return new EvaluateJob(order, settings, network, said);
    } catch (RuntimeException | IOException e) {
      network.close();
      throw e;
    }
  }

  /** What models that take texts are asked for; none: captions of the reference. */
  static List<String> prompts(Workspace workspace, EvaluateConfig settings) {
    List<String> prompts = new ArrayList<>(settings.getPromptList());
    if (settings.hasPrompts()) {
      prompts.addAll(Prompts.read(workspace.path(settings.getPrompts())));
    }
    if (settings.hasNegativePrompt() && settings.getSampling().getGuidance() == 1) {
      throw InputException.ofValue(
          "negative_prompt",
          settings.getNegativePrompt(),
          "guidance too, which draws away from it");
    }
    return prompts;
  }

  private int samples() {
    long there = images.size().orElse((long) Integer.MAX_VALUE);
    int repeats = settings.getRepeats();
    within("repeats", repeats, Integer.MAX_VALUE);
    if (there < repeats) {
      throw InputException.ofValue(
          "repeats", "" + repeats, "at most " + there + ", of so many images");
    }
    int most = (int) Math.min(there / repeats, MOST_SAMPLES);
    return settings.hasSamples()
        ? within("samples", settings.getSamples(), most)
        : Math.min(settings.getSamples(), most);
  }

  /**
   * @param drawn of a reference that is not stored, so many
   */
  private int references(int drawn) {
    long there = against.size().orElse((long) Integer.MAX_VALUE);
    int most = (int) Math.min(there, MOST_SAMPLES);
    return settings.hasReferences()
        ? within("references", settings.getReferences(), most)
        : Math.min(against.size().orElse((long) drawn).intValue(), most);
  }

  private static int within(String name, int found, int most) {
    if (found < 1 || found > most) {
      throw InputException.ofValue(name, "" + found, "a whole number from 1 to " + most);
    }
    return found;
  }

  /** What the comparison will take, in words. */
  public String memory() {
    return Evaluation.memory(references, samples, network.dimension());
  }

  /** Measures. */
  public EvaluationResult run() {
    Evaluation evaluation =
        Evaluation.against(
            against,
            references,
            network,
            sets.preprocessing(),
            order.workspace().path(Evaluation.CACHE),
            Progress.Options.of(Progress.Display.choose(order.quiet())));
    List<Evaluation.Result> results = new ArrayList<>();
    for (int repeat = 0; repeat < settings.getRepeats(); repeat++) {
      results.add(evaluation.measure(images, (long) repeat * samples, samples));
    }
    return new EvaluationResult(
        images.name(), against.name(), references, notes(), results, images.speed());
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    images.asked().ifPresent(notes::add);
    Optional<Double> accuracy = new Yardstick(order.workspace()).accuracy(settings.getFeatures());
    accuracy
        .filter(share -> share < ClassifierJob.LEAST_ACCURACY)
        .ifPresent(
            share ->
                notes.add(
                    String.format(
                        java.util.Locale.ROOT,
                        "Weak features: they know %.0f %% of their test images, and tell little",
                        100 * share)));
    if (!network.knows(images.classNames())) {
      notes.add("No accuracy: the features know other classes, " + network.classNames());
    }
    return notes;
  }

  private void closeSets() {
    against.close();
    images.close();
  }

  @Override
  public void close() {
    closeSets();
    network.close();
  }
}
