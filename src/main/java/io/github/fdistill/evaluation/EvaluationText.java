package io.github.fdistill.evaluation;

import io.github.fdistill.evaluation.EvaluationResult.ByFeatures;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.journal.RunRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What an evaluation found, for people and for programs. */
public record EvaluationText(EvaluationResult result) {
  private static final String KID = "kid_x1000";

  /** A line a measure; a column for each set of features. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(result.images()).append("\nagainst ").append(result.against());
    text.append(String.format(Locale.ROOT, ", %,d images", result.references()));
    text.append(result.by().size() == 1 ? ", by " + result.by().get(0).features() : "");
    text.append("\n");
    result.notes().forEach(note -> text.append(note).append("\n"));
    text.append(result.by().size() == 1 ? lines(result.by().get(0)) : columns());
    result
        .imagesPerSecond()
        .ifPresent(
            speed -> text.append(String.format("  %-11s %s%n", "images/s", PerSecond.text(speed))));
    result.by().forEach(one -> one.classes().ifPresent(told -> text.append(least(one, told))));
    if (result.sets().size() > 1) {
      text.append(
          String.format(
              Locale.ROOT,
              "%d sets of %,d images; ± is the 95 %% interval of the mean over them.%n",
              result.sets().size(),
              result.samples()));
    }
    return text.toString();
  }

  private static String least(ByFeatures one, ClassShares classes) {
    int least = classes.leastServed();
    return String.format(
        Locale.ROOT,
        "Least served by %s: class %s, %.2f %% of the images, %.2f %% of the reference%n",
        one.features(),
        classes.names().of(least),
        100 * classes.share(least),
        100 * classes.referenceShare(least));
  }

  private static String lines(ByFeatures one) {
    StringBuilder text = new StringBuilder();
    one.measures()
        .forEach(
            (name, value) ->
                text.append(
                    String.format(
                        Locale.ROOT, "  %-11s %s%s%n", label(name), value, error(one, name))));
    return text.toString();
  }

  /** What stands behind a KID that has no interval over sets of images. */
  private static String error(ByFeatures one, String name) {
    int subsets = one.sets().get(0).measures().kernel().subsets();
    OptionalDouble error = one.kernelError();
    return name.equals(KID) && one.sets().size() == 1 && error.isPresent()
        ? String.format(
            Locale.ROOT, ", standard error %.2g over %,d subsets", error.getAsDouble(), subsets)
        : "";
  }

  /** Measures below each other, features beside each other. */
  private String columns() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("", result.by().stream().map(ByFeatures::features).toList()));
    rows.add(row("features", result.by().stream().map(b -> "" + b.dimension()).toList()));
    List<Map<String, Interval>> all = result.by().stream().map(ByFeatures::measures).toList();
    for (String name : names(all)) {
      rows.add(row(label(name), all.stream().map(m -> cell(m.get(name))).toList()));
      if (name.equals(KID) && result.sets().size() == 1) {
        List<String> errors =
            result.by().stream().map(ByFeatures::kernelError).map(EvaluationText::error).toList();
        rows.add(row("  its error", errors));
      }
    }
    return aligned(rows);
  }

  private static String error(OptionalDouble of) {
    return of.isPresent() ? "± " + number("%.2g", of.getAsDouble()) : "-";
  }

  private static List<String> names(List<Map<String, Interval>> all) {
    Map<String, Interval> names = new LinkedHashMap<>();
    all.forEach(names::putAll);
    return List.copyOf(names.keySet());
  }

  private static String cell(Interval value) {
    if (value == null) {
      return "-";
    }
    String mean = number("%.4g", value.mean());
    return value.sets() > 1 ? mean + " ± " + number("%.2g", value.halfWidth()) : mean;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static List<String> row(String first, List<String> others) {
    List<String> row = new ArrayList<>(List.of(first));
    row.addAll(others);
    return row;
  }

  /** Columns as wide as what stands in them, the numbers to the right. */
  private static String aligned(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(String.format("  %-12s", row.get(0)));
      for (int column = 1; column < row.size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        text.append(String.format("  %" + width + "s", row.get(column)));
      }
      text.append(String.format("%n"));
    }
    return text.toString();
  }

  private static String label(String name) {
    return switch (name) {
      case "fid" -> "FID";
      case KID -> "KID x1000";
      case Evaluation.CLIP_SCORE -> "CLIP score";
      case Evaluation.CLASS_KL -> "class KL";
      case Evaluation.LEAST_CLASS -> "least class";
      default -> name;
    };
  }

  /** All of it, with what was measured on what. */
  public RunRecord record(List<String> words) {
    RunRecord record = RunRecord.start(words);
    Fingerprint reference = result.sets().get(0).measures().reference();
    record.put("images", result.images()).put("against", result.against());
    record.put("samples", result.samples()).put("sets", result.sets().size());
    record.put("references", result.references());
    record.put("notes", result.notes());
    record.put("reference_images", reference.images());
    record.put("preprocessing", reference.preprocessing());
    record.put("features", result.by().get(0).features());
    entries(result.by().get(0)).forEach(record::put);
    if (result.by().size() > 1) {
      record.put("by_features", result.by().stream().map(EvaluationText::named).toList());
    }
    result.imagesPerSecond().ifPresent(speed -> record.put("images_per_second", speed));
    return record;
  }

  private static Map<String, Object> named(ByFeatures one) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("features", one.features());
    all.put("dimension", one.dimension());
    all.putAll(entries(one));
    return all;
  }

  private static Map<String, Object> entries(ByFeatures one) {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("features_sha256", one.sets().get(0).measures().reference().network());
    one.measures()
        .forEach(
            (name, value) -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("mean", value.mean());
              if (value.sets() > 1) {
                entry.put("half_width_95", value.halfWidth());
              } else if (name.equals(KID)) {
                one.kernelError().ifPresent(error -> entry.put("standard_error", error));
              }
              entries.put(name, entry);
            });
    one.classes().ifPresent(told -> entries.put("classes", classes(told)));
    return entries;
  }

  private static List<Map<String, Object>> classes(ClassShares told) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int label = 0; label < told.images().length; label++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("class", told.names().of(label));
      one.put("share", told.share(label));
      one.put("reference_share", told.referenceShare(label));
      all.add(one);
    }
    return all;
  }
}
