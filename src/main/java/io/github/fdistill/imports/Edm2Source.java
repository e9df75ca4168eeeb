package io.github.fdistill.imports;

import io.github.fdistill.config.Edm2UNetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.Images;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.LatentUnits.Moments;
import io.github.fdistill.pickle.Made;
import io.github.fdistill.pickle.PickleDict;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A network of EDM2 (Karras et al. 2024) in its pickle: {@code ema} is a Precond around a UNet. */
final class Edm2Source {
  private static final Set<String> UNET =
      Settings.names(
          """
          img_resolution img_channels label_dim model_channels channel_mult channel_mult_noise
          channel_mult_emb num_blocks attn_resolutions label_balance concat_balance
          resample_filter channels_per_head dropout res_balance attn_balance clip_act
          """);
  private static final Set<String> OUTER = Set.of("use_fp16", "sigma_data", "logvar_channels");

  /** What makes images latents, and what that is made with. */
  private static final String ENCODER = "StabilityVAEEncoder";

  private static final Set<String> OF_ENCODER =
      Settings.names("vae_name raw_mean raw_std final_mean final_std batch_size");

  static final String LICENCE =
      "the weights that NVIDIA published for EDM2 are CC BY-NC-SA 4.0: they, and what is made from"
          + " them, are not for commercial use";

  private Edm2Source() {}

  static boolean is(Made ema) {
    return ema.className().equals("Precond");
  }

  /**
   * @param root what the file holds
   * @param ema the preconditioning
   * @throws io.github.fdistill.InputException when it was made with what is not built
   */
  static Foreign read(Path file, PickleDict root, Made ema) {
    Settings outer = EdmSource.arguments(file, ema);
    Settings inner = EdmSource.arguments(file, PickledModules.module(file, ema, "unet"));
    Set<String> known = new HashSet<>(UNET);
    known.addAll(OUTER);
    outer.requireKnown(known);
    inner.requireKnown(UNET);
    Tensors tensors = PickledModules.tensors(file, ema);
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    int resolution = inner.whole("img_resolution", 0);
    int channels = inner.whole("img_channels", 3);
    config.getImageBuilder().setHeight(resolution).setWidth(resolution).setChannels(channels);
    config.setClasses(inner.whole("label_dim", 0));
    config.setSigmaData(outer.number("sigma_data", 0.5));
    Edm2UNetConfig unet = unet(inner, resolution, tensors);
    config.setEdm2Unet(unet);
    EdmConstants.checkFilters(tensors, unet.getResampling());
    for (String name : tensors.names()) {
      if (name.startsWith("logvar_")) {
        tensors.leaveOut(name, "of the loss in its own training alone");
      }
    }
    boolean latents = Images.areLatents(resolution, resolution, channels);
    Object encoder = root.get("encoder");
    return new Foreign(
        "EDM2's UNet",
        config.build(),
        false,
        tensors,
        new EdmNames("unet.", unet.getHeadChannels()),
        List.of(),
        LICENCE,
        latents ? List.of(note(file, encoder, channels)) : List.of(),
        () -> latents ? units(file, encoder, channels) : Optional.empty());
  }

  private static String note(Path file, Object encoder, int channels) {
    if (encoder instanceof Made made && !made.className().equals(ENCODER)) {
      return "its images are what " + made.className() + " made, which is not built here";
    }
    return units(file, encoder, channels)
        .map(Edm2Source::described)
        .orElse("its images are latents");
  }

  private static String described(LatentUnits units) {
    return "its images are latents of Stable Diffusion's autoencoder, of images from 0 to 1, "
        + (units.equals(LatentUnits.EDM2)
            ? "with the mean 0 and the deviation 0.5 in each channel"
            : "less " + units.shift() + " and times " + units.scale() + ", as its file says");
  }

  /**
   * What the network's latents are of an autoencoder's.
   *
   * @param encoder of images to latents, as the file has it; without one it is taken for EDM2's own
   * @throws io.github.fdistill.InputException when it is another encoder, or of other latents
   */
  static Optional<LatentUnits> units(Path file, Object encoder, int channels) {
    if (!(encoder instanceof Made made)) {
      return Optional.of(LatentUnits.EDM2).filter(units -> units.fit(channels));
    }
    Settings s = EdmSource.arguments(file, made);
    if (!made.className().equals(ENCODER)) {
      throw s.wrong("class", made.className(), ENCODER + ", of " + channels + " channels");
    }
    s.requireKnown(OF_ENCODER);
    Moments usual = LatentUnits.EDM2_GIVEN;
    Moments brought = LatentUnits.EDM2_MADE;
    return Optional.of(
        LatentUnits.of(
            new Moments(
                each(s, "raw_mean", usual.means(), channels),
                deviations(s, "raw_std", usual.deviations(), channels)),
            new Moments(
                each(s, "final_mean", brought.means(), channels),
                deviations(s, "final_std", brought.deviations(), channels))));
  }

  private static List<Double> deviations(
      Settings s, String name, List<Double> otherwise, int channels) {
    List<Double> deviations = each(s, name, otherwise, channels);
    if (deviations.stream().anyMatch(deviation -> deviation <= 0)) {
      throw s.wrong(name, deviations, "above 0");
    }
    return deviations;
  }

  /** A number for all channels, or one for each. */
  private static List<Double> each(Settings s, String name, List<Double> otherwise, int channels) {
    if (s.values().get(name) instanceof Number) {
      return Collections.nCopies(channels, s.number(name, 0));
    }
    List<Double> said = s.has(name) ? s.numbers(name) : otherwise;
    if (said.size() != channels) {
      throw s.wrong(name, said, "a number, or one for each of " + channels + " channels");
    }
    return said;
  }

  private static Edm2UNetConfig unet(Settings s, int resolution, Tensors tensors) {
    Edm2UNetConfig.Builder unet =
        Edm2UNetConfig.newBuilder()
            .setChannels(s.whole("model_channels", 192))
            .addAllMultiplier(s.wholes("channel_mult", List.of(1, 2, 3, 4)))
            .setBlocks(s.whole("num_blocks", 3))
            .setNoiseMultiplier(
                s.isGiven("channel_mult_noise") ? s.whole("channel_mult_noise", 0) : 0)
            .setEmbeddingMultiplier(
                s.isGiven("channel_mult_emb") ? s.whole("channel_mult_emb", 0) : 0)
            .setDropout(s.number("dropout", 0))
            .setHeadChannels(s.whole("channels_per_head", 64))
            .setLabelBalance(s.number("label_balance", 0.5))
            .setConcatBalance(s.number("concat_balance", 0.5))
            .setResidualBalance(s.number("res_balance", 0.3))
            .setAttentionBalance(s.number("attn_balance", 0.3))
            .setClip(s.number("clip_act", 256))
            .setResampling(EdmSource.resampling(s));
    List<Integer> attention = s.wholes("attn_resolutions", List.of(16, 8));
    unet.addAllAttentionResolution(
        EdmSource.levelHeights(resolution, unet.getMultiplierCount(), attention));
    return unet.addAllFrequency(EdmConstants.numbers(tensors, "unet." + EdmConstants.FREQUENCIES_2))
        .addAllPhase(EdmConstants.numbers(tensors, "unet." + EdmConstants.PHASES_2))
        .build();
  }
}
