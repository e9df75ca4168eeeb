package io.github.fdistill.run;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Two sentences on a distillation: how good the student is beside its teacher, and whether it was
 * still improving, with what to try next. They say no more than what the run has measured, and
 * nothing else than {@link Plateau}.
 *
 * @param measures of the models that came of the run; may be empty
 * @param onTheWay FID of the exported average, as it was measured while the run went on; may be
 *     empty
 * @param steps after which, of the first step 1
 * @param by the features that it was measured by on the way
 * @param name of the run's folder, in commands
 */
public record StudentJudgement(
    List<Measured> measures, double[] onTheWay, double[] steps, String by, String name) {
  /** Fewer measures on the way do not tell a trend. */
  private static final int FEWEST = 4;

  /** What FID falls by over the last third of the measures while a student still improves. */
  private static final double GAIN = 0.05;

  /** Students whose FID is so many times the teacher's, or less, are about as good. */
  private static final double ALIKE = 1.05;

  /**
   * Of a run's folder.
   *
   * @param name of it, in commands
   * @return none of a run that is no distillation, or has made no step
   */
  public static Optional<StudentJudgement> of(Path run, String name) {
    RunFiles files = new RunFiles(run);
    boolean distils =
        Files.isRegularFile(files.record())
            && RecordFile.read(files.record()).find("command").orElse("").equals("train");
    if (!distils || !Files.exists(files.metrics())) {
      return Optional.empty();
    }
    DistillConfig config =
        Configs.read(files.config(), DistillConfig.getDefaultInstance(), List.of());
    int average = config.getExportAverage();
    String fid = (average < 0 ? "weights" : "average_" + average) + "/fid";
    Metrics metrics = Metrics.read(files.metrics());
    RunMeasures measures = RunMeasurement.read(run);
    return Optional.of(
        new StudentJudgement(
            measures.getMeasuredList(),
            metrics.values().getOrDefault(fid, new double[0]),
            afterSteps(metrics.steps().getOrDefault(fid, new double[0])),
            config.getEvaluation().getFeatures(),
            name));
  }

  /**
   * Metrics number steps from 0; what is told, as the names of pictures and of the best, from 1.
   */
  private static double[] afterSteps(double... numbers) {
    return Arrays.stream(numbers).map(number -> number + 1).toArray();
  }

  /** Whether anything was measured. */
  public boolean isMeasured() {
    return !measures.isEmpty() || onTheWay.length > 0;
  }

  /** Both sentences, a line each. */
  public List<String> sentences() {
    return List.of(howGood(), whetherImproving());
  }

  private String howGood() {
    List<Measured> students = of(Measured.Model.STUDENT);
    if (!students.isEmpty()) {
      String each = students.stream().map(this::besideTeacher).collect(Collectors.joining("; "));
      return "The student's FID is " + each + disagreement() + ".";
    }
    return onTheWay.length == 0
        ? "How good the student is was not measured: ./fdistill report " + name + " --measure does."
        : text(
            "The student's FID was %.3g after step %.0f, by %s; beside its teacher"
                + " ./fdistill report %s --measure puts it.",
            onTheWay[onTheWay.length - 1], steps[steps.length - 1], by, name);
  }

  private List<Measured> of(Measured.Model model) {
    return measures.stream().filter(m -> m.getModel() == model).toList();
  }

  private Optional<Measured> teacher(Measured student) {
    return of(Measured.Model.TEACHER).stream()
        .filter(m -> m.getFeatures().equals(student.getFeatures()))
        .findFirst();
  }

  private String besideTeacher(Measured student) {
    String own = text("%.3g by %s", student.getFid(), student.getFeatures());
    return teacher(student)
        .map(
            teacher ->
                own
                    + text(
                        ", %.2f times that of %s",
                        student.getFid() / teacher.getFid(), teacher.getImages()))
        .orElse(own);
  }

  /** Where it is as good as its teacher by some features alone. */
  private String disagreement() {
    List<Boolean> good =
        of(Measured.Model.STUDENT).stream()
            .filter(student -> teacher(student).isPresent())
            .map(student -> student.getFid() <= ALIKE * teacher(student).get().getFid())
            .distinct()
            .toList();
    return good.size() > 1
        ? "; by some features it is as good as its teacher, by others not: trust none alone"
        : "";
  }

  private String whetherImproving() {
    int n = onTheWay.length;
    if (n < FEWEST) {
      return "Whether it was still improving "
          + (n == 0 ? "was not measured" : "so few measures do not tell")
          + ": try --set evaluation.every_steps=N, for "
          + FEWEST
          + " measures or more.";
    }
    int late = n - n / 3;
    double before = lowest(0, late);
    double after = lowest(late, n);
    if (after < (1 - GAIN) * before && !isOnPlateau()) {
      return text(
          "It was still improving, from %.3g to %.3g over the last third of its measures: try more"
              + " steps, %.0f say.",
          before, after, 2 * steps[n - 1]);
    }
    double lowest = Math.min(before, after);
    int best = IntStream.range(0, n).filter(i -> onTheWay[i] == lowest).findFirst().orElse(0);
    return text(
        "It no longer improved: its lowest FID is %.3g, of step %.0f; more steps alone will not"
            + " help, try other noise levels and student_sigma, then smaller batches.",
        onTheWay[best], steps[best]);
  }

  /** Where a run until a plateau ends, others are not told to go on. */
  private boolean isOnPlateau() {
    return Plateau.isReachedBy(Arrays.stream(onTheWay).boxed().toList());
  }

  /** Of the measures from one to before another; what is no number is left out. */
  private double lowest(int from, int to) {
    return Arrays.stream(onTheWay, from, to)
        .filter(fid -> !Double.isNaN(fid))
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private static String text(String format, Object... numbers) {
    return String.format(Locale.ROOT, format, numbers);
  }
}
