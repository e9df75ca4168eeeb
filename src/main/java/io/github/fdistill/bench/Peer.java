package io.github.fdistill.bench;

import io.github.fdistill.InputException;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.report.Table;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What another program measured, or another run of this one, to be shown beside a bench. Read from
 * JSON as {@code bench --json} writes it, of which little is needed:
 *
 * <pre>
 * {"program": "another 1.0",
 *  "peak_resident_bytes": 934000000,
 *  "measured": [{"workload": "cycle", "images_per_second": 354.2},
 *               {"workload": "student", "images": 16, "ms": 51.4, "processor_seconds": 0.0985}]}
 * </pre>
 *
 * <p>A speed is {@code images_per_second}, or {@code images} and their {@code seconds} or {@code
 * ms}; each a number, or an object with a {@code median}. A {@code variant} says whose settings it
 * is held against; without one, it is held against all. Where {@code images}, {@code precision} or
 * {@code operations} tell that other work was done than here, it is said. The rest may be left out.
 *
 * @param name of the program; that of the file where it gives none
 * @param peakBytes the most that its process held
 */
public record Peer(String name, List<Speed> speeds, OptionalDouble peakBytes) {
  /** The column that tells in what its work was another. */
  private static final String UNLIKE = "its work";

  /**
   * How fast it was.
   *
   * @param variant of the settings; empty: any
   * @param processor seconds of the processor for an image
   * @param done what was done in that time, as far as it is told
   */
  record Speed(
      String variant, Work work, double imagesPerSecond, OptionalDouble processor, Done done) {}

  /**
   * What was timed.
   *
   * @param images at once
   * @param precision of its products, such as FLOAT32
   * @param operations floating-point, for all of the images
   */
  record Done(OptionalDouble images, Optional<String> precision, OptionalDouble operations) {

    /** In what it was other work than ours, as far as it is told. */
    private List<String> unlike(Workload ours) {
      List<String> unlike = new ArrayList<>();
      if (images.isPresent() && images.getAsDouble() != ours.images()) {
        unlike.add(text("%.0f images at once", images.getAsDouble()));
      }
      precision
          .filter(its -> !its.equalsIgnoreCase(ours.precision().name()))
          .ifPresent(its -> unlike.add("in " + its));
      if (images.isPresent() && operations.isPresent()) {
        double times =
            operations.getAsDouble()
                / images.getAsDouble()
                * ours.images()
                / ours.operations().total();
        if (Math.abs(times - 1) > ALIKE) {
          unlike.add(text("%.3g times the operations an image", times));
        }
      }
      return unlike;
    }
  }

  /** Operations of an image that differ by a smaller share are as many. */
  private static final double ALIKE = 0.01;

  public Peer {
    speeds = List.copyOf(speeds);
  }

  /**
   * Reads a file.
   *
   * @throws InputException when it has another form
   */
  public static Peer read(Path path) {
    Map<String, Object> object = JsonFile.read(path);
    if (!(object.get("measured") instanceof List<?> measured) || measured.isEmpty()) {
      throw wrong(path + ", measured", "no list of measurements");
    }
    List<Speed> speeds = new ArrayList<>();
    for (int i = 0; i < measured.size(); i++) {
      String where = path + ", measured[" + i + "]";
      if (!(measured.get(i) instanceof Map<?, ?> entry)) {
        throw wrong(where, "no object");
      }
      speeds.add(speed(entry, where));
    }
    String name = object.get("program") instanceof String said ? said : path.toString();
    return new Peer(name, speeds, number(object, "peak_resident_bytes", path.toString()));
  }

  private static Speed speed(Map<?, ?> entry, String where) {
    String work = String.valueOf(entry.get("workload"));
    Work known =
        Work.ASKED.stream()
            .filter(one -> one.toString().equals(work))
            .findFirst()
            .orElseThrow(() -> wrong(where + ", workload", work));
    String variant = entry.get("variant") instanceof String said ? said : "";
    OptionalDouble images = number(entry, "images", where);
    OptionalDouble processor = number(entry, "processor_seconds", where);
    OptionalDouble perImage =
        images.isPresent() && processor.isPresent()
            ? OptionalDouble.of(processor.getAsDouble() / images.getAsDouble())
            : OptionalDouble.empty();
    Optional<String> precision = Optional.ofNullable(entry.get("precision")).map(String::valueOf);
    Done done = new Done(images, precision, operations(entry));
    return new Speed(variant, known, imagesPerSecond(entry, images, where), perImage, done);
  }

  /** None where they are not told, or are 0: of a model without products. */
  private static OptionalDouble operations(Map<?, ?> entry) {
    double told = entry.get("operations") instanceof Number number ? number.doubleValue() : 0;
    return told > 0 ? OptionalDouble.of(told) : OptionalDouble.empty();
  }

