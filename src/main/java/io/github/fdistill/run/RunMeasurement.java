package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Measures what came of a run, and its teacher, on the same seeds and classes: into the file {@code
 * measures.pbtxt} of the run's folder.
 *
 * @param features the network that images are compared by, or several, separated by commas; empty:
 *     what the run was measured by on the way, or what was trained on its images
 * @param samples of each
 * @param progress how it is shown
 */
public record RunMeasurement(
    Workspace workspace,
    Path run,
    Optional<String> features,
    int samples,
    Progress.Options progress) {
  /** What was measured before; nothing where nothing was. */
  static RunMeasures read(Path run) {
    Path file = new RunFiles(run).measures();
    RunMeasures none = RunMeasures.getDefaultInstance();
    return Files.exists(file) ? Configs.read(file, none, List.of()) : none;
  }

  /**
   * Measures the exported model, the best one that the run kept, and the teacher.
   *
   * @throws InputException when the run has exported nothing, or its images cannot be measured
   */
  public void measure() throws IOException {
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
    String by =
        features
            .or(() -> path(inputs, "features"))
            .or(() -> new Yardstick(workspace).features(dataset))
            .orElse(Yardstick.USUAL_FEATURES);
    RunMeasures.Builder all = RunMeasures.newBuilder();
    for (String each : Yardstick.each(by)) {
      try (FeatureNetwork network = FeatureNetwork.load(workspace.path(each))) {
        measure(network, exported.version(), dataset, path(inputs, "teacher"))
            .forEach(found -> all.addMeasured(found.setFeatures(each)));
      }
    }
    AtomicFile.write(new RunFiles(run).measures(), Configs.print(all.build()));
  }

  /** By one features network: the student, the best one where there is one, and the teacher. */
  private List<Measured.Builder> measure(
      FeatureNetwork network, String student, String dataset, Optional<String> teacher)
      throws IOException {
    ImageSets sets =
        new ImageSets(workspace.root(), network, Sampling.usual(), Optional.empty(), false);
    List<Measured.Builder> all = new ArrayList<>();
    try (ImageSet against = sets.open(dataset, Asking.ALIKE)) {
      int count = Math.toIntExact(against.size().orElseThrow());
      Asking asking = Asking.like(against, count, false);
      Evaluation evaluation =
          Evaluation.against(
              against,
              count,
              network,
              sets.preprocessing(),
              workspace.path(Evaluation.CACHE),
              progress);
      Path best = new RunFiles(run).best();
      all.add(student(evaluation, sets, asking, student).setModel(Measured.Model.STUDENT));
      if (Files.isDirectory(best)) {
        String kept = workspace.relative(best);
        all.add(student(evaluation, sets, asking, kept).setModel(Measured.Model.BEST));
      }
      if (teacher.isPresent()) {
        Optional<ModelInfo> said = ModelInfo.ofTeacher(new RunFiles(run).config());
        all.add(
            measured(evaluation, sets, asking, teacher.get(), asTeacher(), said)
                .setModel(Measured.Model.TEACHER));
      }
    }
    return all;
  }

  private static Optional<String> path(List<RunPlan.Input> inputs, String role) {
    return inputs.stream().filter(i -> i.role().equals(role)).map(RunPlan.Input::path).findFirst();
  }

  /** The teacher as the student learnt from it. */
  private Sampling asTeacher() {
    DistillConfig config =
        Configs.read(new RunFiles(run).config(), DistillConfig.getDefaultInstance(), List.of());
    return new Sampling(Sampling.USUAL_STEPS, config.getGuidance(), Precision.FLOAT32);
  }

  private Measured.Builder student(
      Evaluation evaluation, ImageSets sets, Asking asking, String model) throws IOException {
    return measured(evaluation, sets, asking, model, Sampling.usual(), Optional.empty());
  }

  private Measured.Builder measured(
      Evaluation evaluation,
      ImageSets sets,
      Asking asking,
      String model,
      Sampling sampling,
      Optional<ModelInfo> said)
      throws IOException {
    try (ImageSet images = sets.model(model, workspace.path(model), sampling, said, asking)) {
      Measured.Builder measured =
          evaluation.measure(images, 0, samples).measured().setImages(images.name());
      images.speed().ifPresent(measured::setImagesPerSecond);
      return measured;
    }
  }
}
