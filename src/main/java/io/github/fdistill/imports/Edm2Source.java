package io.github.fdistill.imports;

import io.github.fdistill.config.Edm2UNetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.pickle.Made;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
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

  static final String LICENCE =
      "the weights that NVIDIA published for EDM2 are CC BY-NC-SA 4.0: they, and what is made from"
          + " them, are not for commercial use";

  private Edm2Source() {}

  static boolean is(Made ema) {
    return ema.className().equals("Precond");
  }

  /**
   * @param ema the preconditioning
   * @throws io.github.fdistill.InputException when it was made with what is not built
   */
  static Foreign read(Path file, Made ema) {
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
    return new Foreign(
        "EDM2's UNet",
        config.build(),
        false,
        tensors,
        new EdmNames("unet.", unet.getHeadChannels()),
        List.of(),
        LICENCE,
        channels == 3
            ? List.of()
            : List.of(
                "its images are latents of Stable Diffusion's autoencoder, of images from 0 to 1,"
                    + " with the mean 0 and the deviation 0.5 in each channel"));
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
