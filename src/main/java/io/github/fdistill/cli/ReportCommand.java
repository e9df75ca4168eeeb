package io.github.fdistill.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
  public String arguments() {
    return "RUN";
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Flags.valued("out", "FILE", "the page (default " + PAGE + " in RUN)"));
  }

  @Override
  public List<String> examples() {
    return List.of("./fdistill report runs/fashion-mnist-student");
  }

  @Override
  public void run(CommandLine line, List<String> words, Place place)
      throws IOException, ParseException {
    if (line.getArgList().size() != 1) {
      throw new ParseException("one RUN is needed, found " + line.getArgList());
    }
    Path run = place.path(line.getArgList().get(0));
    Path page = line.hasOption("out") ? place.path(line.getOptionValue("out")) : run.resolve(PAGE);
    RunReport.write(run, page);
    place.out().println("Page:     " + place.relative(page));
  }
}
