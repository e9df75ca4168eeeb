package io.github.fdistill.journal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a session of a run computed with and on: others may make other bits of the same settings and
 * inputs.
 *
 * @param entries text by name, of those {@link #NAMES} that are known
 */
public record Circumstances(Map<String, String> entries) {
  /** Whether TensorFlow took that library: older records do not say. */
  public static final String ONEDNN = "oneDNN";

  /** What there may be, in the order in which it is told. */
  public static final List<String> NAMES =
      List.of(
          "program",
          "commit",
          "tensorflow",
          "architecture",
          "processor",
          ONEDNN,
          "processors",
          "workers",
          "devices");

  /** Those of the session that wrote a record; what it does not tell of is "?", or one worker. */
  static Circumstances of(RecordFile record) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String name : List.of("program", "commit", "tensorflow", "architecture", "processor")) {
      all.put(name, record.find(name).orElse("?"));
    }
    record.find(RunRecord.ONEDNN).ifPresent(taken -> all.put(ONEDNN, taken));
    all.put("processors", whole(record, "processors", "?"));
    all.put("workers", whole(record, "workers", "1"));
    List<String> devices = record.texts("devices", "name");
    all.put("devices", devices.isEmpty() ? "?" : String.join(", ", devices));
    return new Circumstances(all);
  }

  private static String whole(RecordFile record, String name, String otherwise) {
    return record.number(name).map(n -> Long.toString(n.longValue())).orElse(otherwise);
  }
}
