package io.github.fdistill.inspect;

import io.github.fdistill.Shown;
import io.github.fdistill.graph.Obstacle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a network can be in a distillation, in words.
 *
 * @param teacher it must be differentiable in an image, for the GAN loss: in an input of more than
 *     one dimension, or of unknown ones; by levels and times no gradient is needed
 * @param student it must be differentiable in its variables
 */
record PossibleRoles(String teacher, String student) {

  /**
   * @param inputs of its signature
   * @param all whether all that stops a gradient is told, or the first of it
   */
  static PossibleRoles of(NetworkReport network, List<TensorLine> inputs, boolean all) {
    Set<String> images =
        inputs.stream()
            .filter(input -> input.shape() == null || input.shape().size() > 1)
            .map(TensorLine::name)
            .collect(Collectors.toSet());
    return new PossibleRoles(teacher(network, images, all), student(network, all));
  }

  private static String teacher(NetworkReport network, Set<String> images, boolean all) {
    if (network.byInput().isEmpty()) {
      return "no: it has no inputs and outputs of floating-point numbers";
    }
    if (network.byInput().keySet().stream().noneMatch(images::contains)) {
      return "no: none of its inputs of floating-point numbers is of images: these have one"
          + " dimension at most";
    }
    List<String> passing = new ArrayList<>();
    Set<Obstacle> stopping = new LinkedHashSet<>();
    network
        .byInput()
        .forEach(
            (input, byOutput) -> {
              boolean passes = byOutput.values().stream().anyMatch(List::isEmpty);
              if (passes) {
                passing.add(input);
              }
              byOutput.values().forEach(stopping::addAll);
            });
    return passing.stream().noneMatch(images::contains)
        ? "no: " + InspectionText.text(List.copyOf(stopping), all)
        : "yes: differentiable in " + listed(passing, network.byInput(), all);
  }

  /** The inputs, and which outputs have no gradient by them: a line each, whatever their names. */
  private static String listed(
      List<String> passing, Map<String, Map<String, List<Obstacle>>> byInput, boolean all) {
    List<String> lines = new ArrayList<>();
    lines.add(Shown.name(String.join(", ", passing)));
    byInput.forEach(
        (input, byOutput) ->
            byOutput.forEach(
                (output, obstacles) -> {
                  if (!obstacles.isEmpty()) {
                    String stops = InspectionText.text(obstacles, all);
                    lines.add(Shown.name(output + " not in " + input) + ": " + stops);
                  }
                }));
    return String.join("\n", lines);
  }

  private static String student(NetworkReport network, boolean all) {
    if (network.parameters().list().isEmpty()) {
      return "no: it has no variables; where its weights are constants, trainable_constants of its"
          + " mapping makes them trainable (docs/models.md)";
    }
    if (network.byVariables().isEmpty()) {
      return "no: it has no outputs of floating-point numbers";
    }
    List<String> lines = new ArrayList<>();
    network
        .byVariables()
        .forEach(
            (output, obstacles) ->
                lines.add(
                    obstacles.isEmpty()
                        ? "yes: " + Shown.name(output) + " is differentiable in the variables"
                        : "no: "
                            + Shown.name(output)
                            + ": "
                            + InspectionText.text(obstacles, all)));
    return String.join("\n", lines);
  }
}
