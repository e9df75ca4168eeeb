package io.github.fdistill.inspect;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.graph.FunctionTree;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a SavedModel holds, and what it can be used for.
 *
 * @param folder of the version
 * @param writtenBy the version of TensorFlow, as the file says it
 * @param denoiser what is known of it as a denoiser; empty where it breaks that contract
 * @param notDenoiser why it does
 * @param parts of a pipeline around it, each with what it does
 * @param notes what a user should look at
 */
public record Inspection(
    String folder,
    String writtenBy,
    List<String> tags,
    FunctionTree functions,
    List<SignatureReport> signatures,
    Optional<DenoiserInfo> denoiser,
    String notDenoiser,
    List<String> parts,
    List<String> notes) {

  /**
   * Looks at a model.
   *
   * @throws InputException where it is no SavedModel
   */
  public static Inspection of(SavedModel model) {
    Optional<DenoiserInfo> denoiser = Optional.empty();
    String notDenoiser = "";
    List<String> parts = List.of();
    List<String> notes = List.of();
    try {
      DenoiserModel read = DenoiserModel.of(model);
      denoiser = Optional.of(read.info());
      parts = read.pipeline().map(Pipeline::described).orElse(parts);
      notes = ModelInfo.in(model.folder()).notes(read.image());
    } catch (InputException e) {
      notDenoiser = e.getMessage();
    }
    return new Inspection(
        model.folder().toString(),
        model.metaGraph().getMetaInfoDef().getTensorflowVersion(),
        model.metaGraph().getMetaInfoDef().getTagsList(),
        FunctionTree.of(model.metaGraph().getGraphDef()),
        new TreeSet<>(model.metaGraph().getSignatureDefMap().keySet())
            .stream()
                .filter(name -> !name.startsWith("__saved_model_"))
                .map(name -> SignatureReport.of(model, name))
                .toList(),
        denoiser,
        notDenoiser,
        parts,
        notes);
  }
}
