package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.evaluation.Asked;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.ClassMix;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.FeatureContract;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.GeneratedImages;
import io.github.fdistill.evaluation.StoredImages;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Sampler;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Logger;

/**
 * Measures what is trained while it is trained, against the training images, each once and none
 * mirrored: what {@code evaluate} measures against.
 */
public final class RunEvaluation implements AutoCloseable {
  private static final Logger LOG = Logs.of(RunEvaluation.class);

  private final RunOrder order;
  private final EvaluationConfig config;
  private final ImageSource images;
  private final StoredImages learnt;
  private final String sha256;
  private final Optional<FeatureNetwork> network;
  private Evaluation evaluation;
  private ClassMix mix;

  private RunEvaluation(
      RunOrder order,
      EvaluationConfig config,
      ImageSource images,
      StoredImages learnt,
      String sha256,
      Optional<FeatureNetwork> network) {
    this.order = order;
    this.config = config;
    this.images = images;
    this.learnt = learnt;
    this.sha256 = sha256;
    this.network = network;
  }

  /**
   * Loads the features network; of a worker that follows, which measures nothing, its hash alone is
   * taken. Of latents the pictures are measured that they were.
   *
   * @param dataset what the images are called
   * @throws InputException when it cannot be used with these images, or there are too few
   */
  public static RunEvaluation open(
      RunOrder order, EvaluationConfig config, String dataset, ImageSource images) {
    require(order, config, images);
    Path features = order.workspace().path(config.getFeatures());
    Optional<FeatureNetwork> network =
        order.follows() ? Optional.empty() : Optional.of(FeatureNetwork.load(features));
    String sha256 =
        network.map(FeatureNetwork::sha256).orElseGet(() -> FeatureNetwork.sha256(features));
    StoredImages learnt = new StoredImages(dataset, images.pictures());
    return new RunEvaluation(order, config, images, learnt, sha256, network);
  }

  /**
   * Refuses what {@link #open} does, as far as signatures tell; loads nothing, and so may be asked
   * of images that are still to be encoded.
   *
   * @throws InputException when features are asked for that cannot be used, or too few images
   */
  static void require(RunOrder order, EvaluationConfig config, ImageSource images) {
    ImageSource pictures = images.pictures();
    requirePictures(order, pictures);
    FeatureContract contract = FeatureContract.read(order.workspace().path(config.getFeatures()));
    contract.requireSize("field evaluation.features: " + config.getFeatures(), pictures.shape());
    int d = contract.dimension();
    Path file = order.file();
    String needed = "more than " + d + ", the number of features: a FID needs as many";
    Configs.check(config.getSamples() > d, file, "evaluation.samples", config.getSamples(), needed);
    Configs.check(pictures.size() > d, file, "dataset.path", pictures.size() + " images", needed);
    int references = config.getReferences();
    Configs.check(
        references == 0 || references > d && references <= pictures.size(),
        file,
        "evaluation.references",
        references,
        "0, or more than " + d + ", the number of features, and at most " + pictures.size());
  }

  private static void requirePictures(RunOrder order, ImageSource images) {
    if (Drawable.ofLatents(images.shape())) {
      throw new InputException(
          order.file() + ": evaluation.every_steps",
          "a dataset of latents (" + Drawable.size(images.shape()) + ")",
          "pictures, which features are of",
          "import the model with --autoencoder and train it on pictures, or say 0");
    }
  }

  /**
   * Computes what is to be known of the training images, or reads it where it was computed before.
   *
   * @throws IllegalStateException of a worker that follows
   */
  public void prepare() {
    FeatureNetwork by =
        network.orElseThrow(() -> new IllegalStateException("a worker that follows measures"));
    long there = learnt.source().size();
    int asked = config.getReferences();
    int count = asked > 0 ? asked : Evaluation.references(there, List.of(by));
    Evaluation.part(count, there, "evaluation.references").ifPresent(LOG::info);
    mix = ClassMix.like(learnt, count, false);
    evaluation =
        Evaluation.against(
                learnt,
                count,
                by,
                Evaluation.UNCHANGED,
                order.workspace().path(Evaluation.CACHE),
                order.progress())
            .onTheWay();
  }

  /** The features network, as an input of the run. */
  public RunPlan.Input input(Workspace workspace) {
    Path path = workspace.path(config.getFeatures());
    return new RunPlan.Input(RunPlan.Input.FEATURES, workspace.relative(path), sha256);
  }

  /**
   * Measures a model as it is now, {@link #prepare prepared} before.
   *
   * @param name what of the run it is, such as "average_0"
   * @param sampler that draws it, closed here
   * @param method of sampling, in words
   * @return nothing of a model whose images are no numbers
   */
  Optional<Evaluation.Result> measure(
      long step, String name, StudentModel model, Sampler sampler, String method) {
    Asked asked = images.conditioning().isClassAlone() ? mix.of(model) : Asking.ofImages(images);
    String which = "step " + step + " " + name;
    try (GeneratedImages drawn = new GeneratedImages(name, which, model, asked, method, sampler)) {
      return Optional.of(evaluation.measure(drawn, 0, config.getSamples()));
    } catch (InputException e) {
      LOG.warn("Step {}: {} is not measured: {}", step, name, e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    network.ifPresent(FeatureNetwork::close);
  }
}
