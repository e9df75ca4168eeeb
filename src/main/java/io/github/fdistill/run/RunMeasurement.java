package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
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
    RunMeasures.Builder all = RunMeasures.newBuilder();
    if (RegularFile.isThere(file)) {
      Configs.read(file, RunMeasures.getDefaultInstance(), List.of())
          .getMeasuredList()
          .forEach(each -> all.addMeasured(withoutDefaults(each)));
    }
    return all.build();
  }

  /**
   * Older files have 0 where nothing was measured: no speed and no text's score is 0, and beside
   * such a score, which they all have, no accuracy is.
   */
  static Measured withoutDefaults(Measured read) {
    Measured.Builder measured = read.toBuilder();
    if (read.hasClipScore() && read.getAccuracy() == 0) {
      measured.clearAccuracy();
    }
    if (read.getClipScore() == 0) {
      measured.clearClipScore();
    }
    if (read.getImagesPerSecond() == 0) {
      measured.clearImagesPerSecond();
    }
    return measured.build();
  }

  /**
   * Whether there is something to measure without more being said: the run has exported a model,
   * which draws pictures as those that it learnt from are.
   *
   * @param features whether these are there; else they are still to be made
   */
  static boolean isPossible(Workspace workspace, Path run, boolean features) {
    try {
      Optional<Path> exported = ExportNote.read(run).map(note -> workspace.path(note.version()));
      Yardstick yardstick = new Yardstick(workspace);
      return exported.isPresent()
          && SameRun.input(run, RunPlan.Input.DATASET)
              .map(RunPlan.Input::path)
              .filter(dataset -> yardstick.measures(exported.get(), dataset, features))
              .isPresent();
    } catch (InputException | IOException e) {
      return false; // What the run notes cannot be read: measuring says so.
    }
  }

  /**
   * Measures the exported model, the best one that the run kept, and the teacher.
   *
   * @throws InputException when the run has exported nothing, its images cannot be measured, or
   *     what is measured could not be written; all before it is
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
    Path file = new RunFiles(run).measures();
    WholeFile.requireWritable(file);
    List<RunPlan.Input> inputs = SameRun.inputs(run);
    String dataset =
        path(inputs, RunPlan.Input.DATASET)
            .filter(path -> !PromptsAlone.are(path))
            .orElseThrow(() -> noImages(exported, inputs));
    String by =
        features
            .or(() -> path(inputs, RunPlan.Input.FEATURES))
            .or(() -> new FeaturesOnDisk(workspace).ofDataset(dataset))
            .orElse(FeaturesOnDisk.USUAL);
    List<String> paths = FeaturesOnDisk.each(by);
    List<FeatureNetwork> networks = new ArrayList<>();
    RunMeasures.Builder all = RunMeasures.newBuilder();
    try {
      for (String each : paths) {
        networks.add(FeatureNetwork.load(workspace.path(each)));
        requireOneSize(each, networks);
      }
      List<List<Measured.Builder>> found =
          measure(networks, exported.version(), dataset, path(inputs, RunPlan.Input.TEACHER));
      for (int i = 0; i < paths.size(); i++) {
        for (List<Measured.Builder> model : found) {
          all.addMeasured(model.get(i).setFeatures(paths.get(i)));
        }
      }
    } finally {
      networks.forEach(FeatureNetwork::close);
    }
    AtomicFile.write(file, Configs.printGiven(all.build()));
  }

  private InputException noImages(ExportNote exported, List<RunPlan.Input> inputs) {
    Optional<String> prompts = path(inputs, RunPlan.Input.DATASET);
    return new InputException(
        run.toString(),
        "the run learnt from no images, with which its model could be compared",
        "a run that learnt from images",
        "compare its model with pictures of your own, by features of their size: ./fdistill"
            + " evaluate "
            + ShellWord.quoted(exported.version())
            + " --against PICTURES --features "
            + features.map(ShellWord::quoted).orElse("FEATURES")
            + prompts.map(path -> " --prompts " + ShellWord.quoted(path)).orElse(""));
  }

  /** The last as the first: images are drawn once for all. */
  private static void requireOneSize(String path, List<FeatureNetwork> networks) {
    FeatureNetwork first = networks.get(0);
    networks
        .get(networks.size() - 1)
        .requireSize(path + ", features", first.height(), first.width(), first.channels());
  }

  /**
   * The student, the best one where there is one, and the teacher: of each what each features
   * network finds.
   */
  private List<List<Measured.Builder>> measure(
      List<FeatureNetwork> networks, String student, String dataset, Optional<String> teacher)
      throws IOException {
    ImageSets sets =
        new ImageSets(workspace.root(), networks.get(0), Sampling.usual(), Optional.empty(), false);
    List<List<Measured.Builder>> all = new ArrayList<>();
    PictureReading reading = new Yardstick(workspace).reading(run, dataset);
    try (ImageSet against = sets.reference(dataset, student, Asking.ALIKE, reading)) {
      int count = Evaluation.references(against.size().orElseThrow(), networks);
      networks.forEach(network -> Evaluation.requireEnough(network, count, samples));
      Asking asking = Asking.like(against, count, false);
      List<Evaluation> by =
          networks.stream().map(network -> against(sets, against, count, network)).toList();
      Path best = new RunFiles(run).best();
      all.add(student(by, sets, asking, student, Measured.Model.STUDENT));
      if (Files.isDirectory(best)) {
        all.add(student(by, sets, asking, workspace.relative(best), Measured.Model.BEST));
      }
      if (teacher.isPresent()) {
        DistillConfig config =
            Configs.read(new RunFiles(run).config(), DistillConfig.getDefaultInstance(), List.of());
        Optional<ModelInfo> said = ModelInfo.ofTeacher(new RunFiles(run).config());
        try (ImageSet images =
            sets.model(
                teacher.get(),
                teacher(teacher.get(), said, student),
                asTeacher(config),
                said,
                asking.told(List.of(), NegativePrompt.of(config)))) {
          all.add(measured(by, images, Measured.Model.TEACHER));
        }
      }
    }
    return all;
  }

  private Evaluation against(ImageSets sets, ImageSet images, int count, FeatureNetwork network) {
    return Evaluation.against(
        images, count, network, sets.preprocessing(), workspace.path(Evaluation.CACHE), progress);
  }

  private static Optional<String> path(List<RunPlan.Input> inputs, String role) {
    return RunPlan.Input.of(inputs, role).map(RunPlan.Input::path);
  }

  /** The teacher; of one that does not say how many classes there are, as many as the student's. */
  private StudentModel teacher(String path, Optional<ModelInfo> said, String student) {
    StudentModel teacher = NamedModel.readStudent(workspace.path(path), said);
    int classes = ModelInfo.in(workspace.path(student)).info().getClasses();
    return classes > 0 ? teacher.withClasses(classes) : teacher;
  }

  /** The teacher as the student learnt from it, in the last stage where there are stages. */
  private static Sampling asTeacher(DistillConfig config) {
    double guidance = Stage.last(config).getGuidance();
    return new Sampling(Sampling.USUAL_STEPS, guidance, Precision.FLOAT32);
  }

  private List<Measured.Builder> student(
      List<Evaluation> by, ImageSets sets, Asking asking, String path, Measured.Model model)
      throws IOException {
    StudentModel read = NamedModel.readStudent(workspace.path(path), Optional.empty());
    try (ImageSet images = sets.model(path, read, Sampling.usual(), Optional.empty(), asking)) {
      return measured(by, images, model);
    }
  }

  /** Images are drawn once; a result for each features network. */
  private List<Measured.Builder> measured(
      List<Evaluation> by, ImageSet images, Measured.Model model) {
    List<Evaluation.Result> results = Evaluation.measure(by, images, 0, samples);
    List<Measured.Builder> all = new ArrayList<>();
    for (Evaluation.Result result : results) {
      Measured.Builder measured = result.measured().setModel(model).setImages(images.name());
      images.speed().ifPresent(measured::setImagesPerSecond);
      all.add(measured);
    }
    return all;
  }
}
