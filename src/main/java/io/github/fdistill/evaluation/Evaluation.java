package io.github.fdistill.evaluation;

import io.github.fdistill.Logs;
import io.github.fdistill.config.Measured;
import io.github.fdistill.evaluation.Measures.Choices;
import io.github.fdistill.journal.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Logger;

/** Measures sets of images against one reference. */
public final class Evaluation {
  private static final Logger LOG = Logs.of(Evaluation.class);

  /** Where what was computed of references is kept. */
  public static final String CACHE = "runs/reference-statistics";

  /** The preprocessing of images that are taken as they are. */
  public static final String UNCHANGED = "none";

  /** The name of the share of images that are taken for their class. */
  static final String ACCURACY = "accuracy";

  /** The name of how well images fit their texts. */
  static final String CLIP_SCORE = "clip_score";

  /** The name of {@link ClassShares#divergence}. */
  static final String CLASS_KL = "class_kl";

  /** The name of {@link ClassShares#least}. */
  static final String LEAST_CLASS = "least_class";

  private static final String IMAGE = "image";

  /** Of a reference whose features would be more numbers than these, a GiB. */
  private static final int USUAL_REFERENCES = 50_000;

  private static final long MOST_NUMBERS = 1L << 28;

  /** A reference that is drawn has seeds of its own, far from the samples'. */
  private static final long REFERENCE_SEEDS = 1_000_000_000L;

  private final FeatureNetwork network;
  private final String preprocessing;
  private final Progress.Options progress;
  private final ReferenceStatistics reference;
  private final Choices choices;

  /** How many of the reference are taken for each class; none where classes are not told. */
  private final Optional<long[]> classes;

  /**
   * What was found of one set.
   *
   * @param accuracy share of images that the features network takes for their class; where both are
   *     known
   * @param clipScore how well images fit their texts; where the features network reads texts, and
   *     there are some
   * @param classes how the images fall on classes; where that is told
   */
  public record Result(
      Measures measures,
      Optional<Double> accuracy,
      Optional<Double> clipScore,
      Optional<ClassShares> classes) {

    /** All but the classes by name. */
    public Map<String, Double> numbers() {
      Map<String, Double> numbers = new LinkedHashMap<>();
      measures
          .byName()
          .forEach((name, measure) -> numbers.put(name, measure.applyAsDouble(measures)));
      others().forEach(numbers::put);
      return numbers;
    }

    /** What is not measured by features alone, by name. */
    Map<String, Double> others() {
      Map<String, Double> others = new LinkedHashMap<>();
      accuracy.ifPresent(share -> others.put(ACCURACY, share));
      clipScore.ifPresent(score -> others.put(CLIP_SCORE, score));
      return others;
    }

    /** All of it, and of how many images against how many. */
    public Measured.Builder measured() {
      Measured.Builder measured = Measured.newBuilder();
      measured.setSamples(measures.samples());
      measured.setReferences((int) measures.reference().count());
      measured.setFeaturesSha256(measures.reference().network());
      measured.setKidX1000Error(1000 * measures.kernel().standardError());
      numbers()
          .forEach(
              (name, value) ->
                  measured.setField(Measured.getDescriptor().findFieldByName(name), value));
      return measured;
    }
  }

  private Evaluation(
      FeatureNetwork network,
      String preprocessing,
      Progress.Options progress,
      ReferenceStatistics reference,
      Choices choices,
      Optional<long[]> classes) {
    this.network = network;
    this.preprocessing = preprocessing;
    this.progress = progress;
    this.reference = reference;
    this.choices = choices;
    this.classes = classes;
  }

  /** What the comparison will take, in words. */
  public static String memory(int references, int samples, FeatureNetwork network) {
    int dimension = network.dimension();
    long features = 8L * Float.BYTES * dimension * ((long) references + samples);
    long heap = features + GeneratedImages.bytes(network.image()) + MomentsStream.bytes(dimension);
    long outside = PrecisionRecall.bytesNeeded(references, samples, dimension);
    return String.format(
        Locale.ROOT,
        "%,d samples against %,d references, %d features each: at most about %,d MB",
        samples,
        references,
        dimension,
        (heap + outside >> 20) + 1);
  }

