package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.report.Axis;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Commands;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.LineChart;
import io.github.fdistill.report.Page;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Series;
import io.github.fdistill.report.Table;
import io.github.fdistill.training.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A run on one page: its pictures, its curves, its settings. Reads what the run left on disk. */
public final class RunReport {
  /** Numbers that belong into one chart; each of the others has its own. */
  private static final List<Set<String>> TOGETHER =
      List.of(
          texts(Reading.DISCRIMINATOR_LOSS, Reading.GAN_LOSS),
          texts(Reading.LOGIT_FAKE, Reading.LOGIT_REAL),
          texts(Reading.RATIO_CLIPPED, Reading.EFFECTIVE_SAMPLE_SHARE));

  private static final String BESIDE_TEACHER =
      "Left the student, one evaluation an image; right its teacher with Heun's method. The same"
          + " seeds and classes.";

  private static final int PICTURES_ON_THE_WAY = 6;

  /** A curve is a mean over so many parts of the run at the most. */
  private static final int POINTS = 200;

  private final RunFiles run;

  private static Set<String> texts(Reading... readings) {
    return Stream.of(readings).map(Reading::toString).collect(Collectors.toSet());
  }

  private RunReport(RunFiles run) {
    this.run = run;
  }

  /**
   * The page of a run's folder.
   *
   * @throws InputException when it is none
   */
  public static Page of(Path run) throws IOException {
    return new RunReport(new RunFiles(run)).page();
  }

  private Page page() throws IOException {
    Metrics metrics = Metrics.read(run.metrics());
    List<Section> sections = new ArrayList<>();
    String cameOfIt = "What came of it";
    if (Files.exists(run.studentAndTeacher())) {
      sections.add(Section.of(cameOfIt, picture(run.studentAndTeacher(), BESIDE_TEACHER)));
    }
    if (Files.exists(run.samples())) {
      sections.add(Section.of(cameOfIt, picture(run.samples(), "Samples.")));
    }
    RunMeasures measures = RunMeasurement.read(run.folder());
    if (measures.getMeasuredCount() > 0) {
      sections.add(measures(measures));
    }
    sections.add(new Section("Curves", charts(metrics)));
    List<Block> onTheWay = picturesOnTheWay();
    if (!onTheWay.isEmpty()) {
      sections.add(new Section("On the way", onTheWay));
    }
    for (String name : List.of(RunFiles.RECORD, RunFiles.CONFIG, RunFiles.NETWORK)) {
      Path file = run.folder().resolve(name);
      if (Files.exists(file)) {
        sections.add(Section.of(name, new Commands(RegularFile.text(file, FileKind.RECORD))));
      }
    }
    return new Page(run.folder().getFileName().toString(), sections);
  }

  private static Section measures(RunMeasures measures) {
    Table table =
        Table.of(
            "images",
            "FID",
            "KID x1000",
            "precision",
            "recall",
            "density",
            "coverage",
            "accuracy",
            "images/s");
    for (Measured m : measures.getMeasuredList()) {
      table =
          table.with(
              m.getImages(),
              text("%.3f", m.getFid()),
              text("%.2f", m.getKidX1000()),
              text("%.3f", m.getPrecision()),
              text("%.3f", m.getRecall()),
              text("%.3f", m.getDensity()),
              text("%.3f", m.getCoverage()),
              m.hasAccuracy() ? text("%.3f", m.getAccuracy()) : "-",
              m.hasImagesPerSecond() ? text("%.0f", m.getImagesPerSecond()) : "-");
    }
    Measured first = measures.getMeasured(0);
    String how =
        text("%,d samples of each, of the same seeds and classes, ", first.getSamples())
            + text("against %,d training images. ", first.getReferences())
            + "Compare them with numbers of the same features, counts and reference only.";
    return Section.of("Measures", table, new Paragraph(how));
  }

  private static String text(String format, Object number) {
    return String.format(Locale.ROOT, format, number);
  }

  private static Figure picture(Path file, String caption) {
    String figure = file.getFileName().toString().replace(".png", "");
    return Figure.read(figure, file, caption, caption);
  }

  private List<Block> charts(Metrics metrics) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Paragraph("Every curve is a mean over neighbouring steps."));
    Set<String> left = new LinkedHashSet<>(metrics.values().keySet());
    while (!left.isEmpty()) {
      String first = left.iterator().next();
      Set<String> names = together(first, left);
      LineChart chart = LineChart.of("", Axis.linear("step"), Axis.linear(words(first, names)));
      for (String name : List.copyOf(left)) {
        if (names.contains(name)) {
          chart = chart.with(series(metrics, name));
          left.remove(name);
        }
      }
      blocks.add(
          new Figure(
              figureName(first, blocks),
              chart.draw(),
              words(first, names),
              "a curve over the steps"));
    }
    return blocks;
  }

  /** That of a number, where it can name a file and no other does. */
  private static String figureName(String number, List<Block> others) {
    String name = number.replace('/', '-');
    boolean taken = others.stream().anyMatch(b -> b instanceof Figure f && f.name().equals(name));
    return Folders.isPlainName(name) && !taken ? name : "curve-" + others.size();
  }

  /** What is shown in the chart of a number: a measure of every average, or what belongs to it. */
  private static Set<String> together(String first, Set<String> all) {
    int slash = first.indexOf('/');
    return slash < 0
        ? TOGETHER.stream().filter(set -> set.contains(first)).findFirst().orElse(Set.of(first))
        : all.stream()
            .filter(name -> name.endsWith(first.substring(slash)))
            .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static String words(String first, Set<String> names) {
    String said = said(first, names);
    return said.isBlank() ? "a number without a name" : said;
  }

  private static String said(String first, Set<String> names) {
    if (first.contains("/")) {
      return first.substring(first.indexOf('/') + 1).replace("_x1000", " x1000");
    }
    return (names.size() == 1 ? first : String.join(", ", names.stream().sorted().toList()))
        .replace('_', ' ');
  }

  /** Means over equal parts of the run; a part with a number that is none is a gap. */
  private static Series series(Metrics metrics, String name) {
    double[] values = metrics.values().get(name);
    double[] steps = metrics.steps().get(name);
    int points = Math.min(POINTS, values.length);
    double[] x = new double[points];
    double[] y = new double[points];
    for (int p = 0; p < points; p++) {
      int from = (int) ((long) values.length * p / points);
      int to = (int) ((long) values.length * (p + 1) / points);
      for (int i = from; i < to; i++) {
        x[p] += steps[i] / (to - from);
        y[p] += values[i] / (to - from);
      }
      y[p] = Math.abs(y[p]) <= Float.MAX_VALUE ? y[p] : Double.NaN;
    }
    return new Series(name.replaceAll("/.*", "").replace('_', ' '), x, y);
  }

  private List<Block> picturesOnTheWay() throws IOException {
    Path folder = run.pictures();
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> RunFiles.stepOf(name).isPresent())
              .sorted()
              .toList();
    }
    List<Block> chosen = new ArrayList<>();
    int count = Math.min(PICTURES_ON_THE_WAY, names.size());
    for (int i = 0; i < count; i++) {
      String name = names.get(count == 1 ? 0 : i * (names.size() - 1) / (count - 1));
      long step = RunFiles.stepOf(name).orElseThrow();
      chosen.add(picture(folder.resolve(name), "The student after " + step + " steps."));
    }
    return chosen;
  }

  /** Writes the page as HTML. */
  public static void write(Path run, Path html) throws IOException {
    Folders.requireWritable(html.toAbsolutePath().getParent());
    of(run).writeHtml(html);
  }
}
