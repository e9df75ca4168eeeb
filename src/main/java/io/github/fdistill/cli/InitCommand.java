package io.github.fdistill.cli;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.run.InitJob;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** {@code fdistill init}: settings of one's own, made from images. */
final class InitCommand implements Command {
  private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,3})x([1-9]\\d{0,3})");

  @Override
  public String name() {
    return "init";
  }

  @Override
  public String summary() {
    return "writes the settings that your own images need, and says what to run";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("NAME");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Flags.valued(
                "data", "IMAGES", "a dataset's folder, a folder of pictures or of classes, a .npy"))
        .addOption(
            Flags.valued(
                "minutes",
                "M",
                "that training may take on this machine, teacher, student and "
                    + "features together (default 60)"))
        .addOption(
            Flags.valued(
                "size",
                "HxW",
                "of the images: the middle of each is cut out in these "
                    + "proportions and resized (default: theirs where it is small)"))
        .addOption(DeviceFlag.option());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill init mine --data pictures/",
        "./fdistill init clothes --data datasets/fashion-mnist --minutes 180");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException, ParseException {
    if (!line.hasOption("data")) {
      throw new ParseException("--data IMAGES is needed: the images to make settings for");
    }
    Sessions.prepare();
    double minutes = Flags.number(line, "minutes", 60, 0.01, 1e6);
    InitJob job =
        new InitJob(
            workspace,
            line.getArgList().get(0),
            line.getOptionValue("data"),
            size(line),
            minutes,
            out::println);
    out.print(closing(workspace, job.run()));
  }

  private static Optional<int[]> size(CommandLine line) {
    if (!line.hasOption("size")) {
      return Optional.empty();
    }
    String text = line.getOptionValue("size");
    Matcher parts = SIZE.matcher(text);
    if (!parts.matches()) {
      throw Flags.bad("size", text, "HEIGHTxWIDTH such as 32x32");
    }
    int height = Integer.parseInt(parts.group(1));
    return Optional.of(new int[] {height, Integer.parseInt(parts.group(2))});
  }

  private static String closing(Workspace workspace, InitJob.Written written) {
    String graphs = workspace.relative(written.folder());
    StringBuilder text = new StringBuilder("Settings: " + graphs + "/\n");
    String teacher = Quantities.seconds(written.pretrain()) + ", a teacher";
    String distilled = Quantities.seconds(written.distill()) + ", its one-step student";
    text.append(command("Next:", "pretrain", graphs, teacher));
    text.append(command("", "train", graphs, distilled));
    if (written.hasFeatures()) {
      OptionalDouble seconds = written.features();
      String how = seconds.isPresent() ? Quantities.seconds(seconds.getAsDouble()) : "of pixels";
      text.append(command("", "features", graphs, how + ", to measure by"));
    }
    String student = "savedmodels/" + written.name() + "-student";
    text.append("          ./fdistill sample " + student + "\n");
    if (written.hasFeatures()) {
      text.append("          ./fdistill evaluate " + student + "\n");
    } else {
      text.append(
          "Features: none, for images without classes that are large or few; to measure,\n");
      text.append("          bring a network that takes them (docs/sampling-and-measuring.md)\n");
    }
    return text.toString();
  }

  private static String command(String head, String command, String graphs, String what) {
    String file = command.equals("train") ? "distill" : command;
    String config = graphs + "/" + file + ".pbtxt";
    String line = "./fdistill " + command + " --config " + config;
    return String.format("%-9s %-56s # %s%n", head, line, what);
  }
}
