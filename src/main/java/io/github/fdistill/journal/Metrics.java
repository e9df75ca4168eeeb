package io.github.fdistill.journal;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.savedmodel.NamesNear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The numbers of a run, as {@link MetricsLog} wrote them. Of a name with {@link #MOST_HELD} numbers
 * or more each is the mean of as many neighbours: the file may be of any size.
 *
 * @param values by name, of each line that has them; NaN and infinities as they are
 * @param steps by name, the steps of those lines
 */
public record Metrics(Map<String, double[]> values, Map<String, double[]> steps) {
  private static final String STEP = "step";

  /** In the line of a step after which looks at the state are left: that they are. */
  static final String LOOKS = "looks";

  static final String LEFT = "left";

  private static final int MOST_NAMES = 10_000;

  /** Of all names together. */
  private static final int MOST_LETTERS = 1 << 20;

  /** A run's own lines are shorter. */
  private static final int MOST_IN_A_LINE = 1 << 20;

  private static final double MOST_STEP = 1e15;

  /** So many numbers of a name are no longer held one by one. */
  static final int MOST_HELD = 512;

  /** What stands for a number that JSON has none for. */
  private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

  /** Hears what a run has noted of a step. */
  @FunctionalInterface
  public interface Line {
    /**
     * @param numbers by name; NaN and infinities as they are
     */
    void take(long step, Map<String, Double> numbers);
  }

  /**
   * Goes over the file, which may be of any size, a line at a time. Lines that are none of a step
   * are passed over, and so is what is too long for one.
   *
   * @throws InputException when there is none, or it cannot be read
   */
  public static void each(Path metricsJsonl, Line line) {
    eachText(
        metricsJsonl,
        text -> {
          Map<String, Double> numbers = numbers(text);
          Double step = numbers.remove(STEP);
          if (step != null && step >= 0 && step <= MOST_STEP) {
            line.take(step.longValue(), numbers);
          }
        });
  }

  private static void eachText(Path metricsJsonl, Consumer<String> line) {
    try {
      RegularFile.linesAsFarAsRead(
          metricsJsonl,
          FileKind.METRICS,
          (number, text) -> {
            if (!text.isBlank() && text.length() <= MOST_IN_A_LINE) {
              line.accept(text);
            }
          });
    } catch (IOException e) {
      if (!Files.exists(metricsJsonl)) {
        throw missing(metricsJsonl, "no such file");
      }
      throw new InputException(
          metricsJsonl.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "the numbers of a run, a line for each step",
          "move it away: its run goes on without it, and begins another",
          e);
    }
  }

  /**
   * Goes over what a run that goes on has noted of some steps; of none where there are no such
   * steps, or no file.
   *
   * @param first of the steps
   * @param end the step after the last
   * @throws InputException when the file cannot be read
   */
  public static void between(Path metricsJsonl, long first, long end, Line line) {
    if (end > first && RegularFile.isThere(metricsJsonl)) {
      each(
          metricsJsonl,
          (step, numbers) -> {
            if (first <= step && step < end) {
              line.take(step, numbers);
            }
          });
    }
  }

  /**
   * The numbers of a step whose line says that looks are left, each as it is written; nothing where
   * there is no such line.
   *
   * @throws InputException when the file cannot be read
   */
  static Optional<Map<String, Number>> left(Path metricsJsonl, long step) {
    if (step < 0 || !RegularFile.isThere(metricsJsonl)) {
      return Optional.empty();
    }
    String begins = "{\"" + STEP + "\":" + step + ",";
    String ends = ",\"" + LOOKS + "\":\"" + LEFT + "\"}";
    List<String> lines = new ArrayList<>();
    eachText(
        metricsJsonl,
        text -> {
          if (text.startsWith(begins) && text.endsWith(ends)) {
            lines.add(text);
          }
        });
    return lines.stream().findFirst().map(Metrics::asWritten);
  }

  private static Map<String, Number> asWritten(String line) {
    Map<String, Number> numbers = new LinkedHashMap<>();
    for (var entry : Json.object(line).orElseGet(JsonObject::new).entrySet()) {
      if (entry.getValue() instanceof JsonPrimitive value && isNumber(value)) {
        numbers.put(
            entry.getKey(), value.isNumber() ? value.getAsNumber() : (Number) value.getAsDouble());
      }
    }
    numbers.remove(STEP);
    return numbers;
  }

  /**
   * Reads the file.
   *
   * @throws InputException when there is none, it cannot be read, or it holds no step
   */
  public static Metrics read(Path metricsJsonl) {
    Map<String, Curve> curves = new LinkedHashMap<>();
    long[] letters = new long[1]; // Of all names.
    each(
        metricsJsonl,
        (step, numbers) ->
            numbers.forEach(
                (name, value) -> {
                  if (!curves.containsKey(name)) {
                    letters[0] += name.length();
                    requireFew(metricsJsonl, step, curves.size() + 1, letters[0]);
                    curves.put(name, new Curve());
                  }
                  curves.get(name).add(value, step);
                }));
    if (curves.isEmpty()) {
      throw missing(metricsJsonl, "it holds no step");
    }
    Map<String, double[]> values = new LinkedHashMap<>();
    Map<String, double[]> steps = new LinkedHashMap<>();
    Iterator<Map.Entry<String, Curve>> each = curves.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<String, Curve> entry = each.next();
      each.remove(); // Not all are there twice at once.
      entry.getValue().end();
      values.put(entry.getKey(), entry.getValue().values());
      steps.put(entry.getKey(), entry.getValue().steps());
    }
    return new Metrics(values, steps);
  }

  private static void requireFew(Path file, long step, int names, long letters) {
    if (names > MOST_NAMES) {
      throw missing(file, "more than " + MOST_NAMES + " names of numbers, at step " + step);
    } else if (letters > MOST_LETTERS) {
      throw missing(file, "more than " + MOST_LETTERS + " letters of names, at step " + step);
    }
  }

  /** The numbers of a name, as they come: as they are, and where they are many, means of them. */
  private static final class Curve {
    private double[] values = new double[4];
    private double[] steps = new double[4];
    private int size;

    /** How many numbers a mean is of. */
    private long share = 1;

    /** Sums of those that are no mean yet. */
    private double value;

    private double step;
    private long summed;

    void add(double value, double step) {
      this.value += value;
      this.step += step;
      summed++;
      if (summed == share) {
        end();
      }
    }

    /** Makes a mean of what is summed; of as many as are held, half as many. */
    void end() {
      if (summed == 0) {
        return;
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
        steps = Arrays.copyOf(steps, 2 * size);
      }
      values[size] = value / summed;
      steps[size] = step / summed;
      size++;
      value = 0;
      step = 0;
      summed = 0;
      if (size == MOST_HELD) {
        halve(values);
        halve(steps);
        size /= 2;
        share *= 2;
      }
    }

    private static void halve(double[] numbers) {
      for (int i = 0; i < numbers.length / 2; i++) {
        numbers[i] = numbers[2 * i] / 2 + numbers[2 * i + 1] / 2;
      }
    }

    double[] values() {
      return Arrays.copyOf(values, size);
    }

    double[] steps() {
      return Arrays.copyOf(steps, size);
    }
  }

  /** By name; none in a line that was cut short. */
  private static Map<String, Double> numbers(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (var entry : Json.object(line).orElseGet(JsonObject::new).entrySet()) {
      if (entry.getValue() instanceof JsonPrimitive value && isNumber(value)) {
        numbers.put(entry.getKey(), value.getAsDouble());
      }
    }
    return numbers;
  }

  private static boolean isNumber(JsonPrimitive value) {
    return value.isNumber() || NO_NUMBERS.contains(value.getAsString());
  }

  private static InputException missing(Path file, String found) {
    return new InputException(
        file.toString(),
        found,
        "the numbers of a run that has made a step",
        "name a run's folder; " + NamesNear.of(file.toAbsolutePath().getParent(), "runs"));
  }
}
