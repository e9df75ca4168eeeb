package io.github.fdistill.cli;

import io.github.fdistill.Shown;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionText;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.NamedRun;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.SampleOutput;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.sampling.SharedDrawing;
import io.github.fdistill.workers.Crew;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.tensorflow.ndarray.Shape;

/** {@code fdistill sample}: images from a teacher or a student. */
final class SampleCommand implements Command {
  private static final String OUT = "out";
  private static final String SEEDS = "seeds";

  @Override
  public String name() {
    return "sample";
  }

  @Override
  public String summary() {
    return "draws images from a SavedModel: a student in one evaluation or a few, a teacher in many";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("MODEL");
  }

  @Override
  public Options options() {
    return WorkerFlags.ofDrawing(
            PromptFlag.addNegativeTo(PromptFlag.addTo(SamplingFlags.addTo(new Options()))))
        .addOption(
            Flags.valued(
                OUT,
                "FILE",
                "a .png for a grid (a row for each class), a .npy for float32 "
                    + "[N,H,W,C] in [-1,1] with its labels beside as .labels.npy, "
                    + "or a folder for one .png an image "
                    + "(default samples.png, or the next name that is free)"))
        .addOption(
            Flags.valued(
                SEEDS,
                "LIST",
                "such as 7 or 0-9 or 1,5,20-29 (default 0-9; 0-1999 of a model of points)"))
        .addOption(
            Flags.valued(
                ClassFlag.NAME,
                "LIST",
                "names or numbers, such as ankle-boot or 0-4,bag (default: all; "
                    + "'none' for no class)"))
        .addOption(ConditionFlag.option("default: zeros"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill sample savedmodels/fashion-mnist-teacher",
        "./fdistill sample savedmodels/fashion-mnist-teacher --steps 9 --guidance 2 --class"
            + " sandal,7",
        "./fdistill sample savedmodels/fashion-mnist-teacher --seeds 0-99 --class 8 --out bags.npy",
        "./fdistill sample savedmodels/fashion-mnist-student --seeds 100-119 --out pictures/",
        "./fdistill sample savedmodels/fashion-mnist-student --seeds 0-999 --out all.npy"
            + " --local-workers 2");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.prepare();
    // What can be said of the flags alone comes before a model that may take minutes to read.
    Sampling sampling = SamplingFlags.of(line);
    Optional<long[]> seeds =
        Optional.ofNullable(line.getOptionValue(SEEDS)).map(list -> Seeds.parse(SEEDS, list));
    String file = line.hasOption(OUT) ? line.getOptionValue(OUT) : free(workspace);
    Path path = workspace.path(file);
    SampleOutput output = SampleOutput.of(file, path);
    if (WorkerFlags.drawing(line).isEmpty()) {
      output.requireWritable(path);
    }
    ConditionFlag.texts(line);
    String word = NamedRun.model(workspace, line.getArgList().get(0));
    Optional<ModelInfo> said = SamplingFlags.modelInfo(line, workspace);
    StudentModel opened = NamedModel.openToDraw(workspace.path(word), said);
    sampling.requireFits(opened); // Before texts are encoded, which may take long.
    requireClasses(line, opened);
    PromptFlag.Told told = PromptFlag.told(line, workspace, opened, sampling, out);
    StudentModel model = told.model();
    SampleGrid grid = grid(line, model, seeds, told.prompts(), out);
    Shape shown = Samples.shown(model);
    output.requireRoom(grid, shown);
    Writing writing =
        drawn -> {
          Samples images = drawn.decoded(model);
          int classes = model.info().getClasses();
          output.write(path, images, grid, model.classNames(), classes);
          out.println(
              "Wrote " + Quantities.images(grid.count()) + ": " + file + rows(output, grid, model));
          warn(Math.max(drawn.broken(), images.broken()), grid, out);
        };
    WorkerFlags.Together together =
        crew -> {
          if (crew.leads()) { // The others write nothing.
            output.requireWritable(path);
          }
          crew.requireSame(read(Sha256.ofFolder(Path.of(model.origin())), told.texts(), said));
          draw(crew, model, sampling, grid, writing);
        };
    if (!WorkerFlags.draw(line, words, together)) {
      writing.of(Samples.of(model, sampling, grid));
    }
    if (Drawable.ofLatents(shown)) {
      out.println("These are latents: numbers that a decoder, not in the model, makes pictures of");
    }
  }

  private static void warn(int broken, SampleGrid grid, PrintStream out) {
    if (broken > 0) {
      out.println(
          "Warning: "
              + broken
              + " of the "
              + grid.count()
              + " images hold values that are no numbers.\n"
              + "         The model has diverged in training, or cannot bear --bfloat16");
    }
  }

  /** Writes what was drawn. */
  @FunctionalInterface
  private interface Writing {
    void of(Samples drawn) throws IOException;
  }

  /**
   * What tells what files say here from all else, a line each: what stands in the command line is
   * the same for all.
   *
   * @param prompts that are told
   * @param said of the model in the place of what it says of itself
   */
  static String read(String model, List<String> prompts, Optional<ModelInfo> said) {
    return ("model: " + model + "\n")
        + ("prompts: " + Sha256.ofText(String.join("\n", prompts)) + "\n")
        + said.map(info -> "mapping: " + info.sha256() + "\n").orElse("");
  }

  /** Draws a part, which the first worker writes with all others. */
  private static void draw(
      Crew crew, StudentModel model, Sampling sampling, SampleGrid grid, Writing writing)
      throws IOException {
    Optional<Samples> all = SharedDrawing.of(crew, model, sampling, grid);
    if (all.isPresent()) {
      writing.of(all.get());
      crew.end(true);
    } else {
      crew.ordered();
    }
  }

  /** The flags as an example shows them, for a model that lies in a version's folder. */
  static String howTo(Path version) {
    Shape shown = Samples.shown(NamedModel.readStudent(version, Optional.empty()));
    return PromptFlag.example(version)
        + (Drawable.ofLatents(shown) ? " --out latents.npy" : " --out samples.png");
  }

  /** What is drawn without a name takes the place of nothing. */
  private static String free(Workspace workspace) {
    String file = "samples.png";
    for (int n = 2; Files.exists(workspace.path(file)); n++) {
      file = "samples-" + n + ".png";
    }
    return file;
  }

  /** What the rows of a picture show. */
  private static String rows(SampleOutput output, SampleGrid grid, StudentModel model) {
    Optional<int[]> labels = grid.conditions().labels();
    if (output != SampleOutput.GRID || labels.isEmpty() || model.classNames().isEmpty()) {
      return "";
    }
    return Arrays.stream(labels.get())
        .mapToObj(
            k ->
                k == model.classNames().names().size()
                    ? "no class"
                    : Shown.name(model.classNames().of(k)))
        .collect(Collectors.joining(", ", " (rows: ", ")"));
  }

  private static void requireClasses(CommandLine line, StudentModel model) {
    String asked = line.getOptionValue(ClassFlag.NAME);
    if (asked != null && model.conditioning().input(Conditioning.LABEL).isEmpty()) {
      throw Flags.bad(ClassFlag.NAME, asked, "nothing: the model knows no classes");
    }
  }

  private static SampleGrid grid(
      CommandLine line,
      StudentModel model,
      Optional<long[]> given,
      Optional<ConditionRows> prompts,
      PrintStream out) {
    long most = Integer.MAX_VALUE / numbers(model);
    String usual = Drawable.ofPoints(model.image()) ? "0-1999" : "0-9";
    long[] seeds = given.orElseGet(() -> Seeds.parse(SEEDS, usual));
    int known = model.info().getClasses();
    ConditionRows said = told(line, model);
    ConditionRows told =
        prompts.map(p -> PromptFlag.taken(model.conditioning(), p, said)).orElse(said);
    if (model.conditioning().input(Conditioning.LABEL).isEmpty()) {
      return atMost(most, new SampleGrid(seeds, told));
    }
    if (known == DenoiserModel.UNKNOWN_CLASSES && !line.hasOption(ClassFlag.NAME)) {
      throw Flags.bad(ClassFlag.NAME, "nothing", "classes: the model does not say how many it has");
    }
    int[] all = IntStream.range(0, Math.max(1, known)).toArray();
    ClassFlag flag = new ClassFlag(model.classNames(), known, model.learntNoClass(), out::println);
    return atMost(most, new SampleGrid(seeds, beside(told, flag.labels(line, all))));
  }

  /** Of an image: as it is drawn, as it is shown, or of what it is drawn under, the most. */
  private static long numbers(StudentModel model) {
    long under =
        model.conditioning().inputs().stream().mapToLong(i -> i.each().size()).max().orElse(0);
    return Math.max(under, Math.max(model.image().size(), Samples.shown(model).size()));
  }

  /** Each class under the one condition that is told, or the one class under each condition. */
  private static ConditionRows beside(ConditionRows told, int[] labels) {
    if (told.count() > 1 && labels.length > 1) {
      throw Flags.bad(
          ClassFlag.NAME,
          labels.length + " classes for " + told.count() + " prompts",
          "one class, or one prompt");
    }
    int rows = Math.max(told.count(), labels.length);
    int[] which = new int[rows];
    int[] each = new int[rows];
    for (int i = 0; i < rows; i++) {
      which[i] = Math.min(i, told.count() - 1);
      each[i] = labels[Math.min(i, labels.length - 1)];
    }
    return told.rows(which).with(ConditionRows.ofLabels(each));
  }

  /** One row of what the model takes, as the flags say it; classes are another flag's. */
  private static ConditionRows told(CommandLine line, StudentModel model) {
    Map<String, String> texts = ConditionFlag.texts(line);
    if (texts.containsKey(Conditioning.LABEL)) {
      throw Flags.bad(ConditionFlag.NAME, Conditioning.LABEL, "an input beside it: --class");
    }
    return ConditionText.read(model.conditioning(), texts);
  }

  /** Refuses more than fit into one array. */
  private static SampleGrid atMost(long images, SampleGrid grid) {
    if ((long) grid.seeds().length * grid.conditions().count() > images) {
      throw Flags.bad(
          SEEDS,
          grid.seeds().length
              + " seeds for "
              + grid.conditions().count()
              + (grid.conditions().labels().isPresent() ? " classes" : " prompts"),
          "at most " + images + " images of this size at once");
    }
    return grid;
  }
}
