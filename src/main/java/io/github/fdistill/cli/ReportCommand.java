package io.github.fdistill.cli;

import io.github.fdistill.files.WholeFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.run.EvaluateJob;
import io.github.fdistill.run.RunMeasurement;
import io.github.fdistill.run.RunReport;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** {@code fdistill report}: a run on one page. */
final class ReportCommand implements Command {
  private static final String PAGE = "report.html";

  @Override
  public String name() {
    return "report";
  }

  @Override
  public String summary() {
    return "writes one HTML page of a run: pictures, curves, settings; also while it goes on";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("RUN");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Flags.valued("out", "FILE", "the page (default " + PAGE + " in RUN)"))
        .addOption(
            Flags.plain(
                "measure",
                "measure the run's model and its teacher first: FID and the "
                    + "rest, and images/s; minutes"))
        .addOption(Flags.valued("samples", "N", "images of each (default 10000)"))
        .addOption(Flags.valued("features", "MODEL", "as of ./fdistill evaluate"))
        .addOption(DeviceFlag.option())
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill report runs/fashion-mnist-student",
        "./fdistill report runs/fashion-mnist-student --measure --samples 2000");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException, ParseException {
    for (String flag : List.of("samples", "features", DeviceFlag.NAME)) {
      if (line.hasOption(flag) && !line.hasOption("measure")) {
        throw new ParseException("--" + flag + " needs --measure");
      }
    }
    Path run = workspace.path(line.getArgList().get(0));
    Path page =
        line.hasOption("out") ? workspace.path(line.getOptionValue("out")) : run.resolve(PAGE);
    RunReport.require(run); // Before anything is measured, or there is a folder for its page.
    if (line.hasOption("out")) {
      WholeFile.requireWritable(page);
    }
    if (line.hasOption("measure")) {
      measurement(line, workspace, run).measure();
    }
    RunReport.write(workspace, run, page);
    out.println("Page:     " + workspace.relative(page));
  }

  private static RunMeasurement measurement(CommandLine line, Workspace workspace, Path run) {
    int most = EvaluateJob.MOST_SAMPLES;
    return new RunMeasurement(
        workspace,
        run,
        Optional.ofNullable(line.getOptionValue("features")),
        Flags.whole(line, "samples", EvaluateCommand.SAMPLES, 1, most),
        Progress.Options.of(Progress.Display.choose(line.hasOption("quiet"))));
  }
}
