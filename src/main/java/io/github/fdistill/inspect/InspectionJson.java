package io.github.fdistill.inspect;

import io.github.fdistill.graph.FunctionTree;
import io.github.fdistill.graph.Obstacle;
import io.github.fdistill.graph.WholeAttention;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An inspection as JSON says it: maps, lists, numbers and texts. */
public final class InspectionJson {
  private InspectionJson() {}

  /** The whole of it. */
  public static Map<String, Object> of(Inspection inspection) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("folder", inspection.folder());
    all.put("tensorflow", inspection.writtenBy());
    all.put("tags", inspection.tags());
    all.put("denoiser", denoiser(inspection));
    if (!inspection.parts().isEmpty()) {
      all.put("pipeline", inspection.parts());
    }
    if (!inspection.notes().isEmpty()) {
      all.put("notes", inspection.notes());
    }
    all.put("signatures", inspection.signatures().stream().map(InspectionJson::signature).toList());
    all.put("functions", functions(inspection.functions()));
    return all;
  }

  private static Map<String, Object> denoiser(Inspection inspection) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("fits", inspection.denoiser().isPresent());
    inspection
        .denoiser()
        .ifPresentOrElse(
            info -> {
              said.put("classes", info.getClasses());
              if (!info.getLearntNoClass()) {
                said.put("learnt_no_class", false);
              }
              said.put("sigma_data", info.getSigmaData());
              said.put("sigma_min", info.getSigmaMin());
              said.put("sigma_max", info.getSigmaMax());
              if (info.getSampledFrom() > 0) {
                said.put("sampled_from", info.getSampledFrom());
              }
              said.put("student_sigma", info.getStudentSigma());
              if (info.getStudentLevelCount() > 0) {
                said.put("student_level", info.getStudentLevelList());
                said.put("student_sampler", info.getStudentSampler().name());
              }
            },
            () -> said.put("why_not", inspection.notDenoiser()));
    return said;
  }

  private static Map<String, Object> signature(SignatureReport signature) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("name", signature.name());
    said.put("inputs", tensors(signature.inputs()));
    said.put("outputs", tensors(signature.outputs()));
    signature
        .network()
        .ifPresentOrElse(
            network -> said.putAll(network(network)),
            () -> said.put("refused", signature.refusal()));
    return said;
  }

  private static Map<String, Object> tensors(List<TensorLine> lines) {
    Map<String, Object> said = new LinkedHashMap<>();
    for (TensorLine line : lines) {
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("type", line.type());
      tensor.put("shape", line.shape());
      said.put(line.name(), tensor);
    }
    return said;
  }

  private static Map<String, Object> network(NetworkReport network) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("parameters", network.parameters().size());
    Map<String, Object> variables = new LinkedHashMap<>();
    network.parameters().list().forEach(p -> variables.put(p.name(), shape(p.shape().asArray())));
    said.put("variables", variables);
    said.put("layers", network.layers().stream().toList());
    said.put("without_gradient", network.frozen().stream().sorted().toList());
    Map<String, Object> operations = new LinkedHashMap<>();
    operations.put("total", network.operations().total());
    operations.put("by_type", network.operations().byType());
    operations.put("unknown", network.operations().unknown());
    said.put("flops_per_image", operations);
    Map<String, Object> gradients = new LinkedHashMap<>();
    network.byInput().forEach((input, found) -> gradients.put(input, obstacles(found)));
    said.put("gradients_by_input", gradients);
    said.put("gradients_by_variables", obstacles(network.byVariables()));
    said.put("whole_attention", network.whole().stream().map(InspectionJson::whole).toList());
    said.put("features", network.candidates().stream().map(InspectionJson::candidate).toList());
    return said;
  }

  private static Map<String, Object> whole(WholeAttention attention) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("softmax", attention.softmax());
    said.put("asking", attention.asking());
    said.put("answering", attention.answering());
    said.put("why", attention.why());
    return said;
  }

  private static List<Long> shape(long[] dims) {
    return java.util.Arrays.stream(dims).boxed().toList();
  }

  /** From an output to what stops its gradient; an empty list where it passes. */
  private static Map<String, Object> obstacles(Map<String, List<Obstacle>> found) {
    Map<String, Object> said = new LinkedHashMap<>();
    found.forEach(
        (output, obstacles) ->
            said.put(output, obstacles.stream().map(InspectionJson::obstacle).toList()));
    return said;
  }

  private static Map<String, Object> obstacle(Obstacle obstacle) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("op", obstacle.op());
    said.put("node", obstacle.node());
    said.put("function", obstacle.function());
    said.put("why", obstacle.why());
    return said;
  }

  private static Map<String, Object> candidate(FeatureCandidate candidate) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("tensor", candidate.tensor());
    said.put("height", candidate.height());
    said.put("width", candidate.width());
    said.put("channels", candidate.channels());
    said.put("last_of_its_height", candidate.last());
    return said;
  }

  private static List<Object> functions(FunctionTree tree) {
    return tree.calls().stream().<Object>map(InspectionJson::function).toList();
  }

  private static Map<String, Object> function(FunctionTree tree) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("name", tree.name());
    said.put("nodes", tree.nodes());
    said.put("times", tree.times());
    said.put("calls", functions(tree));
    return said;
  }
}
