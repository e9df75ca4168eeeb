package io.github.fdistill.evaluation;

import io.github.fdistill.journal.RunRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What an evaluation found, for people and for programs. */
public record EvaluationText(
    ImageSet images, ImageSet against, int references, List<Evaluation.Result> results) {

  private Map<String, Interval> intervals() {
    List<Measures> measures = results.stream().map(Evaluation.Result::measures).toList();
    Map<String, Interval> all = new LinkedHashMap<>();
    Measures.byName()
        .forEach((name, measure) -> all.put(name, Measures.interval(measures, measure)));
    if (results.get(0).accuracy().isPresent()) {
      double[] values = results.stream().mapToDouble(r -> r.accuracy().orElseThrow()).toArray();
      all.put(Evaluation.ACCURACY, Interval.of(values));
    }
    return all;
  }

  private int samples() {
    return results.get(0).measures().samples();
  }

  /** A line a measure. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(images.name()).append("\nagainst ").append(against.name());
    text.append(String.format(Locale.ROOT, ", %,d images%n", references));
    intervals()
        .forEach(
            (name, value) ->
                text.append(String.format(Locale.ROOT, "  %-10s %s%n", label(name), value)));
    images
        .speed()
        .ifPresent(
            speed -> text.append(String.format(Locale.ROOT, "  %-10s %.0f%n", "images/s", speed)));
    if (results.size() > 1) {
      text.append(
          String.format(
              Locale.ROOT,
              "%d sets of %,d images; ± is the 95 %% interval of the mean over them.%n",
              results.size(),
              samples()));
    }
    return text.toString();
  }

  private static String label(String name) {
    return switch (name) {
      case "fid" -> "FID";
      case "kid_x1000" -> "KID x1000";
      default -> name;
    };
  }

  /** All of it, with what was measured on what. */
  public RunRecord record(List<String> words) {
    RunRecord record = RunRecord.start(words);
    record.put("images", images.name()).put("against", against.name());
    record.put("samples", samples()).put("sets", results.size()).put("references", references);
    record.put("features_sha256", results.get(0).measures().reference().network());
    record.put("reference_images", results.get(0).measures().reference().images());
    record.put("preprocessing", results.get(0).measures().reference().preprocessing());
    intervals()
        .forEach(
            (name, value) -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("mean", value.mean());
              if (value.seeds() > 1) {
                entry.put("half_width_95", value.halfWidth());
              }
              record.put(name, entry);
            });
    images.speed().ifPresent(speed -> record.put("images_per_second", speed));
    return record;
  }
}
