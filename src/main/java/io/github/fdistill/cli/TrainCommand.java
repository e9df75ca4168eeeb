package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.run.ConfigPaths;
import io.github.fdistill.run.DistillJob;
import io.github.fdistill.run.FeaturesOnDisk;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.StudentJudgement;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.run.Yardstick;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill train}: distils a teacher into a student of one step or a few. */
final class TrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/distill.pbtxt";
  private static final String UNTIL = "until";

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "distils a teacher into a student of one step or a few, and writes its SavedModel";
  }

  @Override
  public Optional<Message> settings() {
    return Optional.of(DistillConfig.getDefaultInstance());
  }

  @Override
  public Options options() {
    return Flags.withDryRun(WorkerFlags.with(Flags.ofRun(CONFIG)))
        .addOption(
            Flags.valued(
                UNTIL,
                "plateau",
                "end where five measures on the way (evaluation.every_steps) "
                    + "bring no 2 % lower FID, after the run's steps at most"));
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
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.prepare();
    RunOrder order = Flags.order(line, words, workspace, Flags.config(line, CONFIG, workspace));
    DistillConfig none = DistillConfig.getDefaultInstance();
    DistillConfig settings = until(line, Flags.settings(line, order.file(), none, workspace));
    WorkerFlags.run(line, order, settings, each -> train(each, settings, out));
  }

  private static DistillConfig until(CommandLine line, DistillConfig settings) {
    if (!line.hasOption(UNTIL)) {
      return settings;
    }
    if (!line.getOptionValue(UNTIL).equals("plateau")) {
      throw Flags.bad(
          UNTIL,
          line.getOptionValue(UNTIL),
          "plateau; without the flag a run ends after its steps");
    }
    return settings.toBuilder().setUntil(DistillConfig.Until.PLATEAU).build();
  }

  /** Runs, or goes on. */
  static void train(RunOrder order, DistillConfig settings, PrintStream out) throws IOException {
    try (PreparedRun run = DistillJob.prepare(order, settings)) {
      RunText.run(run, out, result -> closing(order, result, settings));
    }
  }

  /**
   * How good the student is, as far as the run measured it, and whether it was still improving;
   * nothing where it neither was measured nor can be, by features that are still to be made either.
   */
  private static String judged(Workspace workspace, RunResult result, boolean measurable) {
    return StudentJudgement.of(workspace, result.folder(), measurable)
        .map(found -> "Quality:  " + String.join("\n          ", found.sentences()) + "\n")
        .orElse("");
  }

  private static String best(Workspace workspace, RunResult result) {
    Path folder = result.files().best();
    return result
        .best()
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

  /**
   * The command that measures, after one that makes the features where there are none yet; nothing
   * where it would refuse.
   *
   * @param measurable whether it measures by features that there are
   */
  private static String measured(RunOrder order, Path version, String dataset, boolean measurable) {
    Workspace workspace = order.workspace();
    Path config = order.file().resolveSibling("features.pbtxt");
    boolean there =
        new FeaturesOnDisk(workspace).ofDataset(dataset).isPresent()
            || !isOf(dataset, config, workspace);
    if (!(there ? measurable : new Yardstick(workspace).measures(version, dataset, false))) {
      return "";
    }
    return (there
            ? ""
            : "          ./fdistill features --config " + RunText.word(workspace, config) + "\n")
        + ("          ./fdistill evaluate " + RunText.word(workspace, version.getParent()) + "\n");
  }

  /** Whether a file is there that makes features of this dataset, and not of another. */
  private static boolean isOf(String dataset, Path config, Workspace workspace) {
    FeaturesConfig none = FeaturesConfig.getDefaultInstance();
    try {
      FeaturesConfig said =
          ConfigPaths.found(workspace, config, Configs.read(config, none, List.of()));
      return workspace.path(said.getDataset().getPath()).equals(workspace.path(dataset));
    } catch (InputException e) { // None, or one that has to be mended first.
      return false;
    }
  }

  private static String closing(RunOrder order, RunResult result, DistillConfig settings) {
    String dataset = settings.getDataset().getPath();
    String evaluations = StudentSteps.evaluations(settings.getStudentSteps());
    Workspace workspace = order.workspace();
    Path version = result.model().orElseThrow();
    Path model = version.getParent();
    Path picture = result.files().studentAndTeacher();
    boolean images = !dataset.isEmpty() && !PromptsAlone.are(settings.getDataset());
    boolean measurable = images && new Yardstick(workspace).measures(version, dataset, true);
    String measured = images ? measured(order, version, dataset, measurable) : "";
    return String.join(
        "\n",
        "Student:  " + workspace.relative(version) + "  (" + evaluations + " an image)",
        "Picture:  "
            + workspace.relative(picture)
            + "  (left the student, right its teacher with Heun's method, "
            + Sampling.USUAL_STEPS
            + " steps)",
        judged(workspace, result, measurable)
            + best(workspace, result)
            + "Next:     ./fdistill sample "
            + RunText.word(workspace, model)
            + SampleCommand.howTo(version),
        measured + "          ./fdistill report " + RunText.word(workspace, result.folder()),
        "          ./fdistill serve " + RunText.word(workspace, model),
        "");
  }
}
