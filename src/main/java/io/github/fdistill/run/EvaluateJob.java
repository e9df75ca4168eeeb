package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.EvaluationResult;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.Frechet;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.evaluation.MomentsStream;
import io.github.fdistill.evaluation.SharedImages;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures images against others: FID, KID, precision, recall, density, coverage. What is computed
 * of a reference is kept in the workspace, {@code runs/reference-statistics}.
 */
public final class EvaluateJob implements AutoCloseable {
  /** Images of a set, at most. */
  public static final int MOST_SAMPLES = 1_000_000;

  /** Subsets of a KID, at most. */
  public static final int MOST_SUBSETS = 10_000;

  private final RunOrder order;
  private final EvaluateConfig settings;
  private final List<Eyes> eyes;
  private final Optional<String> replaced;
  private final ImageSets sets;
  private final ImageSet images;
  private final ImageSet against;
  private final int samples;
  private final int references;

  /**
   * A features network.
   *
   * @param path as settings name it
   */
  private record Eyes(String path, FeatureNetwork network) {}

  /**
   * @param replaced that other features were to measure, in words
   */
  private EvaluateJob(
      RunOrder order,
      EvaluateConfig settings,
      List<Eyes> eyes,
      Optional<String> replaced,
      Optional<ModelInfo> said)
      throws IOException {
    this.order = order;
    this.replaced = replaced;
    this.settings = settings;
    this.eyes = eyes;
    eyes.forEach(this::requireOneSize);
    sets =
        new ImageSets(
            order.workspace().root(),
            eyes.get(0).network(),
            Sampling.of(settings.getSampling()),
            said,
            settings.getResize());
    List<String> prompts = prompts(order.workspace(), settings);
    String reference = settings.getAgainst();
    Path model = ImageSets.path(order.workspace().root(), settings.getImages());
    PictureReading reading = new Yardstick(order.workspace()).reading(model, reference);
    Asking alike = Asking.ALIKE.told(prompts, Optional.empty());
    against = shared(0, sets.reference(reference, settings.getImages(), alike, reading));
    ImageSet opened = null;
    try {
      opened =
          shared(1, sets.open(settings.getImages(), asking().told(prompts, negative(settings))));
      images = opened;
      DrawingSettings.requireEffect(settings, said, List.of(images, against));
      samples = samples(settings, images);
      references = references(samples);
      for (Eyes one : eyes) {
        MomentsStream.requireRoom(one.network().dimension());
        if (!scoresTexts(one)) {
          Evaluation.requireEnough(one.network(), references, samples);
        }
      }
      order.crew().ifPresent(crew -> crew.requireSame(read()));
    } catch (RuntimeException | IOException e) {
      against.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /** What is drawn is drawn by all workers. */
  private ImageSet shared(int number, ImageSet set) {
    return order
        .crew()
        .filter(crew -> set.isDrawn())
        .<ImageSet>map(crew -> new SharedImages(set, crew, number, networks()))
        .orElse(set);
  }

  private List<FeatureNetwork> networks() {
    return eyes.stream().map(Eyes::network).toList();
  }

  /** What tells what is read here from all else, a line each. */
  private String read() {
    List<String> lines = new ArrayList<>(List.of(against.identity(0, 1), images.identity(0, 1)));
    networks().forEach(one -> lines.add(one.fingerprint("", 0, "").network()));
    return String.join("\n", lines);
  }

  /** A worker's part that is not the first: draws its share of all that is measured. */
  public void follow() {
    SharedImages.follow(order.crew().orElseThrow(), List.of(against, images));
  }

  /** As the reference has the classes; one that is drawn has them all alike. */
  private Asking asking() {
    return against.isDrawn()
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
    if (asked.getImages().isEmpty()) {
      throw new InputException("images", "none", "images, or a model that draws them", "name them");
    }
    Yardstick yardstick = new Yardstick(order.workspace());
    EvaluateConfig settings = yardstick.completed(asked);
    List<Eyes> eyes = new ArrayList<>();
    try {
      for (String path : FeaturesOnDisk.each(settings.getFeatures())) {
        eyes.add(new Eyes(path, FeatureNetwork.load(order.workspace().path(path))));
      }
      return new EvaluateJob(order, settings, List.copyOf(eyes), yardstick.replaced(asked), said);
    } catch (RuntimeException | IOException e) {
      eyes.forEach(one -> one.network().close());
      throw e;
    }
  }

  /** What models that take texts are asked for; none: captions of the reference. */
  static List<String> prompts(Workspace workspace, EvaluateConfig settings) {
    List<String> prompts = new ArrayList<>(settings.getPromptList());
    if (settings.hasPrompts()) {
      prompts.addAll(Prompts.read(workspace.path(settings.getPrompts())));
    }
    return prompts;
  }

  /** What they are to draw away from, where it is said. */
  static Optional<String> negative(EvaluateConfig settings) {
    return settings.hasNegativePrompt()
        ? Optional.of(settings.getNegativePrompt())
        : Optional.empty();
  }

  /** Images are drawn, read and resized once for all. */
  private void requireOneSize(Eyes one) {
    FeatureNetwork first = eyes.get(0).network();
    one.network()
        .requireSize(
            eyes.get(0).path() + ", features", first.height(), first.width(), first.channels());
  }

  /**
   * Images of a set: as many as are asked for; where nothing is said, as many as are usual, or
   * there.
   *
   * @throws InputException when more sets, or more images of each, are asked for than there are
   */
  static int samples(EvaluateConfig settings, ImageSet images) {
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
        : Math.min(
            against.size().map(n -> Evaluation.references(n, networks())).orElse(drawn), most);
  }

  private int subsets() {
    return within("kid-subsets", settings.getKidSubsets(), MOST_SUBSETS);
  }

  private static int within(String name, int found, int most) {
    if (found < 1 || found > most) {
      throw InputException.ofValue(name, "" + found, "a whole number from 1 to " + most);
    }
    return found;
  }

  /** What the comparison will take, in words; a line for each features network. */
  public String memory() {
    return eyes.stream()
        .map(one -> Evaluation.memory(references, samples, one.network()))
        .collect(Collectors.joining("\n"));
  }

  /** Measures, by every features network. */
  public EvaluationResult run() {
    List<String> notes = notes(); // Texts that cannot be read are told before all the work.
    Path cache = order.workspace().path(Evaluation.CACHE);
    List<Evaluation> evaluations =
        eyes.stream()
            .map(
                one ->
                    Evaluation.against(
                            against,
                            references,
                            one.network(),
                            sets.preprocessing(),
                            cache,
                            order.progress())
                        .tellingClasses(against, cache))
            .map(one -> settings.hasKidSubsets() ? one.withSubsets(subsets()) : one)
            .toList();
    for (int i = 0; i < eyes.size(); i++) {
      Eyes one = eyes.get(i);
      evaluations.get(i).untold(against).ifPresent(note -> notes.add(by(one, note)));
    }
    List<List<Evaluation.Result>> repeats = new ArrayList<>();
    for (int repeat = 0; repeat < settings.getRepeats(); repeat++) {
      repeats.add(Evaluation.measure(evaluations, images, (long) repeat * samples, samples));
    }
    List<EvaluationResult.ByFeatures> by = new ArrayList<>();
    for (int i = 0; i < eyes.size(); i++) {
      int which = i;
      List<Evaluation.Result> results = repeats.stream().map(all -> all.get(which)).toList();
      int dimension = eyes.get(i).network().dimension();
      by.add(new EvaluationResult.ByFeatures(eyes.get(i).path(), dimension, results));
    }
    return new EvaluationResult(
        images.name(), against.name(), references, notes, by, images.speed());
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    replaced.ifPresent(notes::add);
    images.asked().ifPresent(notes::add);
    against
        .size()
        .flatMap(there -> Evaluation.part(references, there, "--references"))
        .ifPresent(notes::add);
    for (Eyes one : eyes) {
      notes(one).forEach(note -> notes.add(by(one, note)));
    }
    return notes;
  }

  private String by(Eyes one, String note) {
    return eyes.size() > 1 ? one.path() + ": " + note : note;
  }

  private List<String> notes(Eyes one) {
    List<String> notes = new ArrayList<>();
    FeaturesOnDisk features = new FeaturesOnDisk(order.workspace());
    features
        .othersThan(settings.getAgainst(), one.path())
        .ifPresent(others -> notes.add("The features were trained on other images, " + others));
    features.weakness(one.path()).ifPresent(notes::add);
    Frechet.none(one.network().dimension(), references, samples).ifPresent(notes::add);
    if (one.network().comparesTexts() && !scoresTexts(one)) {
      notes.add("No CLIP score: not every image has a text");
    }
    if (!one.network().knows(images)) {
      ClassNames names = one.network().classNames();
      int last = one.network().classes().getAsInt() - 1;
      String known = names.isEmpty() ? "0 to " + last : names.toString();
      notes.add("No accuracy: the features know other classes, " + known);
    }
    return notes;
  }

  /** Whether it tells how well images fit their texts, which every one has. */
  private boolean scoresTexts(Eyes one) {
    return one.network().comparesTexts()
        && IntStream.range(0, settings.getRepeats())
            .allMatch(set -> images.texts((long) set * samples, samples).isPresent());
  }

  private void closeSets() {
    against.close();
    images.close();
  }

  @Override
  public void close() {
    closeSets();
    eyes.forEach(one -> one.network().close());
  }
}
