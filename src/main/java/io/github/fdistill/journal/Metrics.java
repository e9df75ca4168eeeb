package io.github.fdistill.journal;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * The numbers of a run, as {@link MetricsLog} wrote them.
 *
 * @param values by name, of each line that has them; NaN and infinities as they are
 * @param steps by name, the steps of those lines
 */
public record Metrics(Map<String, double[]> values, Map<String, double[]> steps) {
  private static final String STEP = "step";
  private static final int MOST_NAMES = 10_000;
  private static final double MOST_STEP = 1e15;

  /** What stands for a number that JSON has none for. */
  private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

  /**
   * Reads the file.
   *
   * @throws InputException when there is none, it cannot be read, or it holds no step
   */
  public static Metrics read(Path metricsJsonl) {
    Map<String, Curve> curves = new LinkedHashMap<>();
    try {
      RegularFile.linesAsFarAsRead(
          metricsJsonl,
          FileKind.METRICS,
          (number, line) -> add(metricsJsonl + ":" + number, line, curves));
    } catch (IOException e) {
      String found =
          Files.exists(metricsJsonl) ? "cannot be read: " + DiskRefusal.reason(e) : "no such file";
      throw missing(metricsJsonl, found, e);
    }
    if (curves.isEmpty()) {
      throw missing(metricsJsonl, "it holds no step", null);
    }
    Map<String, double[]> values = new LinkedHashMap<>();
    Map<String, double[]> steps = new LinkedHashMap<>();
    curves.forEach(
        (name, curve) -> {
          values.put(name, curve.values().build().toArray());
          steps.put(name, curve.steps().build().toArray());
        });
    return new Metrics(values, steps);
  }

  /** The numbers of a name, as they come. */
  private record Curve(DoubleStream.Builder values, DoubleStream.Builder steps) {
    Curve() {
      this(DoubleStream.builder(), DoubleStream.builder());
    }
  }

  private static void add(String where, String line, Map<String, Curve> curves) {
    Map<String, Double> entries = line.isBlank() ? new LinkedHashMap<>() : numbers(line);
    Double step = entries.remove(STEP);
    if (step == null || !(step >= 0 && step <= MOST_STEP)) {
      return;
    }
    entries.forEach(
        (name, value) -> {
          Curve curve = curves.computeIfAbsent(name, n -> new Curve());
          curve.values().add(value);
          curve.steps().add(step);
        });
    if (curves.size() > MOST_NAMES) {
      throw new InputException(
          where,
          "more than " + MOST_NAMES + " names of numbers",
          "the numbers of a run, as a run writes them",
          "name a run's folder, such as runs/fashion-mnist-student");
    }
  }

  /**
   * The values of a name in the lines of some steps, in order; none without such.
   *
   * @param first of the steps
   * @param end the step after the last
   */
  public double[] between(long first, long end, String name) {
    double[] all = steps.getOrDefault(name, new double[0]);
    int from = 0;
    while (from < all.length && all[from] < first) {
      from++;
    }
    int to = from;
    while (to < all.length && all[to] < end) {
      to++;
    }
    return Arrays.copyOfRange(values.getOrDefault(name, all), from, to);
  }

  /** By name; none in a line that was cut short. */
  private static Map<String, Double> numbers(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (var entry : Json.object(line).orElseGet(JsonObject::new).entrySet()) {
      if (entry.getValue() instanceof JsonPrimitive value
          && (value.isNumber() || NO_NUMBERS.contains(value.getAsString()))) {
        numbers.put(entry.getKey(), value.getAsDouble());
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
}
