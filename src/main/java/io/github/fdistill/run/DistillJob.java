package io.github.fdistill.run;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.DistillationChecks;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Memories;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.Share;
import io.github.fdistill.training.Span;
import io.github.fdistill.workers.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Distils a teacher into a student of one step or a few. */
public final class DistillJob {
  private DistillJob() {}

  /**
   * Distils, or goes on where an earlier session of the same run stopped.
   *
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static RunResult run(Workspace workspace, DistillConfig settings) throws IOException {
    try (PreparedRun run = prepare(RunOrder.of(workspace), settings)) {
      return run.run();
    }
  }

  /**
   * Reads and checks all that the run needs; the caller closes it.
   *
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static PreparedRun prepare(RunOrder order, DistillConfig settings) throws IOException {
    Path file = order.file();
    DistillConfig asked = Stage.withSteps(settings);
    SettingChecks.check(file, asked);
    if (order.first().isEmpty()) { // The steps of one that is repeated may be of a budget.
      SettingChecks.warmUps(file, asked);
    }
    Stage.of(file, asked); // What stages set is refused before anything is loaded, too.
    Configs.check(
        !Budget.of(file, asked).isGiven() || asked.getStageCount() == 0,
        file,
        asked.getImages() > 0 ? "images" : "minutes",
        "a budget beside stages",
        "0: each stage has its steps");
    SettingsAlone.require(order, asked);
    DistillConfig chosen = RunPrecision.chosen(order.workspace(), asked);
    DistillInputs inputs = DistillInputs.open(order, chosen);
    order.requireSame(inputs.inputs());
    DistillConfig config = inSteps(order, inputs.config(), inputs);
    List<Stage> stages = Stage.of(file, config);
    Optional<StudentEvaluation> evaluation = evaluation(order, config, inputs);
    try {
      RunPlan plan = plan(order, config, inputs, evaluation);
      order.requireSame(plan.inputs());
      return new PreparedRun(
          order,
          plan,
          new PreparedRun.Batching(
              config.getBatchSize(),
              config.getAccumulationSteps(),
              DistillationChecks.rowsTogether(config)),
          new Work(config, stages, inputs, evaluation));
    } catch (RuntimeException e) {
      evaluation.ifPresent(StudentEvaluation::close);
      throw e;
    }
  }

  private static DistillConfig inSteps(RunOrder order, DistillConfig config, DistillInputs inputs)
      throws IOException {
    long images = (long) config.getBatchSize() * Distillation.batchesPerStep(config.getSchedule());
    // What a worker computes of a batch; all of it may not fit into the memory of one.
    int share = config.getBatchSize() / order.workers();
    DistillConfig timed = config.toBuilder().setBatchSize(share).build();
    Consumer<Holdings> room = holdings -> Room.requireTimed(order, config, holdings);
    DistillConfig known =
        Budget.of(order.file(), config)
            .applied(order, config, images, () -> DistillRun.secondsPerStep(timed, inputs, room));
    if (config.getUntil() != DistillConfig.Until.PLATEAU) {
      return known;
    }
    Path run = RunSession.folder(order.workspace(), config.getName());
    OptionalLong ended = Plateau.ended(new RunFiles(run));
    return ended.isPresent() ? known.toBuilder().setSteps(ended.getAsLong()).build() : known;
  }

  private static Optional<StudentEvaluation> evaluation(
      RunOrder order, DistillConfig config, DistillInputs inputs) {
    return config.getEvaluation().getEverySteps() == 0
        ? Optional.empty()
        : Optional.of(StudentEvaluation.open(order, config, inputs.images()));
  }

  private static RunPlan plan(
      RunOrder order,
      DistillConfig config,
      DistillInputs inputs,
      Optional<StudentEvaluation> evaluation) {
    List<RunPlan.Input> all = new ArrayList<>(inputs.inputs());
    evaluation.ifPresent(e -> all.add(e.by().input(order.workspace())));
    return new RunPlan(
        "train",
        config.getName(),
        config.getSeed(),
        config.getSteps(),
        Map.of(RunPlan.CONFIG, config),
        all);
  }

  private record Work(
      DistillConfig config,
      List<Stage> stages,
      DistillInputs inputs,
      Optional<StudentEvaluation> evaluation)
      implements PreparedRun.Work {

    @Override
    public ImageSource images() {
      return inputs.images();
    }

    @Override
    public List<String> notes() {
      List<String> notes = new ArrayList<>(PreparedRun.Work.super.notes());
      notes.addAll(NetworkNotes.of(inputs.models(), config));
      Stage.noteOfAlpha(stages).ifPresent(notes::add);
      return notes;
    }

    @Override
    public PreparedRun.Trained train(RunSession session) throws IOException {
      evaluation.ifPresent(measured -> measured.by().prepare());
      DistillInputs saved = inputs.withSavedTeacher(session.files());
      return new DistillRun(session, config, stages, saved, evaluation).distil();
    }

    @Override
    public void follow(Order order, Share share, BooleanSupplier stop) throws IOException {
      DistillConfig stage = DistillConfig.parseFrom(order.body());
      Span span = new Span(order.numbers()[0], order.numbers()[1]);
      try (Distillation training = new Distillation(inputs.models(), stage, span, share)) {
        training.graph().follow(DistillRun.batches(stage, inputs), stop);
      }
    }

    @Override
    public Rehearsal rehearse(Checkpoints made, int rows, Consumer<Holdings> room)
        throws IOException {
      return DistillRun.rehearse(stages, inputs, made, rows, room);
    }

    @Override
    public OptionalInt mostRows() {
      return CalledRows.most(inputs.models(), config);
    }

    @Override
    public OnGpu onGpu() {
      Stage first = stages.get(0);
      try (Distillation training =
          new Distillation(
              inputs.models(), first.config(), first.span(), Share.ALL, Memories.TWO)) {
        return OnGpu.of(training.graph());
      }
    }

    @Override
    public void close() {
      evaluation.ifPresent(StudentEvaluation::close);
    }
  }
}
