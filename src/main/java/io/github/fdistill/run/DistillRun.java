package io.github.fdistill.run;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.Span;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.tensorflow.Result;

/**
 * A distillation that is not finished yet.
 *
 * @param evaluation on the way, where it is asked for
 */
record DistillRun(
    RunSession session,
    DistillConfig config,
    List<Stage> stages,
    DistillInputs inputs,
    Optional<StudentEvaluation> evaluation) {
  /**
   * How long a step takes, by the time of a few.
   *
   * @param room hears of the variables before there are any, and throws if there is no room
   */
  static double secondsPerStep(
      DistillConfig config, DistillInputs inputs, Consumer<Holdings> room) {
    try (Distillation training = new Distillation(inputs.models(), config)) {
      return training.graph().secondsPerStep(batches(config, inputs), room);
    }
  }

  /**
   * Makes two steps of each stage that is left, to see what they take; writes nothing. Of stages
   * that compute as much the first is tried, and each from where the run stands.
   *
   * @param made the run's checkpoints
   * @param rows images at a time
   * @param room hears of each stage's variables before there are any, and throws if there is no
   *     room
   */
  static Rehearsal rehearse(
      List<Stage> stages, DistillInputs inputs, Checkpoints made, int rows, Consumer<Holdings> room)
      throws IOException {
    long step = made.lastStep();
    Map<DistillConfig, List<Stage>> alike =
        left(stages, step).stream()
            .collect(
                Collectors.groupingBy(Stage::outline, LinkedHashMap::new, Collectors.toList()));
    List<Rehearsal> tried = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (List<Stage> some : alike.values()) {
      Stage stage = some.get(0);
      long first = Math.min(step, stage.span().first());
      Span span = new Span(first, stage.span().end());
      DistillConfig c = stage.config();
      DistillConfig config = c.toBuilder().setBatchSize(rows * c.getAccumulationSteps()).build();
      try (Distillation training = new Distillation(inputs.models(), config, span)) {
        tried.add(training.graph().rehearse(batches(config, inputs), made, room));
      }
      steps.add(some.stream().mapToLong(s -> s.stepsAfter(step)).sum());
    }
    return Rehearsal.ofStages(tried, steps);
  }

  /** The stages that are not over after a step; where all are, the last one. */
  private static List<Stage> left(List<Stage> stages, long step) {
    List<Stage> left = stages.stream().filter(stage -> stage.stepsAfter(step) > 0).toList();
    return left.isEmpty() ? stages.subList(stages.size() - 1, stages.size()) : left;
  }

  static Batches batches(DistillConfig config, DistillInputs inputs) {
    return new Batches(inputs.images(), config.getBatchSize(), config.getSeed());
  }

  /** Distils to the last step or until asked to stop. */
  PreparedRun.Trained distil() throws IOException {
    session
        .rows()
        .name(grid(), inputs.models().student().classNames(), inputs.images().exampleCaptions());
    long made = session.lastCheckpoint();
    requireGradients(made);
    Ending ending = new Ending(session, session.clock(config), plateau(made), made);
    DistillRun run = this;
    PreparedRun.Trained trained = run.distil(ending);
    for (OptionalLong steps = ending.take(); steps.isPresent(); steps = ending.take()) {
      run = run.replanned(steps.getAsLong());
      trained = run.distil(ending);
    }
    return trained;
  }

  /**
   * Builds the first stage that has a GAN loss, where the one that begins has none: whether that
   * loss's gradient comes through the discriminator's network is known before the first step.
   */
  private void requireGradients(long made) {
    List<Stage> left = left(stages, made);
    left.stream()
        .filter(Stage::hasGanLoss)
        .findFirst()
        .filter(stage -> stage != left.get(0))
        .ifPresent(s -> new Distillation(inputs.models(), s.config(), s.span()).close());
  }

  private Optional<Plateau> plateau(long made) {
    return config.getUntil() == DistillConfig.Until.PLATEAU
        ? Optional.of(Plateau.resumed(config, session.files(), made))
        : Optional.empty();
  }

  /** The same with another number of steps; one that may get another has no stages. */
  private DistillRun replanned(long steps) throws IOException {
    DistillConfig changed = config.toBuilder().setSteps(steps).build();
    session.replan(steps, changed);
    Stage only = new Stage(changed, new Span(0, steps));
    return new DistillRun(session, changed, List.of(only), inputs, evaluation);
  }

  private PreparedRun.Trained distil(Ending ending) throws IOException {
    for (Stage stage : stages) {
      boolean last = stage == stages.get(stages.size() - 1);
      long made = session.lastCheckpoint();
      long end = stage.span().end();
      if (!last && (made > end || made == end && !session.looksAreLeft())) {
        continue;
      }
      try (Distillation training =
          new Distillation(
              inputs.models(),
              stage.config(),
              stage.span(),
              session.share(stage.config(), stage.span()))) {
        TrainingLoop.Outcome outcome = run(training, ending);
        if (!outcome.finished() || last) {
          session.end(outcome);
          return new PreparedRun.Trained(
              outcome,
              outcome.finished()
                  ? Optional.of(finish(training.result(), outcome.step()))
                  : Optional.empty());
        }
      }
    }
    throw new IllegalStateException("a run without stages");
  }

  private TrainingLoop.Outcome run(Distillation training, Ending ending) throws IOException {
    session.requireRoom(training.graph());
    Batches batches = batches(config, inputs);
    BestStudent best = new BestStudent(session.files().best(), session::addRecord);
    TrainingLoop.Look pictures =
        TrainingLoop.Look.mayBeLeft(
            config.getPictureEverySteps(),
            (step, log) -> {
              show(training, batches, step, log);
              return Map.of();
            });
    List<TrainingLoop.Look> looks = new ArrayList<>(List.of(pictures));
    evaluation.ifPresent(
        measures ->
            looks.add(
                TrainingLoop.Look.mayBeLeft(
                    config.getEvaluation().getEverySteps(),
                    (step, log) ->
                        ending.heard(step, measures.measure(session, training, step, best)))));
    looks.addAll(ending.looks());
    TrainingLoop.Outputs outputs =
        session.outputs(config.getCheckpoint(), config.getAccumulationSteps(), looks);
    return training.graph().run(batches, outputs, ending::isDue);
  }

  private void show(Distillation training, Batches batches, long step, RunLog log)
      throws IOException {
    StudentModel student = training.result();
    Sampler sampler = Sampler.ofStudent(student, Precision.FLOAT32);
    new RunPictures(session, "student").draw(student, grid(), sampler, step, log);
    long batch = step * Distillation.batchesPerStep(config.getSchedule()) - 1;
    RunPictures.spread(training.noise(), training.read(batches, batch), step, log);
  }

  /** Draws the student beside its teacher, and exports it. */
  private Path finish(StudentModel student, long step) throws IOException {
    double guidance = stages.get(stages.size() - 1).config().getGuidance();
    SampleGrid grid;
    Samples reference;
    try (Sampler sampler =
        Sampler.heun(teacher(), Sampling.USUAL_STEPS, guidance, Precision.FLOAT32)) {
      grid = DrawingTime.within(grid(), sampler);
      reference = new Samples(drawn(sampler, grid), teacher().image());
    }
    Expected expected = Expected.of(student, grid);
    Samples drawn = new Samples(expected.samples(), student.image());
    Path picture = session.files().studentAndTeacher();
    session.rows().drawn(picture.getFileName().toString(), grid, grid());
    Samples.writePicture(
        picture, grid, List.of(drawn.decoded(student), reference.decoded(teacher())));
    return session.export(
        step, version -> StudentExport.write(student, version, expected, session::addRecord));
  }

  /** The teacher's images, which take a large network longer than a few steps of training. */
  private float[] drawn(Sampler teacher, SampleGrid grid) {
    long[] seeds = grid.seedOfEach();
    AtomicInteger runs = new AtomicInteger();
    try (Progress shown = session.progress("teacher", teacher.runs(seeds.length))) {
      return teacher.draw(
          seeds,
          grid.conditionOfEach(),
          prepared -> {
            Result result = prepared.run();
            synchronized (shown) {
              shown.stepTo(runs.incrementAndGet(), 0, "");
            }
            return result;
          });
    }
  }

  private SampleGrid grid() {
    return SampleGrid.of(teacher(), inputs.images().examples());
  }

  private DenoiserModel teacher() {
    return inputs.models().teacher();
  }
}
