package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Commands;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.Page;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** A run on one page: its pictures, its curves, its settings. Reads what the run left on disk. */
public final class RunReport {
  private static final String BESIDE_TEACHER =
      "Left the student, %s an image; right its teacher with Heun's method. The same seeds, and"
          + " the same classes or texts where there are any.";

  private static final int PICTURES_ON_THE_WAY = 6;

  /** In the record: how long a run took, over all its sessions. */
  private static final String ELAPSED = "elapsed_seconds";

  private final Workspace workspace;
  private final RunFiles run;
  private final Optional<RecordFile> record;

  private RunReport(Workspace workspace, RunFiles run) {
    this.workspace = workspace;
    this.run = run;
    this.record =
        Files.isRegularFile(run.record())
            ? Optional.of(RecordFile.read(run.record()))
            : Optional.empty();
  }

  /**
   * The page of a run's folder.
   *
   * @throws InputException when it is none
   */
  public static Page of(Workspace workspace, Path run) throws IOException {
    return new RunReport(workspace, new RunFiles(run)).page();
  }

  private Page page() throws IOException {
    Metrics metrics = Metrics.read(run.metrics());
    List<Section> sections = new ArrayList<>();
    record.ifPresent(told -> sections.add(Section.of("The run", summary(told))));
    String cameOfIt = "What came of it";
    if (Files.exists(run.studentAndTeacher())) {
      DistillConfig config =
          Configs.read(run.config(), DistillConfig.getDefaultInstance(), List.of());
      String evaluations = StudentSteps.evaluations(config.getStudentSteps());
      String words = String.format(Locale.ROOT, BESIDE_TEACHER, evaluations);
      sections.add(Section.of(cameOfIt, picture(run.studentAndTeacher(), words)));
    }
    if (Files.exists(run.samples())) {
      sections.add(Section.of(cameOfIt, picture(run.samples(), "Samples.")));
    }
    boolean measurable = RunMeasurement.isPossible(workspace, run.folder(), true);
    Optional<StudentJudgement> judgement = StudentJudgement.of(workspace, run.folder(), measurable);
    if (judgement.isPresent()) {
      List<String> sentences = judgement.get().sentences();
      sections.add(
          new Section("How good it is", sentences.stream().map(RunReport::paragraph).toList()));
    }
    RunMeasures measures = RunMeasurement.read(run.folder());
    if (measures.getMeasuredCount() > 0) {
      sections.add(measures(measures));
    }
    if (metrics.values().keySet().stream().anyMatch(WaitedTimes::is)) {
      double seconds = record.flatMap(told -> told.number(ELAPSED)).orElse(0.0);
      WaitedTimes.of(run.metrics(), seconds).ifPresent(sections::add);
    }
    Optional<String> realImages = record.flatMap(new Yardstick(workspace)::ofTestImages);
    sections.add(new Section("Curves", RunCharts.of(metrics, realImages)));
    List<Block> onTheWay = picturesOnTheWay();
    if (!onTheWay.isEmpty()) {
      sections.add(new Section("On the way", onTheWay));
    }
    for (String name : List.of(RunFiles.CONFIG, RunFiles.NETWORK)) {
      Path file = run.folder().resolve(name);
      if (Files.exists(file)) {
        sections.add(Section.of(name, new Commands(RegularFile.text(file, FileKind.RECORD))));
      }
    }
    // The settings stand above.
    record.ifPresent(
        told ->
            sections.add(
                Section.of(RunFiles.RECORD, new Commands(told.without("config", "network")))));
    return new Page(run.folder().getFileName().toString(), sections);
  }

  private static Block paragraph(String text) {
    return new Paragraph(text);
  }

