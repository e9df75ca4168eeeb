package io.github.fdistill.imports;

import io.github.fdistill.config.DiTConfig;
import io.github.fdistill.config.TimeWaves;
import io.github.fdistill.tensors.NamedTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A DiTTransformer2DModel of the library diffusers, by its config. */
final class DiffusersDitSource {
  static final Set<String> KNOWN =
      Settings.names(
          """
          num_attention_heads attention_head_dim in_channels out_channels num_layers dropout
          norm_num_groups attention_bias sample_size patch_size activation_fn
          num_embeds_ada_norm upcast_attention norm_type norm_elementwise_affine norm_eps
          use_linear_projection only_cross_attention double_self_attention num_vector_embeds
          cross_attention_dim attention_type caption_channels interpolation_scale
          use_additional_conditions
          """);

  private static final List<String> EMBEDDING =
      List.of(
          "timestep_embedder.linear_1.weight",
          "timestep_embedder.linear_1.bias",
          "timestep_embedder.linear_2.weight",
          "timestep_embedder.linear_2.bias",
          "class_embedder.embedding_table.weight");

  private DiffusersDitSource() {}

  /**
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static DiTConfig read(Settings s, Tensors tensors) {
    s.requireOnly("activation_fn", "gelu-approximate");
    s.requireOnly("norm_type", "ada_norm_zero");
    s.requireOnly("norm_elementwise_affine", false);
    s.requireOnly("attention_bias", true);
    s.requireOnly("cross_attention_dim", null);
    s.requireOnly("num_vector_embeds", null);
    int heads = s.whole("num_attention_heads", 16);
    int width = heads * s.whole("attention_head_dim", 72);
    int blocks = s.whole("num_layers", 28);
    return DiTConfig.newBuilder()
        .setPatch(s.whole("patch_size", 2))
        .setWidth(width)
        .setBlocks(blocks)
        .setHeads(heads)
        .setHidden(4 * width)
        .setTime(TimeWaves.newBuilder().setShift(1))
        .setSecondNormEpsilon(s.number("norm_eps", 1e-5))
        .setEmbeddingPerBlock(!share(tensors, blocks))
        .build();
  }

  /** Whether all blocks have the same embedding, as those that were converted have. */
  private static boolean share(Tensors tensors, int blocks) {
    for (int block = 1; block < blocks; block++) {
      for (String name : EMBEDDING) {
        String mine = DiffusersDitNames.embedding(block, name);
        String first = DiffusersDitNames.embedding(0, name);
        if (tensors.has(mine) && !same(tensors.get(mine), tensors.get(first))) {
          return false;
        }
      }
    }
    for (int block = 1; block < blocks; block++) {
      for (String name : EMBEDDING) {
        tensors.leaveOut(
            DiffusersDitNames.embedding(block, name), "the same as that of the first block");
      }
    }
    return true;
  }

  private static boolean same(NamedTensor a, NamedTensor b) {
    if (!Arrays.equals(a.shape(), b.shape())) {
      return false;
    }
    for (long row = 0; row < a.shape()[0]; row++) {
      if (!Arrays.equals(a.part(0, row, 1).floats(), b.part(0, row, 1).floats())) {
        return false;
      }
    }
    return true;
  }
}