  private static double imagesPerSecond(Map<?, ?> entry, OptionalDouble images, String where) {
    OptionalDouble told = number(entry, "images_per_second", where);
    if (told.isPresent()) {
      return told.getAsDouble();
    }
    OptionalDouble seconds = number(entry, "seconds", where);
    OptionalDouble ms = number(entry, "ms", where);
    if (images.isEmpty() || seconds.isEmpty() && ms.isEmpty()) {
      throw wrong(where, "no images_per_second, nor images with seconds or ms");
    }
    return images.getAsDouble() / seconds.orElseGet(() -> ms.getAsDouble() / 1e3);
  }

  /** A number above 0, or the median of some; none where the key is missing. */
  private static OptionalDouble number(Map<?, ?> entry, String key, String where) {
    Object value =
        entry.get(key) instanceof Map<?, ?> spread ? spread.get("median") : entry.get(key);
    if (!entry.containsKey(key)) {
      return OptionalDouble.empty();
    }
    double number = value instanceof Number said ? said.doubleValue() : Double.NaN;
    if (!(number > 0 && number < Double.POSITIVE_INFINITY)) {
      throw wrong(where + ", " + key, String.valueOf(value));
    }
    return OptionalDouble.of(number);
  }

  private static InputException wrong(String where, String found) {
    String works = Work.ASKED.stream().map(Work::toString).collect(Collectors.joining(", "));
    return new InputException(
        where,
        found,
        "numbers above 0 of workloads that bench knows ("
            + works
            + "), as bench --json writes them",
        "see docs/speed.md for the form");
  }

  /** Its speed at the same work: of that variant, else of any. */
  private Optional<Speed> of(MeasuredWork ours) {
    List<Speed> same = speeds.stream().filter(s -> s.work == ours.workload().work()).toList();
    return same.stream()
        .filter(speed -> speed.variant.equals(ours.variant()))
        .findFirst()
        .or(() -> same.stream().filter(speed -> speed.variant.isEmpty()).findFirst());
  }

  /** A bench beside it, in Markdown; says so where nothing can be compared. */
  String beside(Bench.Findings findings) {
    List<List<String>> rows = new ArrayList<>();
    for (MeasuredWork ours : findings.measured()) {
      of(ours).ifPresent(theirs -> rows.add(row(ours, theirs)));
    }
    StringBuilder text = new StringBuilder("Beside " + name + ":\n\n");
    if (rows.isEmpty()) {
      return text.append("It measured none of these workloads of these settings.\n\n").toString();
    }
    List<String> header =
        List.of(
            "settings", "workload", "images/s", "its", "times its", "by processor time", UNLIKE);
    boolean alike = rows.stream().allMatch(row -> row.get(header.indexOf(UNLIKE)).isEmpty());
    int columns = alike ? header.size() - 1 : header.size();
    Table table =
        new Table(
            header.subList(0, columns), rows.stream().map(row -> row.subList(0, columns)).toList());
    text.append(table.markdown()).append("\n\n");
    if (peakBytes.isPresent() && findings.peakBytes().isPresent()) {
      double here = findings.peakBytes().getAsLong();
      double its = peakBytes.getAsDouble();
      text.append(
          text(
              "Held at most: %.0f MB, its %.0f MB, %.2f times its.%n%n",
              here / 1e6, its / 1e6, here / its));
    }
    return text.toString();
  }

  private static List<String> row(MeasuredWork ours, Speed theirs) {
    OptionalDouble byProcessor = byProcessor(ours, theirs);
    return List.of(
        ours.variant(),
        theirs.work.toString(),
        PerSecond.text(ours.imagesPerSecond().median()),
        PerSecond.text(theirs.imagesPerSecond),
        text("%.3f", times(ours, theirs)),
        byProcessor.isPresent() ? text("%.3f", byProcessor.getAsDouble()) : "",
        String.join(", ", theirs.done.unlike(ours.workload())));
  }

  private static String text(String format, Object... numbers) {
    return String.format(Locale.ROOT, format, numbers);
  }

  private static double times(MeasuredWork ours, Speed theirs) {
    return ours.imagesPerSecond().median() / theirs.imagesPerSecond;
  }

  /** How many times as fast, by the processor's seconds for an image. */
  private static OptionalDouble byProcessor(MeasuredWork ours, Speed theirs) {
    double here = ours.processorSeconds().median() / ours.workload().images();
    return theirs.processor.isPresent()
        ? OptionalDouble.of(theirs.processor.getAsDouble() / here)
        : OptionalDouble.empty();
  }

  /** The same for programs. */
  List<Map<String, Object>> entries(Bench.Findings findings) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (MeasuredWork ours : findings.measured()) {
      of(ours).ifPresent(theirs -> entries.add(entry(ours, theirs)));
    }
    return entries;
  }

  private static Map<String, Object> entry(MeasuredWork ours, Speed theirs) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("variant", ours.variant());
    entry.put("workload", theirs.work.toString());
    entry.put("images_per_second", ours.imagesPerSecond().median());
    entry.put("its_images_per_second", theirs.imagesPerSecond);
    entry.put("times_its", times(ours, theirs));
    byProcessor(ours, theirs).ifPresent(times -> entry.put("times_its_by_processor", times));
    List<String> unlike = theirs.done.unlike(ours.workload());
    if (!unlike.isEmpty()) {
      entry.put("its_work", unlike);
    }
    return entry;
  }
}
