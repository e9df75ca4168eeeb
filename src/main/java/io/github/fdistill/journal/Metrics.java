package io.github.fdistill.journal;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The numbers of a run, as {@link MetricsLog} wrote them.
 *
 * @param values by name, of each line that has them; NaN and infinities as they are
 * @param steps by name, the steps of those lines
 */
public record Metrics(Map<String, double[]> values, Map<String, double[]> steps) {
  private static final String STEP = "step";

  /** What stands for a number that JSON has none for. */
  private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

  /**
   * Reads the file.
   *
   * @throws InputException when there is none, it cannot be read, or it holds no step
   */
  public static Metrics read(Path metricsJsonl) {
    List<String> lines;
    try {
      lines = Files.readAllLines(metricsJsonl);
    } catch (IOException e) {
      String found = Files.exists(metricsJsonl) ? "cannot be read: " + e : "no such file";
      throw missing(metricsJsonl, found, e);
    }
    Map<String, List<Double>> values = new LinkedHashMap<>();
    Map<String, List<Double>> steps = new LinkedHashMap<>();
    for (String line : lines) {
      Map<String, Double> entries = numbers(line);
      Double step = entries.remove(STEP);
      if (step != null) {
        entries.forEach(
            (name, value) -> {
              values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
              steps.computeIfAbsent(name, n -> new ArrayList<>()).add(step);
            });
      }
    }
    if (values.isEmpty()) {
      throw missing(metricsJsonl, "it holds no step", null);
    }
    return new Metrics(arrays(values), arrays(steps));
  }

  /** The values of a name in the lines of the steps before a step, in order; none without such. */
  public double[] before(long step, String name) {
    double[] all = steps.getOrDefault(name, new double[0]);
    int count = 0;
    while (count < all.length && all[count] < step) {
      count++;
    }
    return Arrays.copyOf(values.getOrDefault(name, all), count);
  }

  /** By name; none in a line that was cut short. */
  private static Map<String, Double> numbers(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (var entry : Json.object(line).orElseGet(JsonObject::new).entrySet()) {
      if (entry.getValue() instanceof JsonPrimitive value
          && (value.isNumber() || NO_NUMBERS.contains(value.getAsString()))) {
        numbers.put(entry.getKey(), Double.parseDouble(value.getAsString()));
      }
    }
    return numbers;
  }

  private static InputException missing(Path file, String found, IOException cause) {
    return new InputException(
        file.toString(),
        found,
        "the numbers of a run that has made a step",
        "name a run's folder, such as runs/fashion-mnist-student",
        cause);
  }

  private static Map<String, double[]> arrays(Map<String, List<Double>> lists) {
    Map<String, double[]> arrays = new LinkedHashMap<>();
    lists.forEach(
        (name, list) -> arrays.put(name, list.stream().mapToDouble(Double::doubleValue).toArray()));
    return arrays;
  }
}
