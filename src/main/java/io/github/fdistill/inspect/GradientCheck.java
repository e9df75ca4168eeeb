package io.github.fdistill.inspect;

import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The gradient of one signature by one input, or by its variables, against finite differences along
 * a few directions: the gradient itself, which finds wrong values, and random ones, which find
 * missing values.
 *
 * @param signature it is of
 * @param by an input's name, or "the variables"
 * @param error largest difference, as a share of the derivative
 * @param worst the variables that are furthest off, where it is wrong
 */
public record GradientCheck(String signature, String by, double error, List<String> worst) {
  /** What float32 and finite steps may cost. */
  public static final double TOLERANCE = 0.02;

  private static final String VARIABLES = "the variables";

  /** How many variables are looked at one by one. */
  private static final int MOST_VARIABLES = 200;

  private static final int NAMED = 5;

  /**
   * Every gradient of a model that training needs and TensorFlow can build: by its variables, and
   * by images and noise. Of levels and times none is needed, and there need be none: they may be
   * rounded to steps. Inputs and outputs that are not float32 are left out: differences of float16
   * tell little.
   */
  public static List<GradientCheck> all(SavedModel model, Inspection inspection) {
    List<GradientCheck> checks = new ArrayList<>();
    for (SignatureReport signature : inspection.signatures()) {
      if (signature.network().isPresent()) {
        NetworkReport network = signature.network().get();
        network
            .byInput()
            .forEach(
                (input, byOutput) -> {
                  List<String> outputs = passing(signature, byOutput);
                  if (!outputs.isEmpty() && rank(signature, input) > 1) {
                    checks.add(ofInput(model, signature.name(), input, outputs));
                  }
                });
        List<String> outputs = passing(signature, network.byVariables());
        if (!outputs.isEmpty()) {
          checks.add(ofVariables(model, signature.name(), outputs, network.frozen()));
        }
      }
    }
    return checks;
  }

  private static int rank(SignatureReport signature, String input) {
    return signature.inputs().stream()
        .filter(line -> line.name().equals(input) && isFloat32(line) && line.shape() != null)
        .mapToInt(line -> line.shape().size())
        .findFirst()
        .orElse(0);
  }

  private static List<String> passing(
      SignatureReport signature, Map<String, ? extends List<?>> obstacles) {
    return signature.outputs().stream()
        .filter(GradientCheck::isFloat32)
        .map(TensorLine::name)
        .filter(output -> obstacles.containsKey(output) && obstacles.get(output).isEmpty())
        .toList();
  }

  private static boolean isFloat32(TensorLine line) {
    return line.type().equals("float32");
  }

  private static GradientCheck ofInput(
      SavedModel model, String signature, String input, List<String> outputs) {
    NetworkFunction function = model.function(signature).only(outputs);
    try (DirectionalDerivatives derivatives =
        DirectionalDerivatives.byInput(function, model.weights(function.parameters()), input)) {
      return new GradientCheck(signature, input, derivatives.error(), List.of());
    }
  }

  private static GradientCheck ofVariables(
      SavedModel model, String signature, List<String> outputs, Set<String> frozen) {
    NetworkFunction function = model.function(signature).only(outputs);
    Weights weights = model.weights(function.parameters());
    try (DirectionalDerivatives derivatives =
        DirectionalDerivatives.byVariables(function, weights, frozen)) {
      double error = derivatives.error();
      List<String> worst =
          error <= TOLERANCE ? List.of() : worst(function.parameters(), derivatives);
      return new GradientCheck(signature, VARIABLES, error, worst);
    }
  }

  private static List<String> worst(Parameters parameters, DirectionalDerivatives by) {
    Map<String, Double> errors = new LinkedHashMap<>();
    List<String> names = parameters.names();
    for (int i = 0; i < Math.min(MOST_VARIABLES, names.size()); i++) {
      errors.put(names.get(i), by.error(parameters, i));
    }
    return errors.entrySet().stream()
        .filter(entry -> !(entry.getValue() <= TOLERANCE))
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(NAMED)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether it is right. */
  public boolean passes() {
    return error <= TOLERANCE; // A NaN is not.
  }

  /** What it is a gradient of. */
  public String subject() {
    return "signature " + signature + " by " + by;
  }

  /** For JSON. */
  public Map<String, Object> toMap() {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("signature", signature);
    said.put("by", by);
    said.put("error", error);
    said.put("passes", passes());
    said.put("worst", worst);
    return said;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-5s %s: %.3g %% off%s",
        passes() ? "pass" : "FAIL",
        subject(),
        100 * error,
        worst.isEmpty() ? "" : ", most in " + String.join(", ", worst));
  }
}
