package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.ImageShape;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.Continued;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.training.Memories;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.Share;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.logging.log4j.Logger;
import org.tensorflow.ndarray.Shape;

/**
 * What a pretraining trains: a network from its beginning, or one that goes on from the weights of
 * a model.
 *
 * @param network its description
 * @param images that it learns from, their labels in the order of its classes
 * @param start whose weights it begins with; empty: its own first ones
 * @param continued the network with those weights; empty as well
 * @param tokenizer of the texts that the network takes; empty where it takes none
 */
record Learner(
    NetworkConfig network,
    ImageSource images,
    Optional<DenoiserModel> start,
    Optional<DenoiserModel> continued,
    Optional<Tokenizer> tokenizer) {
  private static final Logger LOG = Logs.of(Learner.class);

  /**
   * The network of the settings on these images. One that goes on, and knows classes, has as many
   * as the images have; what it knows of them stays where they are as many and do not go by other
   * names.
   *
   * <p>What does not fit is refused before images are encoded, which may take hours.
   *
   * @param file that the network's description stands in, for messages
   * @throws InputException when the start is of another network, the network does not fit the
   *     images or the settings, or it takes texts and there is no tokenizer or no captions
   */
  static Learner of(
      RunOrder order,
      PretrainConfig config,
      Path file,
      NetworkConfig described,
      ImageSource pictures)
      throws IOException {
    Workspace workspace = order.workspace();
    Optional<Texts> texts = Texts.of(workspace, file, described);
    NetworkConfig network = texts.map(Texts::network).orElse(described);
    Optional<Tokenizer> tokenizer = texts.map(Texts::tokenizer);
    boolean skip = config.getDataset().getSkipDamaged();
    ImageSource told = tokenizer.map(t -> Texts.told(t, pictures, skip)).orElse(pictures);
    Encoding encoding = Encoding.in(workspace, config.getDataset(), order.quiet());
    if (config.getStart().isEmpty()) {
      encoding.requireMeans();
      Fits.requireFits(file, network, told.shape(), told.classes());
      Fits.requireAugmentable(order.file(), config, network);
      return new Learner(network, told, Optional.empty(), Optional.empty(), tokenizer);
    }
    DenoiserModel start = DenoiserModel.read(workspace.path(config.getStart()));
    boolean encoded = decoder(start).isPresent();
    if (!encoded) {
      encoding.requireMeans();
    }
    int classes = network.getClasses() == 0 || told.classes() < 2 ? 0 : told.classes();
    NetworkConfig fitting = network.toBuilder().setClasses(classes).build();
    ClassNames own = new ClassNames(told.classNames());
    ClassNames.Compared compared = own.with(classes, start.classNames(), start.info().getClasses());
    boolean others = compared.named() && compared.labels().isEmpty();
    boolean same = classes == start.info().getClasses() && !others;
    Continued continued = Continued.of(fitting, start, same, config.getSeed());
    boolean knew = same && start.info().getLearntNoClass();
    tellClasses(start, fitting, continued);
    Fits.requireFits(file, fitting, encoded ? start.image() : told.shape(), told.classes());
    Fits.requireAugmentable(order.file(), config, fitting);
    ImageSource images = encoded ? encoding.told(start, told, skip) : told;
    ImageSource ordered =
        same ? ClassOrder.of(images, start.classNames(), classes, start.origin()) : images;
    DenoiserModel learning = learning(continued.model(), config, knew, start.info().getSigmaMax());
    DenoiserModel first =
        same // Images without names do not take away those that the start has.
            ? learning.named(ordered.classNames()).named(start.classNames().names())
            : learning;
    return new Learner(fitting, ordered, Optional.of(start), Optional.of(first), tokenizer);
  }

  /** Which weights of what the start knows of classes do not go on. */
  private static void tellClasses(DenoiserModel start, NetworkConfig fitting, Continued continued) {
    int known = start.info().getClasses();
    if (fitting.getClasses() == 0 && known > 0) {
      LOG.info(
          "There are no classes, and {} knows {}: all weights that tell them apart are left out",
          start.origin(),
          known);
    }
    if (!continued.anew().isEmpty()) {
      LOG.info(
          "The classes are others than those of {}: begun anew are {}",
          start.origin(),
          String.join(", ", continued.anew()));
    }
  }

  /**
   * The same model, said to know what it learns or knew before: "no class", or "no text", and of
   * the noise levels of its schedule the usual ones, and those beyond them that it is trained on.
   *
   * @param knew whether its weights have learnt "no class" already
   * @param sigmaMax up to which they know noise already; 0: nothing
   */
  private static DenoiserModel learning(
      DenoiserModel model, PretrainConfig config, boolean knew, double sigmaMax) {
    boolean knows = knew || config.getLabelDropout() > 0 || model.conditioning().isEmpty();
    DenoiserInfo.Builder info = model.info().toBuilder();
    if (!knows) {
      info.setLearntNoClass(false);
    }
    double usual = DenoiserInfo.getDefaultInstance().getSigmaMax();
    NoiseConfig noise = config.getNoise();
    boolean endless = noise.getDistribution() == NoiseConfig.Distribution.LOG_NORMAL;
    double clip = noise.getClipMax(); // Without one, levels beyond the usual are hardly drawn.
    boolean clipped = clip < NoiseConfig.getDefaultInstance().getClipMax();
    double drawn = !endless ? noise.getSigmaMax() : clipped ? clip : usual;
    double trained = Math.max(usual, Math.max(sigmaMax, drawn));
    if (info.getSigmaMax() > trained) {
      info.setSigmaMax(trained);
    }
    if (info.getSampledFrom() >= info.getSigmaMax()) {
      info.clearSampledFrom();
    }
    return model.with(info.build());
  }

  /** What makes pictures of its latents, where the start is a network of such without texts. */
  private static Optional<Pipeline> decoder(DenoiserModel start) {
    return start.pipeline().filter(p -> p.decodes() && !p.readsTexts());
  }

  /** The shape [H,W,C] of what its samples are shown as. */
  Shape shown() {
    ImageShape image = network.getImage();
    return start
        .flatMap(Learner::decoder)
        .map(Pipeline::image)
        .orElse(Shape.of(image.getHeight(), image.getWidth(), image.getChannels()));
  }

  /** A model that was trained, with what stands around it. */
  DenoiserModel whole(DenoiserModel trained) {
    DenoiserModel named = trained.named(images.classNames());
    DenoiserModel around = start.flatMap(Learner::decoder).map(named::with).orElse(named);
    return tokenizer.map(around::with).orElse(around);
  }

  /** Builds a training whose batches are computed here whole; the caller closes it. */
  Pretraining training(PretrainConfig config) {
    return training(config, Share.ALL);
  }

  /**
   * Builds a training; the caller closes it.
   *
   * @param share which of each batch is computed here
   */
  Pretraining training(PretrainConfig config, Share share) {
    return training(config, share, Memories.here());
  }

  /**
   * @param memories that it is built for, whatever there are here
   */
  Pretraining training(PretrainConfig config, Share share, Memories memories) {
    DenoiserModel first =
        continued.orElseGet(
            () -> learning(Networks.denoiser(network, config.getSeed()), config, false, 0));
    return new Pretraining(network, first, config, share, memories);
  }

  /**
   * How the network of a model that was imported or pretrained is described, by its record.
   *
   * @param model a version's folder, or a model's
   * @throws InputException when its record does not say
   */
  static NetworkConfig description(Path model) {
    Path record = recordOf(model);
    Optional<String> text =
        Files.isRegularFile(record) ? RecordFile.read(record).find("network") : Optional.empty();
    if (text.isEmpty()) {
      throw new InputException(
          record.toString(),
          "no description of the model's network",
          "the record of a model that was imported or pretrained",
          "describe its network with --network NETWORK.pbtxt, or import it (docs/import.md)");
    }
    return Configs.parse(record, text.get(), NetworkConfig.getDefaultInstance());
  }

  /** Where a model's record stands. */
  static Path recordOf(Path model) {
    return RunFiles.recordOf(SavedModel.versionIn(model));
  }
}