  private static Section measures(RunMeasures measures) {
    Map<String, Function<Measured, String>> columns = new LinkedHashMap<>();
    columns.put("images", Measured::getImages);
    columns.put("features", m -> m.hasFeatures() ? m.getFeatures() : "-");
    columns.put("FID", m -> text("%.3f", m.getFid()));
    columns.put("KID x1000", RunReport::kid);
    columns.put("precision", m -> text("%.3f", m.getPrecision()));
    columns.put("recall", m -> text("%.3f", m.getRecall()));
    columns.put("density", m -> text("%.3f", m.getDensity()));
    columns.put("coverage", m -> text("%.3f", m.getCoverage()));
    columns.put("accuracy", m -> m.hasAccuracy() ? text("%.3f", m.getAccuracy()) : "-");
    if (measures.getMeasuredList().stream().anyMatch(Measured::hasClipScore)) {
      columns.put("CLIP score", m -> m.hasClipScore() ? text("%.2f", m.getClipScore()) : "-");
    }
    columns.put(
        "images/s", m -> m.hasImagesPerSecond() ? PerSecond.text(m.getImagesPerSecond()) : "-");
    Table table = Table.of(columns.keySet().toArray(String[]::new));
    for (Measured m : measures.getMeasuredList()) {
      table = table.with(columns.values().stream().map(c -> c.apply(m)).toArray(String[]::new));
    }
    Measured first = measures.getMeasured(0);
    String how =
        text("%,d samples of each, of the same seeds, and of the ", first.getSamples())
            + "training images' classes or captions where the models take any, "
            + text("against %,d training images. ", first.getReferences())
            + "Compare them with numbers of the same features, counts and reference only. What"
            + " stands behind ± is KID's standard error over its subsets, and not the interval over"
            + " several sets of images that ./fdistill evaluate --repeats gives.";
    return Section.of("Measures", table, new Paragraph(how));
  }

  /** With its standard error over the subsets; without, where it is of all images. */
  private static String kid(Measured m) {
    boolean told = m.hasKidX1000Error() && Double.isFinite(m.getKidX1000Error());
    return text("%.2f", m.getKidX1000()) + (told ? text(" ± %.2f", m.getKidX1000Error()) : "");
  }

  private static String text(String format, Object number) {
    return String.format(Locale.ROOT, format, number);
  }

  /** A picture with the names of its rows, where the run has noted them. */
  private Figure picture(Path file, String caption) {
    String name = file.getFileName().toString();
    String figure = name.replace(".png", "");
    List<String> rows = record.map(told -> PictureRows.of(told, name)).orElse(List.of());
    return Figure.read(figure, file, caption, caption).withRows(rows);
  }

  /** What was done, on what, how far and how long. */
  private static Table summary(RecordFile record) {
    Table table = Table.of("what", record.find("command").orElse("run"));
    List<Long> planned = record.stepsPlanned();
    String of = planned.isEmpty() ? "" : text(" of %,d", planned.get(planned.size() - 1));
    Optional<String> steps = record.number(Exports.STEPS).map(n -> text("%,.0f", n) + of);
    List<String> devices = record.texts("devices", "name");
    Map<String, Optional<String>> rows = new LinkedHashMap<>();
    rows.put("model", record.find(Exports.MODEL));
    rows.put("teacher", record.find(RunPlan.Input.TEACHER, "path"));
    rows.put("dataset", record.find(RunPlan.Input.DATASET, "path"));
    rows.put("steps", steps);
    rows.put("images read", record.number("images").map(n -> text("%,.0f", n)));
    rows.put("time (h:mm:ss)", record.number(ELAPSED).map(RunReport::clock));
    rows.put("device", Optional.of(String.join(", ", devices)).filter(d -> !d.isEmpty()));
    rows.put("processor", record.find("processor"));
    rows.put("begun", record.begun());
    rows.put("ended", record.find("ended"));
    rows.put("program", record.find("program"));
    for (Map.Entry<String, Optional<String>> row : rows.entrySet()) {
      if (row.getValue().isPresent()) {
        table = table.with(row.getKey(), row.getValue().get());
      }
    }
    return table;
  }

  private static String clock(double seconds) {
    long s = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
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
      chosen.add(picture(folder.resolve(name), "After " + step + " steps."));
    }
    return chosen;
  }

  /**
   * Refuses a folder that is no run's, of which there would be no page.
   *
   * @throws InputException when there are no numbers of any step
   */
  public static void require(Path run) {
    Metrics.read(new RunFiles(run).metrics());
  }

  /** Writes the page as HTML. */
  public static void write(Workspace workspace, Path run, Path html) throws IOException {
    Folders.requirePermitted(html.toAbsolutePath().getParent());
    of(workspace, run).writeHtml(html);
  }
}
