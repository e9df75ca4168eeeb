package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.savedmodel.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.Logger;

/** How fast a version was where it was exported, as the record of its export says. */
public final class RecordedThroughput {
  /** The record of an export, in a version's folder. */
  public static final String FILE = "assets.extra/export.json";

  /** Its entry: a list of {@link #ROWS} of a batch and images per second. */
  public static final String RATES = "images_per_second";

  private static final String ROWS = "rows";
  private static final Logger LOG = Logs.of(RecordedThroughput.class);

  private RecordedThroughput() {}

  /** What the record's entry holds. */
  public static List<Object> rates(Throughput throughput) {
    List<Object> rates = new ArrayList<>();
    for (Throughput.Point point : throughput.points()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put(ROWS, point.rows());
      entry.put(RATES, point.rowsPerSecond());
      rates.add(entry);
    }
    return rates;
  }

  /**
   * What stands in a version; nothing where it was not exported, or its record, of which the log
   * then tells, cannot be read.
   */
  static Optional<Throughput> in(Path version) {
    try {
      Path file = ModelFolder.file(version, FILE.split("/"));
      return RegularFile.isThere(file) ? Optional.of(read(file)) : Optional.empty();
    } catch (InputException e) {
      LOG.warn("How long {} takes is not known: {}", version, e.getMessage());
      return Optional.empty();
    }
  }

  private static Throughput read(Path file) {
    List<Throughput.Point> points = new ArrayList<>();
    double before = 0;
    for (Map<String, Double> entry : RecordFile.read(file).table(RATES)) {
      double rows = entry.getOrDefault(ROWS, 0.0);
      double rate = entry.getOrDefault(RATES, 0.0);
      if (!(rows == Math.rint(rows)
          && rows > before
          && rows <= Integer.MAX_VALUE
          && rate > 0
          && Double.isFinite(rate))) {
        throw refused(file, rows + " rows at " + rate + " images a second");
      }
      points.add(new Throughput.Point((int) rows, rows / rate));
      before = rows;
    }
    if (points.isEmpty()) {
      throw refused(file, "no rates");
    }
    return new Throughput(points);
  }

  private static InputException refused(Path file, String found) {
    return new InputException(
        file + ": " + RATES,
        found,
        "a rate above 0 for each number of rows, in rising order",
        "export that version again");
  }
}
