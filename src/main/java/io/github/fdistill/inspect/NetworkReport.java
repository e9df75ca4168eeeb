package io.github.fdistill.inspect;

import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.graph.DataTypes;
import io.github.fdistill.graph.GradientPaths;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Obstacle;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.WholeAttention;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tensorflow.proto.SignatureDef;

/**
 * A signature as a network.
 *
 * @param frozen parameters that no gradient reaches, such as the moments of a batch normalisation
 * @param operations for one image
 * @param byInput from an input of floating-point numbers to what stops the gradients of the outputs
 *     by it, by output; nothing where they pass
 * @param byVariables the same by the variables
 * @param candidates for the discriminator's features
 * @param layers the parameters that adapters of low rank can stand beside
 * @param whole attention over many tokens that is not computed in slices
 */
public record NetworkReport(
    Parameters parameters,
    Set<String> frozen,
    FloatOperations operations,
    Map<String, Map<String, List<Obstacle>>> byInput,
    Map<String, List<Obstacle>> byVariables,
    List<FeatureCandidate> candidates,
    Set<String> layers,
    List<WholeAttention> whole) {

  static NetworkReport of(SavedModel model, SignatureDef signature, NetworkFunction function) {
    try (GradientPaths paths = model.gradients(function)) {
      return of(model, floatOutputs(signature), function, paths);
    }
  }

  private static NetworkReport of(
      SavedModel model, List<String> outputs, NetworkFunction function, GradientPaths paths) {
    Map<String, Map<String, List<Obstacle>>> byInput = new LinkedHashMap<>();
    Map<String, List<Obstacle>> byVariables = new LinkedHashMap<>();
    if (!outputs.isEmpty()) {
      for (String input : new TreeMap<>(paths.floatInputs()).keySet()) {
        Map<String, List<Obstacle>> byOutput = new LinkedHashMap<>();
        outputs.forEach(output -> byOutput.put(output, paths.byInput(output, input)));
        byInput.put(input, byOutput);
      }
    }
    if (!function.parameters().list().isEmpty()) {
      outputs.forEach(output -> byVariables.put(output, paths.byParameters(output)));
    }
    return new NetworkReport(
        function.parameters(),
        outputs.isEmpty() ? Set.of() : paths.unreached(outputs),
        NetworkInside.operations(function),
        byInput,
        byVariables,
        NetworkInside.candidates(model, function, new TreeSet<>(byInput.keySet())),
        Adapters.candidates(function).keySet(),
        WholeAttention.in(function));
  }

  static List<String> floatOutputs(SignatureDef signature) {
    return new TreeMap<>(signature.getOutputsMap())
        .entrySet().stream()
            .filter(output -> DataTypes.isFloating(output.getValue().getDtype()))
            .map(Map.Entry::getKey)
            .toList();
  }
}
