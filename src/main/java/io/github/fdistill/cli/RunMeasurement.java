package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.ModelInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;

/**
 * Measures what came of a run, and its teacher, on the same seeds and classes: into the file {@code
 * measures.pbtxt} of the run's folder.
 */
record RunMeasurement(CommandLine line, Place place, Path run) {
  static final String FILE = "measures.pbtxt";
  private static final int SAMPLES = 10_000;

  /** What was measured before; nothing where nothing was. */
  static RunMeasures read(Path run) {
    Path file = run.resolve(FILE);
    RunMeasures none = RunMeasures.getDefaultInstance();
    return Files.exists(file) ? Configs.read(file, none, List.of()) : none;
  }

  /**
   * Measures the exported model, the best one that the run kept, and the teacher.
   *
   * @throws InputException when the run has exported nothing, or its images cannot be measured
   */
  void measure() throws IOException {
    ExportNote exported =
        ExportNote.read(run)
            .orElseThrow(
                () ->
                    new InputException(
                        run.toString(),
                        "the run has exported no model yet",
                        "a finished run, to measure what came of it",
                        "go on with the run, or leave out --measure"));
    List<RunPlan.Input> inputs = SameRun.inputs(run);
    String dataset = path(inputs, "dataset").orElseThrow();
    Progress.Options how = Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    String features = line.getOptionValue("features", EvaluateCommand.FEATURES);
    try (FeatureNetwork network = FeatureNetwork.load(place.path(features))) {
      ImageSets sets = new ImageSets(line, place, network);
      RunMeasures.Builder all = RunMeasures.newBuilder();
      try (ImageSet against = sets.open(dataset)) {
        int count = Math.toIntExact(against.size().orElseThrow());
        Evaluation evaluation =
            Evaluation.against(
                against, count, network, sets.preprocessing(), place.path(Evaluation.CACHE), how);
        Path best = run.resolve(BestStudent.FOLDER);
        all.addMeasured(student(evaluation, sets, exported.version()));
        if (Files.isDirectory(best)) {
          all.addMeasured(student(evaluation, sets, place.relative(best)));
        }
        Optional<String> teacher = path(inputs, "teacher");
        if (teacher.isPresent()) {
          Optional<ModelInfo> said = SamplingFlags.ofTeacher(run.resolve(RunPlan.CONFIG));
          all.addMeasured(measured(evaluation, sets, teacher.get(), asTeacher(), said));
        }
      }
      AtomicFile.write(run.resolve(FILE), Configs.print(all.build()));
    }
  }

  private static Optional<String> path(List<RunPlan.Input> inputs, String role) {
    return inputs.stream().filter(i -> i.role().equals(role)).map(RunPlan.Input::path).findFirst();
  }

  /** The teacher as the student learnt from it. */
  private Sampling asTeacher() {
    DistillConfig config =
        Configs.read(run.resolve(RunPlan.CONFIG), DistillConfig.getDefaultInstance(), List.of());
    return new Sampling(Sampling.USUAL_STEPS, config.getGuidance(), Precision.FLOAT32);
  }

  private Measured student(Evaluation evaluation, ImageSets sets, String model) throws IOException {
    return measured(evaluation, sets, model, Sampling.usual(), Optional.empty());
  }

  private Measured measured(
      Evaluation evaluation,
      ImageSets sets,
      String model,
      Sampling sampling,
      Optional<ModelInfo> said)
      throws IOException {
    try (ImageSet images = sets.model(model, place.path(model), sampling, said)) {
      int samples = sets.count("samples", images, SAMPLES, 1);
      Measured.Builder measured =
          evaluation.measure(images, 0, samples).measured().setImages(images.name());
      images.speed().ifPresent(measured::setImagesPerSecond);
      return measured.build();
    }
  }
}
