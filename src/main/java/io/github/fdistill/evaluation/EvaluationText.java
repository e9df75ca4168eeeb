package io.github.fdistill.evaluation;

import io.github.fdistill.journal.RunRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What an evaluation found, for people and for programs. */
public record EvaluationText(EvaluationResult result) {

  /** A line a measure. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(result.images()).append("\nagainst ").append(result.against());
    text.append(String.format(Locale.ROOT, ", %,d images%n", result.references()));
    result.notes().forEach(note -> text.append(note).append("\n"));
    result
        .measures()
        .forEach(
            (name, value) ->
                text.append(String.format(Locale.ROOT, "  %-10s %s%n", label(name), value)));
    result
        .imagesPerSecond()
        .ifPresent(
            speed -> text.append(String.format(Locale.ROOT, "  %-10s %.0f%n", "images/s", speed)));
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
    Measures first = result.sets().get(0).measures();
    record.put("images", result.images()).put("against", result.against());
    record.put("samples", result.samples()).put("sets", result.sets().size());
    record.put("references", result.references());
    record.put("notes", result.notes());
    record.put("features_sha256", first.reference().network());
    record.put("reference_images", first.reference().images());
    record.put("preprocessing", first.reference().preprocessing());
    result
        .measures()
        .forEach(
            (name, value) -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("mean", value.mean());
              if (value.seeds() > 1) {
                entry.put("half_width_95", value.halfWidth());
              }
              record.put(name, entry);
            });
    result.imagesPerSecond().ifPresent(speed -> record.put("images_per_second", speed));
    return record;
  }
}
