package io.github.fdistill.network;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.expr.Expr;
import java.util.Optional;

/** The families of networks that a description may name. */
final class Bodies {
  private Bodies() {}

  /**
   * The network of a description, to be built once.
   *
   * @param config of any family but a mixture
   * @param words what a text says, for networks that read one themselves
   * @param context what text encoders made of one, for networks that take that
   * @param augmentation [N,L], how each image was augmented; null for a network that takes no such
   *     labels
   */
  static Networks.Body of(
      NetworkConfig config,
      ParameterStore store,
      UNet.Dropout dropout,
      Optional<Words> words,
      Optional<Context> context,
      Expr augmentation) {
    int out = outChannels(config);
    return switch (config.getBodyCase()) {
      case UNET -> new UNet(config.getUnet(), store, dropout, words, config.getText().getHeads());
      case MLP -> new Mlp(config.getMlp(), store);
      case SONG_UNET -> new SongUNet(config.getSongUnet(), out, store, dropout, augmentation);
      case DHARIWAL_UNET ->
          new DhariwalUNet(config.getDhariwalUnet(), out, store, dropout, augmentation);
      case EDM2_UNET -> new Edm2UNet(config.getEdm2Unet(), out, store, dropout);
      case DDPM_UNET -> new DdpmUNet(config.getDdpmUnet(), out, store, dropout, context);
      case DIT -> new DiT(config.getDit(), out, store);
      case MIXTURE, BODY_NOT_SET ->
          throw new IllegalArgumentException("no network: " + config.getBodyCase());
    };
  }

  /** Channels of what the network says: of an image, and as many more where a variance is said. */
  private static int outChannels(NetworkConfig config) {
    int channels = config.getImage().getChannels();
    return config.getConvention().getLearnedVariance() ? 2 * channels : channels;
  }

  /** How many labels have a row of weights: the classes, and "no class" where it has one too. */
  static int labels(NetworkConfig config) {
    boolean none =
        config.hasUnet() || config.hasMlp() || config.hasDit() && config.getDit().getNoneLabel();
    return config.getClasses() + (none ? 1 : 0);
  }

  /** How many numbers tell the network how an image was augmented. */
  static int augmentationLabels(NetworkConfig config) {
    return config.hasSongUnet()
        ? config.getSongUnet().getAugmentationLabels()
        : config.getDhariwalUnet().getAugmentationLabels();
  }

  /** Probability that a feature is dropped in pretraining. */
  static double dropout(NetworkConfig config) {
    return switch (config.getBodyCase()) {
      case UNET -> config.getUnet().getDropout();
      case SONG_UNET -> config.getSongUnet().getDropout();
      case DHARIWAL_UNET -> config.getDhariwalUnet().getDropout();
      case EDM2_UNET -> config.getEdm2Unet().getDropout();
      case DDPM_UNET -> config.getDdpmUnet().getDropout();
      case MLP, DIT, MIXTURE, BODY_NOT_SET -> 0;
    };
  }
}
