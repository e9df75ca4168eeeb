package io.github.fdistill.run;

import io.github.fdistill.config.Averages;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentCritics;
import io.github.fdistill.config.Measured;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Two sentences on a distillation: how good the student is beside its teacher, and whether it was
 * still improving, with what to try next. They say no more than what the run has measured, and
 * nothing else than {@link Plateau}.
 *
 * @param measures of the models that came of the run; may be empty
 * @param onTheWay FID of the exported average, as it was measured while the run went on; may be
 *     empty
 * @param steps after which, of the first step 1
 * @param run that they are of
 */
public record StudentJudgement(
    List<Measured> measures, double[] onTheWay, double[] steps, JudgedRun run) {
  /** Fewer measures on the way do not tell a trend. */
  private static final int FEWEST = 4;

  /** So many measures on the way are advised. */
  private static final int ADVISED = 8;

  /** What FID falls by over the last third of the measures while a student still improves. */
  private static final double GAIN = 0.05;

  /** What falls by less is the same number where it is told. */
  private static final double LEAST_GAIN = 0.005;

  /** A last measure of so many times the lowest, or more, is no chance. */
  private static final double RISEN = 1.5;

  /** Students whose FID is so many times the teacher's, or less, are about as good. */
  private static final double ALIKE = 1.05;

  /** FID of fewer images is mostly what their count adds to it, to student and teacher alike. */
  private static final int ENOUGH_IMAGES = 10_000;

  /**
   * Of a run's folder.
   *
   * @param measurable whether {@code report --measure} measures it without more being said
   * @return none of a run that is no distillation, has made no step, or neither was measured nor
   *     can be, by features that are still to be made either
   */
  public static Optional<StudentJudgement> of(Workspace workspace, Path run, boolean measurable) {
    RunFiles files = new RunFiles(run);
    boolean distils =
        Files.isRegularFile(files.record())
            && RecordFile.read(files.record()).find("command").orElse("").equals("train");
    if (!distils || !Files.exists(files.metrics())) {
      return Optional.empty();
    }
    DistillConfig config =
        Configs.read(files.config(), DistillConfig.getDefaultInstance(), RunSettings::asThen);
    String fid = Averages.measure(config.getExportAverage(), "fid");
    DoubleStream.Builder fids = DoubleStream.builder();
    DoubleStream.Builder steps = DoubleStream.builder();
    Metrics.each(
        files.metrics(),
        (step, numbers) -> {
          if (numbers.containsKey(fid)) {
            fids.add(numbers.get(fid));
            steps.add(step + 1); // Told as the names of pictures and of the best are: from 1.
          }
        });
    return Optional.of(
            new StudentJudgement(
                RunMeasurement.read(run).getMeasuredList(),
                fids.build().toArray(),
                steps.build().toArray(),
                JudgedRun.of(workspace, run, config, measurable)))
        .filter(found -> measurable || found.isMeasured() || found.run.lacking().isPresent());
  }

  /** Whether anything was measured. */
  private boolean isMeasured() {
    return !measures.isEmpty() || onTheWay.length > 0;
  }

  /** Both sentences, a line each. */
  public List<String> sentences() {
    return List.of(howGood(), run.ended() ? whetherImproving() : underWay());
  }

  private String howGood() {
    List<Measured> students = of(Measured.Model.STUDENT);
    if (!students.isEmpty()) {
      String each = students.stream().map(this::besideTeacher).collect(Collectors.joining("; "));
      return text("The student's FID of %,d images is ", students.get(0).getSamples())
          + each
          + disagreement()
          + fewImages(students)
          + "."
          + chosenBy(students);
    }
    String measure = "./fdistill report " + run.folder() + " --measure";
    if (onTheWay.length == 0) {
      String remedy =
          run.measurable()
              ? ": " + measure + " does."
              : run.lacking().map(made -> ", as no features take its images: " + made).orElse("")
                  + ".";
      return "How good the student is was not measured" + remedy;
    }
    return text(
            "The student's FID of %,d images was %.3g after step %.0f, by %s",
            run.config().getEvaluation().getSamples(),
            onTheWay[onTheWay.length - 1],
            steps[steps.length - 1],
            by())
        + (run.measurable() ? "; beside its teacher " + measure + " puts it." : ".");
  }

  /** The features that it was measured by on the way. */
  private String by() {
    return run.config().getEvaluation().getFeatures();
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
    return good().size() > 1
        ? "; by some features it is as good as its teacher, by others not: trust none alone"
        : "";
  }

  /** Where it is put beside its teacher, which it is nearer to by few images. */
  private String fewImages(List<Measured> students) {
    boolean few =
        students.stream().anyMatch(m -> teacher(m).isPresent() && m.getSamples() < ENOUGH_IMAGES);
    return few
        ? text(
            "; of fewer than %,d images it looks nearer to its teacher than it is", ENOUGH_IMAGES)
        : "";
  }

  /** Whether it is as good as its teacher: by some features so, by others not; none: unknown. */
  private Set<Boolean> good() {
    return of(Measured.Model.STUDENT).stream()
        .filter(student -> teacher(student).isPresent() && student.getSamples() >= ENOUGH_IMAGES)
        .map(student -> student.getFid() <= ALIKE * teacher(student).get().getFid())
        .collect(Collectors.toSet());
  }

  /** What it is measured by says less where its best and its settings were chosen by the same. */
  private String chosenBy(List<Measured> students) {
    boolean apart =
        onTheWay.length == 0
            || students.stream().anyMatch(m -> !m.getFeaturesSha256().equals(run.chosenBy()));
    return apart
        ? ""
        : " The best on the way was chosen by the same features; whether it is that good by others,"
            + " held apart, ./fdistill report "
            + run.folder()
            + " --measure --features A,B tells.";
  }

  /** Of a run that has steps left: the trend so far, and no advice. */
  private String underWay() {
    String left = text(" The run is not at its end yet, step %d.", run.config().getSteps());
    int n = onTheWay.length;
    if (n < FEWEST) {
      String few = n == 0 ? "nothing was measured" : "so few measures do not tell";
      return "Whether it is still improving: " + few + "." + left;
    }
    return (isFalling()
            ? text("It is still improving, %s.", fall())
            : text("Its lowest FID so far is %.3g, of step %.0f.", onTheWay[best()], steps[best()]))
        + left;
  }

  private String whetherImproving() {
    int n = onTheWay.length;
    if (n < FEWEST) {
      return "Whether it was still improving "
          + (n == 0 ? "was not measured" : "so few measures do not tell")
          + ": "
          + measuredOnTheWay()
          + " measures it.";
    }
    if (isFalling()) {
      return text(
          "It was still improving, %s: try more steps, %.0f say.", fall(), 2 * steps[n - 1]);
    }
    if (isFallingBy(LEAST_GAIN)) {
      return text(
          "It hardly improved at the end, %s: more steps alone will help little, try %s.",
          fall(), next());
    }
    if (hasFallenBy(LEAST_GAIN)) {
      return fallenAndRisen();
    }
    return text(
        "It no longer improved: its lowest FID is %.3g, of step %.0f; more steps alone will not"
            + " help, try %s.",
        onTheWay[best()], steps[best()], next());
  }

  /** Of one whose last measure is above its lowest; more images of both tell chance from a rise. */
  private String fallenAndRisen() {
    double last = onTheWay[onTheWay.length - 1];
    String fall =
        text(
            "FID fell from %.3g to %.3g, of step %.0f, and the last, %.3g, is ",
            lowest(0, late()), onTheWay[best()], steps[best()], last);
    if (last >= RISEN * onTheWay[best()]) {
      return "It rose at the end: " + fall + "far above that; the best is kept.";
    }
    String both = ": ./fdistill report " + run.folder() + " --measure puts it beside the best.";
    return "Whether it was still improving its measures do not tell: "
        + fall
        + "above that"
        + (run.measurable() ? both : ".");
  }

  /** What is left to be gained, and by what; measured in results/fashion-mnist.md and emoji.md. */
  private String next() {
    if (good().equals(Set.of(true))) {
      return "a better teacher, as it is about as good as this one"
          + (run.guidable().getAsBoolean() ? ", or guidance for clearer images" : "");
    }
    String steps = "two evaluations an image (student_steps=2), or ";
    return (run.divisible().getAsBoolean() ? steps : "")
        + "other noise levels and student_sigma, then smaller batches";
  }

  /**
   * The command of a run like this one that is measured on the way, with all settings that this one
   * had, and as many steps. A finished run of the same name would make no step.
   */
  private String measuredOnTheWay() {
    DistillConfig config = run.config();
    Stream<String> known =
        measures.stream().filter(Measured::hasFeatures).map(m -> m.getFeatures());
    String features = known.findFirst().orElse(run.features());
    List<String> words = new ArrayList<>();
    words.add("name=" + config.getName() + "-measured");
    words.add("evaluation.every_steps=" + Math.max(1, config.getSteps() / ADVISED));
    if (config.getEvaluation().getFeatures().isEmpty()) {
      words.add("evaluation.features=" + features);
    }
    // Settings that leave it out mean each step's, of a run that is begun by them.
    if (config.getStudentCritics() != StudentCritics.OF_EACH_STEP) {
      words.add("student_critics=" + config.getStudentCritics());
    }
    if (config.getImages() > 0 || config.getMinutes() > 0) {
      words.add("steps=" + config.getSteps());
    }
    return words.stream()
        .map(word -> " --set " + ShellWord.quoted(word))
        .collect(Collectors.joining("", "./fdistill train --config " + run.settings(), ""));
  }

  private boolean isFalling() {
    return isFallingBy(GAIN);
  }

  /** Whether the last third has the lowest by such a share, and the last is near it. */
  private boolean isFallingBy(double share) {
    double lowest = lowest(late(), onTheWay.length);
    return hasFallenBy(share) && Plateau.isNear(onTheWay[onTheWay.length - 1], lowest);
  }

  /** Whether the last third has the lowest by such a share, whatever the last is. */
  private boolean hasFallenBy(double share) {
    return lowest(late(), onTheWay.length) < (1 - share) * lowest(0, late()) && !isOnPlateau();
  }

  private String fall() {
    return text(
        "from %.3g to %.3g over the last third of its measures",
        lowest(0, late()), lowest(late(), onTheWay.length));
  }

  /** The first measure of the last third. */
  private int late() {
    return onTheWay.length - onTheWay.length / 3;
  }

  /** The measure with the lowest FID. */
  private int best() {
    double lowest = lowest(0, onTheWay.length);
    return IntStream.range(0, onTheWay.length)
        .filter(i -> onTheWay[i] == lowest)
        .findFirst()
        .orElse(0);
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
