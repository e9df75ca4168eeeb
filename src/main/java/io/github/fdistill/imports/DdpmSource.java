package io.github.fdistill.imports;

import io.github.fdistill.config.DdpmUNetConfig;
import io.github.fdistill.config.TimeWaves;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** A UNet2DModel of the library diffusers, by its config. */
final class DdpmSource {
  static final Set<String> KNOWN =
      Settings.names(
          """
          sample_size in_channels out_channels center_input_sample time_embedding_type
          time_embedding_dim freq_shift flip_sin_to_cos down_block_types mid_block_type
          up_block_types block_out_channels layers_per_block mid_block_scale_factor
          downsample_padding downsample_type upsample_type dropout act_fn attention_head_dim
          norm_num_groups attn_norm_num_groups norm_eps resnet_time_scale_shift
          class_embed_type num_class_embeds num_train_timesteps add_attention
          """);

  private DdpmSource() {}

  /**
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static DdpmUNetConfig read(Settings s) {
    s.requireOnly("center_input_sample", false);
    s.requireOnly("time_embedding_type", "positional");
    s.requireOnly("mid_block_type", "UNetMidBlock2D");
    s.requireOnly("downsample_type", "conv");
    s.requireOnly("upsample_type", "conv");
    s.requireOnly("class_embed_type", null);
    String act = s.text("act_fn", "silu");
    if (!Set.of("silu", "swish").contains(act)) {
      throw s.wrong("act_fn", act, "silu");
    }
    List<Integer> channels = s.wholes("block_out_channels", List.of(224, 448, 672, 896));
    boolean scaleShift = scaleShift(s);
    DdpmUNetConfig.Builder unet =
        DdpmUNetConfig.newBuilder()
            .addAllChannels(channels)
            .setBlocks(s.layers("layers_per_block", s.whole("layers_per_block", 2)))
            .setHeadChannels(s.isNull("attention_head_dim") ? 0 : s.whole("attention_head_dim", 8))
            .setGroups(s.whole("norm_num_groups", 32))
            .setNormEpsilon(s.number("norm_eps", 1e-5))
            .setDropout(s.number("dropout", 0))
            .setAttentionMiddle(s.flag("add_attention", true))
            .setMiddleScale(s.number("mid_block_scale_factor", 1))
            .setMiddleNorm(middleNorm(s, scaleShift))
            .setScaleShift(scaleShift)
            .setPadAllSides(padding(s) == 1);
    tellTime(s, unet);
    List<String> down = new ArrayList<>(List.of("DownBlock2D"));
    down.addAll(Collections.nCopies(3, "AttnDownBlock2D"));
    List<String> up = new ArrayList<>(Collections.nCopies(3, "AttnUpBlock2D"));
    up.add("UpBlock2D");
    unet.addAllAttentionLevel(levels(s, "down_block_types", down, channels, "Attn", "DownBlock2D"));
    for (int fromBelow : levels(s, "up_block_types", up, channels, "Attn", "UpBlock2D")) {
      unet.addAttentionLevelUp(channels.size() - 1 - fromBelow);
    }
    return unet.build();
  }

  /**
   * Which of the blocks attend.
   *
   * @param prefix of the name of a block that does, before that of one that does not
   */
  static List<Integer> levels(
      Settings s,
      String name,
      List<String> otherwise,
      List<Integer> channels,
      String prefix,
      String plain) {
    List<String> types = s.texts(name, otherwise);
    if (types.size() != channels.size()) {
      throw s.wrong(name, types, "a block for each of block_out_channels " + channels);
    }
    List<Integer> levels = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i).equals(prefix + plain)) {
        levels.add(i);
      } else if (!types.get(i).equals(plain)) {
        throw s.wrong(name, types.get(i), plain + " or " + prefix + plain);
      }
    }
    return levels;
  }

  static boolean scaleShift(Settings s) {
    String kind = s.text("resnet_time_scale_shift", "default");
    if (!Set.of("default", "scale_shift").contains(kind)) {
      throw s.wrong("resnet_time_scale_shift", kind, "default or scale_shift");
    }
    return kind.equals("scale_shift");
  }

  private static boolean middleNorm(Settings s, boolean scaleShift) {
    if (!s.isGiven("attn_norm_num_groups")) {
      return !scaleShift;
    }
    int groups = s.whole("norm_num_groups", 32);
    if (s.whole("attn_norm_num_groups", 32) != groups) {
      throw s.wrong("attn_norm_num_groups", s.values().get("attn_norm_num_groups"), "" + groups);
    }
    return true;
  }

  /** How it is told the time: the same settings say it of every network of diffusers' U-Nets. */
  static void tellTime(Settings s, DdpmUNetConfig.Builder unet) {
    unet.setTime(
        TimeWaves.newBuilder()
            .setShift(s.number("freq_shift", 0))
            .setCosinesFirst(s.flag("flip_sin_to_cos", true)));
    if (s.isGiven("time_embedding_dim")) {
      unet.setEmbedding(s.whole("time_embedding_dim", 0));
    }
  }

  static int padding(Settings s) {
    int padding = s.whole("downsample_padding", 1);
    if (padding > 1) {
      throw s.wrong("downsample_padding", padding, "0 or 1");
    }
    return padding;
  }
}
