package io.github.fdistill.imports;

import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.DdpmUNetConfig;
import io.github.fdistill.network.Context;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A UNet2DConditionModel of the library diffusers, by its config: Stable Diffusion's network. What
 * it calls attention_head_dim is the number of heads.
 */
final class CrossUNetSource {
  static final Set<String> KNOWN =
      Settings.names(
          """
          sample_size in_channels out_channels center_input_sample flip_sin_to_cos freq_shift
          down_block_types mid_block_type up_block_types only_cross_attention block_out_channels
          layers_per_block downsample_padding mid_block_scale_factor dropout act_fn
          norm_num_groups norm_eps cross_attention_dim transformer_layers_per_block
          reverse_transformer_layers_per_block encoder_hid_dim encoder_hid_dim_type
          attention_head_dim num_attention_heads dual_cross_attention use_linear_projection
          class_embed_type addition_embed_type addition_time_embed_dim num_class_embeds
          upcast_attention resnet_time_scale_shift resnet_skip_time_act resnet_out_scale_factor
          time_embedding_type time_embedding_dim time_embedding_act_fn timestep_post_act
          time_cond_proj_dim conv_in_kernel conv_out_kernel projection_class_embeddings_input_dim
          attention_type class_embeddings_concat mid_block_only_cross_attention
          cross_attention_norm addition_embed_type_num_heads
          """);

  /** Those that are built where they are nothing. */
  private static final List<String> NULL =
      List.of(
          "reverse_transformer_layers_per_block",
          "encoder_hid_dim_type",
          "num_attention_heads",
          "class_embed_type",
          "num_class_embeds",
          "time_embedding_act_fn",
          "timestep_post_act",
          "time_cond_proj_dim",
          "cross_attention_norm");

  private static final List<String> FALSE =
      List.of(
          "center_input_sample",
          "only_cross_attention",
          "dual_cross_attention",
          "resnet_skip_time_act",
          "class_embeddings_concat");

  private static final String MIDDLE = "mid_block_only_cross_attention";

  /** Those that the library takes for each level too. */
  private static final List<String> ALIKE =
      List.of("layers_per_block", "only_cross_attention", "cross_attention_dim");

  private CrossUNetSource() {}

  /**
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static DdpmUNetConfig read(Settings said) {
    Settings s = alike(said);
    refuseOthers(s);
    List<Integer> channels = channels(s);
    int levels = channels.size();
    DdpmUNetConfig.Builder unet =
        DdpmUNetConfig.newBuilder()
            .addAllChannels(channels)
            .setBlocks(s.layers("layers_per_block", s.whole("layers_per_block", 2)))
            .setGroups(s.whole("norm_num_groups", 32))
            .setNormEpsilon(s.number("norm_eps", 1e-5))
            .setDropout(s.number("dropout", 0))
            .setMiddleScale(s.number("mid_block_scale_factor", 1))
            .setScaleShift(DdpmSource.scaleShift(s))
            .setPadAllSides(DdpmSource.padding(s) == 1)
            .addAllHeads(perLevel(s, "attention_head_dim", 8, levels))
            .addAllTransformerBlocks(perLevel(s, "transformer_layers_per_block", 1, levels));
    DdpmSource.tellTime(s, unet);
    String attends = "CrossAttn";
    List<String> down = new ArrayList<>(Collections.nCopies(3, attends + "DownBlock2D"));
    down.add("DownBlock2D");
    List<String> up = new ArrayList<>(List.of("UpBlock2D"));
    up.addAll(Collections.nCopies(3, attends + "UpBlock2D"));
    unet.addAllAttentionLevel(
        DdpmSource.levels(s, "down_block_types", down, channels, attends, "DownBlock2D"));
    DdpmSource.levels(s, "up_block_types", up, channels, attends, "UpBlock2D")
        .forEach(fromBelow -> unet.addAttentionLevelUp(levels - 1 - fromBelow));
    return unet.build();
  }

  private static List<Integer> channels(Settings s) {
    return s.wholes("block_out_channels", List.of(320, 640, 1280, 1280));
  }

  /** The same with one value where each level has it, of what is built alike at all. */
  private static Settings alike(Settings s) {
    int levels = channels(s).size();
    Map<String, Object> values = new HashMap<>(s.values());
    for (String name : ALIKE) {
      if (values.get(name) instanceof List<?> each) {
        if (each.size() != levels || new HashSet<>(each).size() != 1) {
          throw s.wrong(name, each, "one value, or the same for each of " + levels + " levels");
        }
        values.put(name, each.get(0));
      }
    }
    return new Settings(s.where(), values, s.remedy());
  }

  private static void refuseOthers(Settings s) {
    NULL.forEach(name -> s.requireOnly(name, null));
    FALSE.forEach(name -> s.requireOnly(name, false));
    if (s.isGiven(MIDDLE)) { // Null is what only_cross_attention is.
      s.requireOnly(MIDDLE, false);
    }
    s.requireOnly("mid_block_type", "UNetMidBlock2DCrossAttn");
    s.requireOnly("time_embedding_type", "positional");
    s.requireOnly("attention_type", "default");
    s.requireOnly("conv_in_kernel", 3L);
    s.requireOnly("conv_out_kernel", 3L);
    if (s.number("resnet_out_scale_factor", 1) != 1) {
      throw s.wrong("resnet_out_scale_factor", s.number("resnet_out_scale_factor", 1), "1");
    }
    String act = s.text("act_fn", "silu");
    if (!Set.of("silu", "swish").contains(act)) {
      throw s.wrong("act_fn", act, "silu");
    }
  }

  /**
   * What it takes of texts.
   *
   * @param length tokens of a text
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static ContextConfig context(Settings said, int length) {
    Settings s = alike(said);
    ContextConfig.Builder context =
        ContextConfig.newBuilder().setLength(length).setWidth(s.whole("cross_attention_dim", 1280));
    if (s.isGiven("addition_embed_type")) {
      s.requireOnly("addition_embed_type", "text_time");
      int waves = s.whole("addition_time_embed_dim", 0);
      int all = s.whole("projection_class_embeddings_input_dim", 0);
      int pooled = all - Context.SIZES_COUNT * waves;
      if (waves < 2 || pooled < 1) {
        throw s.wrong(
            "projection_class_embeddings_input_dim",
            all,
            "more than " + Context.SIZES_COUNT + " times addition_time_embed_dim, " + waves);
      }
      context.setPooled(pooled).setSizeWaves(waves);
    }
    return context.build();
  }

  /** A number for all levels, or one for each. */
  private static List<Integer> perLevel(Settings s, String name, int otherwise, int levels) {
    if (!(s.values().get(name) instanceof List<?>)) {
      return Collections.nCopies(levels, s.whole(name, otherwise));
    }
    List<Integer> each = s.wholes(name, List.of());
    if (each.size() != levels) {
      throw s.wrong(name, each, "a number, or one for each of " + levels + " levels");
    }
    return each;
  }
}
