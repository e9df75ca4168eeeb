package io.github.fdistill.imports;

import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;

/** The names of DiTTransformer2DModel, each block of which has an embedding of its own. */
final class DiffusersDitNames implements Names {
  private static final String BLOCKS = "transformer_blocks.";

  /** Of a block's embedding. */
  static String embedding(int block, String rest) {
    return BLOCKS + block + ".norm1.emb." + rest;
  }

  @Override
  public List<NamedTensor> of(Parameter parameter, Tensors tensors) {
    String[] path = parameter.name().split("/");
    boolean inBlock = path[0].equals("blocks");
    String block = inBlock ? path[1] : "0";
    String layer = String.join(".", List.of(path).subList(inBlock ? 2 : 0, path.length - 1));
    String part = Names.torch(Names.part(parameter));
    String attention = BLOCKS + block + ".attn1.";
    if (layer.equals("attn.qkv")) {
      return DdpmNames.together(
          tensors,
          List.of(
              List.of(attention + "to_q." + part),
              List.of(attention + "to_k." + part),
              List.of(attention + "to_v." + part)));
    }
    String embedding = embedding(Integer.parseInt(block), "");
    String name =
        switch (layer) {
          case "x_embedder.proj" -> "pos_embed.proj";
          case "t_embedder.mlp.0" -> embedding + "timestep_embedder.linear_1";
          case "t_embedder.mlp.2" -> embedding + "timestep_embedder.linear_2";
          case "y_embedder.embedding_table" -> embedding + "class_embedder.embedding_table";
          case "attn.proj" -> attention + "to_out.0";
          case "mlp.fc1" -> BLOCKS + block + ".ff.net.0.proj";
          case "mlp.fc2" -> BLOCKS + block + ".ff.net.2";
          case "adaLN_modulation.1" -> BLOCKS + block + ".norm1.linear";
          case "final_layer.adaLN_modulation.1" -> "proj_out_1";
          case "final_layer.linear" -> "proj_out_2";
          default -> layer;
        };
    boolean table = Names.part(parameter).equals("table");
    return tensors
        .use(name + "." + part)
        .map(tensor -> table ? tensor : Names.turned(tensor))
        .map(List::of)
        .orElse(List.of());
  }
}
