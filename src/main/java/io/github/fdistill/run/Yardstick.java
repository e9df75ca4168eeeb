package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.NamesNear;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What images are measured against and by which features where nobody says: what the record of a
 * model tells that it was trained on, and the features network that was trained on the same.
 */
public record Yardstick(Workspace workspace) {
  private FeaturesOnDisk features() {
    return new FeaturesOnDisk(workspace);
  }

  /** The settings with a reference and features, where they name none. */
  public EvaluateConfig completed(EvaluateConfig settings) {
    EvaluateConfig.Builder all = settings.toBuilder();
    Optional<RecordFile> record = recordOf(settings.getImages());
    if (!all.hasAgainst()) {
      Optional<String> dataset = told(record, RunPlan.Input.DATASET);
      dataset.filter(PromptsAlone::are).ifPresent(Yardstick::refuse);
      all.setAgainst(dataset.orElseGet(() -> trainingImagesBeside(settings.getImages(), record)));
    }
    if (!all.hasFeatures()) {
      all.setFeatures(
          told(record, RunPlan.Input.FEATURES)
              .or(() -> features().ofDataset(all.getAgainst()))
              .or(() -> features().ofDataset(settings.getImages()))
              .orElse(FeaturesOnDisk.USUAL));
    }
    return all.build();
  }

  /** The record of what images are named by; none of test images. */
  private Optional<RecordFile> recordOf(String images) {
    return ImageSets.isTest(images) ? Optional.empty() : RecordFile.of(workspace.path(images));
  }

  /**
   * That others measure a model in the place of the features that its record names, which are not
   * there; nothing where settings name some.
   */
  Optional<String> replaced(EvaluateConfig settings) {
    return (settings.hasFeatures() ? Optional.<RecordFile>empty() : recordOf(settings.getImages()))
        .flatMap(record -> record.find(RunPlan.Input.FEATURES, "path"))
        .filter(path -> !Files.exists(workspace.path(path)))
        .map(path -> "The features that measured it on the way are not there, " + path);
  }

  /**
   * How images are read: those that a model was trained on, and the test images beside them, as its
   * run read them, by the record; any others as they are.
   *
   * @param model its folder, or a run's
   */
  PictureReading reading(Path model, String images) {
    return RecordFile.of(model)
        .filter(
            told ->
                told.find(RunPlan.Input.DATASET, "path")
                    .filter(path -> isOne(path, images))
                    .isPresent())
        .map(Datasets::reading)
        .orElse(PictureReading.STRICT);
  }

  private boolean isOne(String path, String images) {
    return workspace.relative(workspace.path(path)).equals(features().relative(images));
  }

  private static void refuse(String prompts) {
    throw InputException.ofValue(
        "against", prompts, "pictures to compare with: the model learnt from prompts alone");
  }

  /**
   * Whether a model can be measured against what it was trained on without more being said: both
   * are pictures of one size, which the features take, and of one that takes texts they have some.
   *
   * @param version the model's
   * @param dataset that it was trained on
   * @param features whether the model's own are there; else they are still to be trained
   */
  public boolean measures(Path version, String dataset, boolean features) {
    try {
      StudentModel model = Asking.ALIKE.prepared(NamedModel.readStudent(version, Optional.empty()));
      ImageSource images = ImageSets.onDisk(dataset, workspace.root(), reading(version, dataset));
      String folder = workspace.relative(version);
      EvaluateConfig of = EvaluateConfig.newBuilder().setImages(folder).setAgainst(dataset).build();
      images.check();
      return images.shape().equals(Samples.shown(model))
          && !Drawable.ofLatents(images.shape())
          && (!Asking.takesTexts(model) || images.hasCaptions())
          && (!features || features().takes(completed(of).getFeatures(), images));
    } catch (InputException e) {
      return false;
    }
  }

  /**
   * The command that measures a run's test images as the run measured what it drew on the way: by
   * the same features, and as many where there are so many.
   *
   * @param record the run's
   * @return none where it measured nothing, or has no test images that are read as they are
   */
  Optional<String> ofTestImages(RecordFile record) {
    Optional<String> dataset = told(Optional.of(record), RunPlan.Input.DATASET);
    Optional<String> features = told(Optional.of(record), RunPlan.Input.FEATURES);
    if (dataset.isEmpty()
        || features.isEmpty()
        || !Datasets.reading(record).equals(PictureReading.STRICT)) {
      return Optional.empty();
    }
    String test = ImageSets.test(dataset.get());
    try {
      EvaluationConfig onTheWay = new FirstRun(record).onTheWay();
      long there = ImageSets.onDisk(test, workspace.root(), PictureReading.STRICT).size();
      return Optional.of(
          "./fdistill evaluate "
              + ShellWord.quoted(test)
              + " --features "
              + ShellWord.quoted(features.get())
              + " --samples "
              + Math.min(onTheWay.getSamples(), there)
              + (onTheWay.getReferences() > 0 ? " --references " + onTheWay.getReferences() : ""));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  /**
   * Test images are measured against the training images beside them; of others nothing is known.
   */
  private String trainingImagesBeside(String images, Optional<RecordFile> record) {
    if (ImageSets.isTest(images)) {
      return ImageSets.dataset(images);
    }
    boolean there = Files.exists(workspace.path(images));
    String unknown =
        there ? "no record beside it tells what it was trained on" : "there is no such thing";
    throw new InputException(
        images,
        record
            .flatMap(told -> told.find(RunPlan.Input.DATASET, "path"))
            .map(this::unusable)
            .orElse(unknown),
        there ? "images to compare it with" : "a model or images",
        there ? "name them: --against IMAGES" : "correct its path; " + near(images));
  }

  /** What may be meant where nothing is: of NAME:PART the one part that can be named. */
  private String near(String images) {
    String whole = images.replaceFirst(":[^:/]*$", "");
    return !whole.equals(images) && !whole.isEmpty() && Files.exists(workspace.path(whole))
        ? "its test images are " + ImageSets.test(whole)
        : NamesNear.of(workspace.path(whole), "savedmodels", "runs", "datasets");
  }

  private String unusable(String dataset) {
    boolean there = Files.exists(workspace.path(dataset));
    return "it was trained on " + dataset + ", " + (there ? "a formula" : "which is not there");
  }

  /** What a record names and is there. */
  private Optional<String> told(Optional<RecordFile> record, String role) {
    return record
        .flatMap(r -> r.find(role, "path"))
        .filter(path -> Files.exists(workspace.path(path)) && !path.endsWith(".pbtxt"));
  }
}
