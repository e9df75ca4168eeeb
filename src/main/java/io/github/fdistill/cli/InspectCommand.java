package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.inspect.GradientCheck;
import io.github.fdistill.inspect.Inspection;
import io.github.fdistill.inspect.InspectionJson;
import io.github.fdistill.inspect.InspectionText;
import io.github.fdistill.journal.Json;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill inspect}: what a SavedModel holds, and what it can be used for. */
final class InspectCommand implements Command {
  private static final String TAGS = "tags";

  @Override
  public String name() {
    return "inspect";
  }

  @Override
  public String summary() {
    return "says what a SavedModel holds, whether it can be trained, and if not what stops it";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("MODEL");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Flags.valued(
                TAGS,
                "LIST",
                "the graph with these tags and no others, such as train or "
                    + "serve,gpu; '' for the one without (default: serve)"))
        .addOption(Flags.plain("json", "as JSON"))
        .addOption(
            Flags.plain(
                "all",
                "list every variable, function and feature tensor, and all that stops a gradient"))
        .addOption(
            Flags.plain(
                "check-gradients",
                "compare directional derivatives with finite differences; "
                    + "exit code 1 where one is wrong"))
        .addOption(DeviceFlag.option());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill inspect savedmodels/fashion-mnist-teacher",
        "./fdistill inspect savedmodels/fashion-mnist-teacher --check-gradients",
        "./fdistill inspect savedmodels/fashion-mnist-features --json");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out) {
    SavedModel model = SavedModel.read(workspace.path(line.getArgList().get(0)), tags(line));
    Inspection inspection = Inspection.of(model);
    List<GradientCheck> checks =
        line.hasOption("check-gradients") ? GradientCheck.all(model, inspection) : List.of();
    if (line.hasOption("json")) {
      Map<String, Object> all = InspectionJson.of(inspection);
      if (line.hasOption("check-gradients")) {
        all.put("gradient_checks", checks.stream().map(GradientCheck::toMap).toList());
      }
      out.print(Json.pretty(all));
    } else {
      out.print(new InspectionText(inspection, line.hasOption("all")).lines());
      if (!checks.isEmpty()) {
        out.println("\ngradients against finite differences");
        checks.forEach(check -> out.println("  " + check));
      }
    }
    requireRight(model, checks);
  }

  private static Optional<Set<String>> tags(CommandLine line) {
    return Optional.ofNullable(line.getOptionValue(TAGS))
        .map(list -> list.isEmpty() ? Set.of() : Set.copyOf(List.of(list.split(","))));
  }

  private static void requireRight(SavedModel model, List<GradientCheck> checks) {
    List<String> wrong = new ArrayList<>();
    checks.stream().filter(check -> !check.passes()).forEach(check -> wrong.add(check.subject()));
    if (!wrong.isEmpty()) {
      throw new InputException(
          model.folder().toString(),
          "wrong gradients: " + String.join("; ", wrong),
          "gradients within " + GradientCheck.TOLERANCE * 100 + " % of finite differences",
          "report the model's ops: TensorFlow's gradient of one of them is wrong");
    }
  }
}
