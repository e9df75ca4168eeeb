package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.config.StudyConfig;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.report.Page;
import io.github.fdistill.run.RunName;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.study.Study;
import io.github.fdistill.study.StudyPage;
import io.github.fdistill.study.StudyPlan;
import io.github.fdistill.study.StudyRun;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * {@code fdistill study}: every divergence on teachers known in closed form, and what they show.
 */
final class StudyCommand implements Command {
  private static final String CONFIG = "graphs/mixture/study.pbtxt";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @Override
  public String name() {
    return "study";
  }

  @Override
  public String summary() {
    return "tries every divergence on mixtures of Gaussians, where the truth is known";
  }

  @Override
  public Optional<Message> settings() {
    return Optional.of(StudyConfig.getDefaultInstance());
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG, "seed=1,2", "divergence=JEFFREYS,FORWARD_KL")
        .addOption(
            Flags.valued(
                "page",
                "FOLDER",
                "where the page goes, as HTML and as Markdown (default: the study's folder in"
                    + " runs/)"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill study",
        "./fdistill study --set seed=1 --set divergence=REVERSE_KL,FORWARD_KL --set name=quick");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Path file = Flags.config(line, CONFIG, workspace);
    StudyConfig config = Flags.settings(line, file, StudyConfig.getDefaultInstance(), workspace);
    SettingChecks.check(file, config);
    RunName.requireFree(config.getName());
    Path folder = workspace.path("runs").resolve(config.getName());
    Path page = line.hasOption("page") ? workspace.path(line.getOptionValue("page")) : folder;
    Folders.requireWritable(page);
    try (RunFolder lock = RunFolder.open(folder);
        StopSignal stop = StopSignal.install(PATIENCE)) {
      StudyPlan plan = new StudyPlan(workspace, file, config, folder);
      List<StudyRun> runs = plan.runs();
      Progress.Options progress =
          Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
      boolean finished = Study.run(runs, config.getWorkers(), progress, stop::requested);
      String command = "./fdistill " + RunText.commandLine(words);
      if (!finished) {
        out.println("Stopped.\nGo on:    " + command);
        return;
      }
      Page result = StudyPage.of(command, plan.experiments(runs));
      result.writeMarkdown(page.resolve("README.md"));
      result.writeHtml(page.resolve("index.html"));
      out.println("Page:     " + workspace.relative(page.resolve("index.html")));
    }
  }
}