  /**
   * How many images of a reference are taken where nothing is said: all, or of many 50,000. It is a
   * function of the images and the networks, so that on every machine it is the same measure.
   *
   * @param there how many there are
   */
  public static int references(long there, List<FeatureNetwork> networks) {
    return networks.stream()
        .mapToInt(n -> references(there, n.dimension() + n.classes().orElse(0)))
        .min()
        .orElseThrow();
  }

  /**
   * @param width numbers that a network makes of an image
   */
  static int references(long there, int width) {
    return (int) (there <= MOST_NUMBERS / width ? there : Math.min(there, USUAL_REFERENCES));
  }

  /**
   * What is to be known where a reference is not measured against whole; nothing where it is.
   *
   * @param setting by which another number is chosen
   */
  public static Optional<String> part(int references, long there, String setting) {
    return references >= there
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "Against %,d of %,d images, by chance that is always the same (%s)",
                references,
                there,
                setting));
  }

  /**
   * Refuses fewer images than can be measured, before any is drawn or read.
   *
   * @throws io.github.fdistill.InputException where they are no more than there are features, or
   *     more features than there is room for
   */
  public static void requireEnough(FeatureNetwork network, int references, int samples) {
    Frechet.requireEnough("reference", references, network.dimension());
    Frechet.requireEnough("samples", samples, network.dimension());
  }

  /**
   * Computes what is to be known of a reference, or reads it where it was computed before.
   *
   * @param cache folder of what was computed
   */
  public static Evaluation against(
      ImageSet images,
      int count,
      FeatureNetwork network,
      String preprocessing,
      Path cache,
      Progress.Options progress) {
    long first = images.isDrawn() ? REFERENCE_SEEDS : 0;
    Fingerprint fingerprint =
        network.fingerprint(images.identity(first, count), count, preprocessing);
    int k = Choices.usual().ranks().most();
    ReferenceStatistics reference =
        ReferenceStatistics.cached(
            cache,
            fingerprint,
            k,
            () -> {
              tell(progress, images, count, cache);
              Seen seen =
                  see(images, "features of the reference", first, count, List.of(network), progress)
                      .get(0);
              seen.classes().ifPresent(all -> ReferenceClasses.write(cache, fingerprint, all));
              try (Progress bar =
                  Progress.start("neighbours in the reference", IMAGE, 0, count, progress)) {
                return ReferenceStatistics.of(
                    fingerprint, seen.features(), k, n -> bar.stepTo(n, n, ""));
              }
            });
    return new Evaluation(
        network, preprocessing, progress, reference, Choices.usual(), Optional.empty());
  }

  /**
   * The same, telling how images fall on classes too, where the network knows those of the
   * reference.
   *
   * @param images the reference, as it was given to {@link #against}
   * @param cache folder of what was computed
   */
  public Evaluation tellingClasses(ImageSet images, Path cache) {
    int count = Math.toIntExact(reference.fingerprint().count());
    boolean told =
        !images.isDrawn()
            && network.classes().isPresent()
            && network.labels(images, 0, count).isPresent();
    return new Evaluation(
        network,
        preprocessing,
        progress,
        reference,
        choices,
        told ? Optional.of(classesOf(images, count, cache)) : Optional.empty());
  }

  /**
   * Which classes of the reference the network takes none of its images for, and what that makes of
   * {@link ClassShares}, in words; nothing where there are none, or classes are not told.
   *
   * @param images the reference, as it was given to {@link #against}
   */
  public Optional<String> untold(ImageSet images) {
    int count = Math.toIntExact(reference.fingerprint().count());
    return classes
        .flatMap(told -> network.labels(images, 0, count).map(labels -> untold(labels, told)))
        .filter(labels -> !labels.isEmpty())
        .map(
            labels ->
                "The features take no image of the reference for these classes; class KL counts"
                    + " each as half an image there, and least class leaves them out: "
                    + network.classNames().listed(labels));
  }

  private static List<Integer> untold(int[] labels, long[] told) {
    return IntStream.of(labels).distinct().sorted().filter(k -> told[k] == 0).boxed().toList();
  }

  /** The same with just so many subsets for KID. */
  public Evaluation withSubsets(int count) {
    return new Evaluation(
        network, preprocessing, progress, reference, choices.withSubsets(count), classes);
  }

  private long[] classesOf(ImageSet images, int count, Path cache) {
    Fingerprint fingerprint = reference.fingerprint();
    Optional<long[]> kept = ReferenceClasses.read(cache, fingerprint, network.classes().getAsInt());
    return kept.orElseGet(
        () -> {
          String what = "classes of the reference";
          Seen seen = see(images, what, 0, count, List.of(network), progress).get(0);
          long[] counts = seen.classes().orElseThrow();
          ReferenceClasses.write(cache, fingerprint, counts);
          return counts;
        });
  }

  /** The first time takes long: it is said why, and that the next time does not. */
  private static void tell(Progress.Options progress, ImageSet images, int count, Path cache) {
    if (progress.display() != Progress.Display.NOTHING) {
      LOG.info(
          "{} was not measured against before: features and neighbours of {} images, kept in {}",
          images.name(),
          String.format(Locale.ROOT, "%,d", count),
          cache);
    }
  }

  private static List<Seen> see(
      ImageSet images,
      String what,
      long first,
      int count,
      List<FeatureNetwork> networks,
      Progress.Options progress) {
    try (Progress bar = Progress.start(what, IMAGE, 0, count, progress)) {
      return images.see(networks, first, count, n -> bar.stepTo(n, n, ""));
    }
  }

  /** The same for a run, which measures often: without progress, and by few subsets for KID. */
  public Evaluation onTheWay() {
    return new Evaluation(
        network,
        preprocessing,
        Progress.Options.of(Progress.Display.NOTHING),
        reference,
        Choices.quick(),
        classes);
  }

  /**
   * Measures some images of a set.
   *
   * @param first the number of the first
   */
  public Result measure(ImageSet images, long first, int count) {
    return measure(List.of(this), images, first, count).get(0);
  }

  /**
   * Measures some images of a set by several sets of features: images are drawn once for all.
   *
   * @param by at least one; all show progress as the first does
   * @param first the number of the first image
   * @return a result for each, in their order
   */
  public static List<Result> measure(List<Evaluation> by, ImageSet images, long first, int count) {
    List<FeatureNetwork> networks = by.stream().map(e -> e.network).toList();
    for (FeatureNetwork network : networks) {
      if (!network.comparesTexts()) {
        Frechet.requireEnough("samples", count, network.dimension());
      }
    }
    Progress.Options progress = by.get(0).progress;
    List<Seen> seen = see(images, "features of the samples", first, count, networks, progress);
    List<Result> results = new ArrayList<>();
    for (Evaluation evaluation : by) {
      results.add(evaluation.compared(images, first, count, seen.get(results.size())));
    }
    return results;
  }

  private Result compared(ImageSet images, long first, int count, Seen seen) {
    Fingerprint fingerprint =
        network.fingerprint(images.identity(first, count), count, preprocessing);
    try (Progress bar = Progress.start("samples compared", IMAGE, 0, count, progress)) {
      Measures measures =
          Measures.of(
              reference, fingerprint, seen.features(), first, choices, n -> bar.stepTo(n, n, ""));
      Optional<Double> accuracy =
          network
              .labels(images, first, count)
              .filter(labels -> seen.logits().isPresent())
              .map(seen::accuracy);
      Optional<ClassShares> shares =
          classes.flatMap(
              all -> seen.classes().map(c -> new ClassShares(network.classNames(), c, all)));
      return new Result(measures, accuracy, clipScore(images, first, count, seen), shares);
    }
  }

  private Optional<Double> clipScore(ImageSet images, long first, int count, Seen seen) {
    return network
        .textMatch()
        .flatMap(
            match -> images.texts(first, count).map(texts -> match.score(seen.features(), texts)));
  }
}
