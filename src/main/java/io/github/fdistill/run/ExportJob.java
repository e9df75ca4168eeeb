package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.network.ChosenPrecision;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.RecordedThroughput;
import io.github.fdistill.serving.ServedForm;
import io.github.fdistill.serving.ServingKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a student's next version, with all that TensorFlow Serving is started with. */
public final class ExportJob {
  /** Rows of a batch, at most. */
  public static final int MOST_ROWS = 4096;

  private final RunOrder order;
  private final ExportedStudent source;
  private final ServingKit kit;

  private ExportJob(RunOrder order, ExportedStudent source, ServingKit kit) {
    this.order = order;
    this.source = source;
    this.kit = kit;
  }

  /**
   * Exports.
   *
   * @throws InputException when the source is no student, or a setting is refused
   */
  public static ServingKit.Written run(Workspace workspace, ExportConfig settings)
      throws IOException {
    return prepare(RunOrder.of(workspace), settings).run();
  }

  /**
   * Reads the student and checks the settings; nothing is written.
   *
   * @throws InputException when the source is no student, or a setting is refused
   */
  public static ExportJob prepare(RunOrder order, ExportConfig settings) throws IOException {
    Workspace workspace = order.workspace();
    ExportedStudent source = ExportedStudent.open(workspace, settings);
    String name = settings.hasName() ? settings.getName() : source.name();
    require(Folders.isPlainName(name), "name", name, Folders.PLAIN_NAME);
    int rows = settings.hasRows() ? settings.getRows() : ServedForm.ANY_ROWS;
    require(
        !settings.hasRows() || rows >= 1 && rows <= MOST_ROWS,
        "rows",
        "" + rows,
        "a whole number from 1 to " + MOST_ROWS);
    String label = settings.getLabel();
    require(
        label.matches("[A-Za-z][A-Za-z0-9_-]*"), "label", label, "a word such as stable or canary");
    ServedForm form =
        new ServedForm(
            ChosenPrecision.of(settings.getPrecision()),
            settings.getConstants(),
            rows,
            settings.getPng(),
            settings.getTexts());
    Path model = workspace.path("savedmodels").resolve(name);
    StudentModel student = source.student();
    if (settings.hasSteps()) {
      student = student.inSteps(settings.getSteps(), "steps");
    }
    ServingKit kit = new ServingKit(student, form, model, label);
    kit.requireRoom();
    return new ExportJob(order, source, kit);
  }

  private static void require(boolean ok, String name, String found, String needed) {
    if (!ok) {
      throw InputException.ofValue(name, found, needed);
    }
  }

  /** The folder of the versions, whose name is the model's. */
  public Path model() {
    return kit.model();
  }

  /**
   * Writes the version, whole or not at all, after its images were compared with the student's and
   * its speed was measured.
   */
  public ServingKit.Written run() throws IOException {
    Workspace workspace = order.workspace();
    RunRecord record = RunRecord.start(order.words().stream().map(workspace::relative).toList());
    ServedForm form = kit.form();
    return kit.write(
        Expected.of(kit.student(), SampleGrid.of(kit.student())),
        (folder, difference, throughput) -> {
          Path beside = Files.createDirectories(folder.resolve("assets.extra"));
          source.copyRecord(beside);
          record.put("source", workspace.relative(source.student().origin()));
          record.put("weights", source.weights());
          record.put("precision", form.precision().name());
          record.put("constants", form.constants());
          record.put("rows", form.rows());
          record.put("png", form.png());
          record.put("texts", form.texts());
          record.put("steps", kit.student().steps());
          record.put("largest_difference_from_float32", difference);
          record.put(RecordedThroughput.RATES, RecordedThroughput.rates(throughput));
          record.end().write(folder.resolve(RecordedThroughput.FILE));
        });
  }
}
