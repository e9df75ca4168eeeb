package io.github.fdistill.cli;

import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.evaluation.EvaluationText;
import io.github.fdistill.evaluation.Interval;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.run.EvaluateJob;
import io.github.fdistill.run.FrechetJob;
import io.github.fdistill.run.NamedRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill evaluate}: how close images come to others. */
final class EvaluateCommand implements Command {
  private static final String SUBSETS = "kid-subsets";
  static final int SAMPLES = EvaluateConfig.getDefaultInstance().getSamples();

  @Override
  public String name() {
    return "evaluate";
  }

  @Override
  public String summary() {
    return "measures images against others: FID, KID, precision, recall, density, coverage";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("IMAGES");
  }

  @Override
  public Options options() {
    return WorkerFlags.ofDrawing(
            PromptFlag.addNegativeTo(PromptFlag.addTo(SamplingFlags.addTo(new Options()))))
        .addOption(
            Flags.valued(
                "against",
                "IMAGES",
                "the reference: a SavedModel, a dataset's folder (its training images; "
                    + "NAME:test for the others), a folder of pictures, a .npy, or a .npz "
                    + "of a mean and a covariance (default: what the model was trained "
                    + "on). IMAGES are one of these but the .npz, or a run's folder"))
        .addOption(
            Flags.valued(
                "features",
                "MODEL[,MODEL...]",
                "SavedModel with the signature features: images [N,H,W,C] "
                    + "uint8 -> features [N,d] float32 (default: the one that "
                    + "measured the model on the way, else the one that "
                    + "./fdistill features trained on the reference or on IMAGES, "
                    + "else that of Fashion-MNIST); several measure the same images"))
        .addOption(Flags.valued("samples", "N", "images of each set (default " + SAMPLES + ")"))
        .addOption(Flags.valued("repeats", "R", "sets of N images, for the interval (default 1)"))
        .addOption(
            Flags.valued(
                "references",
                "N",
                "images of the reference (default: all of them, of many 50,000)"))
        .addOption(
            Flags.valued(
                SUBSETS,
                "N",
                "subsets of 1,000 images that KID is the mean of (default: 100 to "
                    + "1000, until its error is 5 %, or near 0 half of the draw's); fewer are "
                    + "quicker"))
        .addOption(
            Flags.plain(
                "uniform-classes",
                "draw all classes alike, not as often as the reference has " + "them"))
        .addOption(
            Flags.plain("resize", "resize images on disk to the size that the features take"))
        .addOption(Flags.valued("json", "FILE", "write the numbers as JSON too"))
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill evaluate savedmodels/fashion-mnist-student",
        "./fdistill evaluate savedmodels/fashion-mnist-teacher --steps 9 --bfloat16 --samples 2000",
        "./fdistill evaluate savedmodels/fashion-mnist-student --repeats 3 --json student.json",
        "./fdistill evaluate datasets/fashion-mnist:test",
        "./fdistill evaluate my-pictures --features savedmodels/eyes,other/eyes");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.prepare();
    RunOrder order = RunOrder.of(workspace).shown(!line.hasOption("quiet"));
    Optional<ModelInfo> said = SamplingFlags.modelInfo(line, workspace);
    EvaluateConfig settings = settings(line, workspace);
    Optional<Path> json = Optional.ofNullable(line.getOptionValue("json")).map(workspace::path);
    if (FrechetJob.isFor(workspace, settings)) {
      WorkerFlags.requireAlone(
          line,
          words,
          WorkerFlags.drawing(line),
          "against a mean and a covariance nothing is shared out");
      json.ifPresent(WholeFile::requireWritable);
      tell(FrechetJob.run(order, settings, said), line, words, json, out);
      return;
    }
    Measuring measuring =
        by -> {
          json.ifPresent(WholeFile::requireWritable);
          try (EvaluateJob job = EvaluateJob.prepare(by, settings, said)) {
            out.println(job.memory());
            EvaluationText text = new EvaluationText(job.run());
            out.print(text.table());
            if (json.isPresent()) {
              text.record(LocalWorkers.given(words)).write(json.get());
            }
          }
        };
    WorkerFlags.Together together =
        crew -> {
          if (crew.leads()) {
            measuring.of(order.with(crew));
            crew.end(true);
            return;
          }
          try (EvaluateJob job = EvaluateJob.prepare(order.with(crew), settings, said)) {
            job.follow();
          }
        };
    if (!WorkerFlags.draw(line, words, together)) {
      measuring.of(order);
    }
  }

  /** Measures, and tells what it found. */
  @FunctionalInterface
  private interface Measuring {
    void of(RunOrder order) throws IOException;
  }

  private static void tell(
      FrechetJob.Found found,
      CommandLine line,
      List<String> words,
      Optional<Path> json,
      PrintStream out)
      throws IOException {
    String against = line.getOptionValue("against");
    out.printf(Locale.ROOT, "%s, %,d images%n", found.images(), found.samples());
    String features = line.getOptionValue("features");
    out.println("against " + against + ", a mean and a covariance, by " + features);
    found.notes().forEach(out::println);
    Interval mean = found.frechet();
    out.println("  FID        " + mean);
    if (mean.sets() > 1) {
      Stream<String> each =
          found.each().stream().map(fid -> String.format(Locale.ROOT, "%.4g", fid));
      out.println("  of each    " + each.collect(Collectors.joining(", ")));
      out.printf(Locale.ROOT, "  lowest     %.4g%n", found.lowest());
    }
    if (json.isPresent()) {
      RunRecord record = RunRecord.start(words);
      record.put("images", found.images()).put("against", against);
      record.put("notes", found.notes());
      record.put("samples", found.samples());
      record.put("features", features);
      record.put("features_sha256", found.featuresSha256());
      record.put("fid", mean.mean());
      record.put("fid_of_each", found.each());
      record.put("fid_lowest", found.lowest());
      if (mean.sets() > 1) {
        record.put("fid_half_width_95", mean.halfWidth());
      }
      record.write(json.get());
    }
  }

  private static EvaluateConfig settings(CommandLine line, Workspace workspace) throws IOException {
    EvaluateConfig.Builder settings =
        EvaluateConfig.newBuilder()
            .setImages(NamedRun.model(workspace, line.getArgList().get(0)))
            .setRepeats(Flags.whole(line, "repeats", 1, 1, 100))
            .setResize(line.hasOption("resize"))
            .setUniformClasses(line.hasOption("uniform-classes"))
            .setSampling(SamplingFlags.settings(line));
    Optional.ofNullable(line.getOptionValue("against")).ifPresent(settings::setAgainst);
    Optional.ofNullable(line.getOptionValue("features")).ifPresent(settings::setFeatures);
    if (line.hasOption(PromptFlag.ONE)) {
      settings.addAllPrompt(List.of(line.getOptionValues(PromptFlag.ONE)));
    }
    Optional.ofNullable(line.getOptionValue(PromptFlag.FILE)).ifPresent(settings::setPrompts);
    PromptFlag.negative(line).ifPresent(settings::setNegativePrompt);
    if (line.hasOption("samples")) {
      settings.setSamples(Flags.whole(line, "samples", 0, 1, EvaluateJob.MOST_SAMPLES));
    }
    if (line.hasOption("references")) {
      settings.setReferences(Flags.whole(line, "references", 0, 1, EvaluateJob.MOST_SAMPLES));
    }
    if (line.hasOption(SUBSETS)) {
      settings.setKidSubsets(Flags.whole(line, SUBSETS, 0, 1, EvaluateJob.MOST_SUBSETS));
    }
    return settings.build();
  }
}
