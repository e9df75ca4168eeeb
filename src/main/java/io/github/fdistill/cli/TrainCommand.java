package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.run.BestStudent;
import io.github.fdistill.run.Budget;
import io.github.fdistill.run.DistillInputs;
import io.github.fdistill.run.DistillRun;
import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.Fits;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.RunSession;
import io.github.fdistill.run.Stage;
import io.github.fdistill.run.StudentEvaluation;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.training.Distillation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill train}: distils a teacher into a one-step student. */
final class TrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/distill.pbtxt";

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "distils a teacher into a one-step student and writes the student's SavedModel";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG).addOption(Flags.dryRun());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill train",
        "./fdistill train --set divergence=FORWARD_KL --set name=forward-kl",
        "./fdistill train --set steps=50 --set name=short",
        "./fdistill train --set batch_size=512 --dry-run");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace) throws IOException {
    Sessions.prepare();
    RunOrder order = Flags.order(line, words, workspace, Flags.config(line, CONFIG, workspace));
    DistillConfig none = DistillConfig.getDefaultInstance();
    train(order, Configs.read(order.file(), none, Flags.overrides(line)));
  }

  /** Runs, or goes on. */
  static void train(RunOrder order, DistillConfig read) throws IOException {
    Path file = order.file();
    Workspace workspace = order.workspace();
    DistillConfig asked = Stage.withSteps(read);
    SettingChecks.check(file, asked);
    DistillInputs inputs = DistillInputs.open(workspace, file, asked);
    order.requireSame(inputs.inputs());
    DistillConfig config = inSteps(order, inputs.config(), inputs);
    List<Stage> stages = Stage.of(file, config);
    DenoiserModel teacher = inputs.models().teacher();
    stages.forEach(stage -> Fits.requireKnownNoise(file, stage.config(), teacher));
    try (StudentEvaluation evaluation = evaluation(order, config, inputs)) {
      RunPlan plan = plan(order, config, inputs, evaluation);
      order.requireSame(plan.inputs());
      if (order.dry()) {
        tryOut(order, plan, config, stages, inputs);
        return;
      }
      try (RunSession run = RunSession.open(order, plan)) {
        Path version = run.exported().orElse(null);
        if (version == null) {
          run.begin();
          if (evaluation != null) {
            evaluation.prepare();
          }
          DistillInputs saved = inputs.withSavedTeacher(run.path());
          version = new DistillRun(run, config, stages, saved, evaluation).distil();
        }
        if (version != null) {
          workspace
              .out()
              .print(closing(workspace, version, run.path(), config.getDataset().getPath()));
        }
      }
    }
  }

  private static void tryOut(
      RunOrder order, RunPlan plan, DistillConfig config, List<Stage> stages, DistillInputs inputs)
      throws IOException {
    Checkpoints made = RunSession.checkpoints(order.workspace(), plan);
    DryRun dry = DryRun.here(order, plan, config.getBatchSize(), config.getAccumulationSteps());
    DryRunText.tell(
        order.workspace().out(),
        dry,
        (rows, room) -> DistillRun.rehearse(stages, inputs, made, rows, room));
    for (Stage stage : stages.subList(1, stages.size())) {
      new Distillation(inputs.models(), stage.config(), stage.span()).close();
    }
  }

  private static DistillConfig inSteps(RunOrder order, DistillConfig config, DistillInputs inputs) {
    Budget budget = Budget.of(order.file(), config);
    Configs.check(
        !budget.isGiven() || config.getStageCount() == 0,
        order.file(),
        "stage",
        "a budget beside stages",
        "steps of each stage");
    long images = (long) config.getBatchSize() * Distillation.batchesPerStep(config.getSchedule());
    return budget.applied(order, config, images, () -> DistillRun.secondsPerStep(config, inputs));
  }

  /** Null where none is asked for. */
  private static StudentEvaluation evaluation(
      RunOrder order, DistillConfig config, DistillInputs inputs) {
    return config.getEvaluation().getEverySteps() == 0
        ? null
        : StudentEvaluation.open(order, config, inputs.images());
  }

  private static RunPlan plan(
      RunOrder order, DistillConfig config, DistillInputs inputs, StudentEvaluation evaluation) {
    List<RunPlan.Input> all = new ArrayList<>(inputs.inputs());
    if (evaluation != null) {
      all.add(evaluation.input(order.workspace()));
    }
    return new RunPlan(
        "train",
        config.getName(),
        config.getSeed(),
        config.getSteps(),
        Map.of(RunPlan.CONFIG, config),
        all);
  }

  private static String best(Workspace workspace, Path folder) {
    return new BestStudent(folder, written -> {})
        .measured()
        .map(
            m ->
                String.format(
                    Locale.ROOT,
                    "Best:     %s  (%s: FID %.3g of %,d samples)%n",
                    workspace.relative(folder),
                    m.getImages(),
                    m.getFid(),
                    m.getSamples()))
        .orElse("");
  }

  private static String closing(Workspace workspace, Path version, Path run, String dataset) {
    Path model = version.getParent();
    Path picture = run.resolve(DistillRun.PICTURE);
    String evaluate = "          ./fdistill evaluate " + workspace.relative(model);
    String measured = dataset.isEmpty() ? "" : evaluate + " --against " + dataset + "\n";
    return String.join(
        "\n",
        "Student:  " + workspace.relative(version) + "  (one evaluation an image)",
        "Picture:  "
            + workspace.relative(picture)
            + "  (left the student, right its teacher with Heun's method, "
            + DistillRun.TEACHER_STEPS
            + " steps)",
        best(workspace, run.resolve(BestStudent.FOLDER))
            + "Next:     ./fdistill sample "
            + workspace.relative(model)
            + " --out samples.png",
        measured + "          ./fdistill report " + workspace.relative(run),
        "          ./fdistill serve " + workspace.relative(model),
        "");
  }
}
