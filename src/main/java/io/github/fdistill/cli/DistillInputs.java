package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.MixtureSamples;
import io.github.fdistill.training.Distillation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a distillation reads: opened, and checked against each other and the settings, before any
 * work starts.
 *
 * @param inputs the same, for the run's record
 */
record DistillInputs(Distillation.Models models, ImageSource images, List<RunPlan.Input> inputs) {

  /**
   * @param file that the config was read from
   * @throws InputException when something is missing or does not fit
   */
  static DistillInputs open(Place place, Path file, DistillConfig config) throws IOException {
    List<RunPlan.Input> inputs = new ArrayList<>();
    ImageSource images = images(place, file, config, inputs);
    DenoiserModel teacher = NamedModel.openTeacher(place.path(config.getTeacher()));
    inputs.add(RunPlan.Input.model(place, "teacher", teacher));
    return new DistillInputs(models(place, file, config, images, teacher, inputs), images, inputs);
  }

  /**
   * The networks as they begin, of a teacher and images that are there already.
   *
   * @param inputs gets what else is read
   * @throws InputException when something is missing or does not fit
   */
  static Distillation.Models models(
      Place place,
      Path file,
      DistillConfig config,
      ImageSource images,
      DenoiserModel teacher,
      List<RunPlan.Input> inputs)
      throws IOException {
    Contract.requireBatch(file, config.getBatchSize(), images);
    Contract.requireFits("teacher", teacher, images);
    Distillation.requireGuidable(teacher, config.getGuidance());
    Contract.requireKnownNoise(file, config, teacher);

    Beginning beginning = new Beginning(place, images, config.getSeed(), inputs);
    DenoiserModel student = beginning.of("student", "student", config.getStudent(), teacher);
    Configs.check(
        student.values().length > 0,
        file,
        "student",
        "nothing, and the teacher has a formula and no weights to begin with",
        "the .pbtxt of a network, such as graphs/mixture/student.pbtxt, or a SavedModel");
    Distillation.Models models = Distillation.Models.of(teacher, student);
    String start = config.getFakeScore().getStart();
    DenoiserModel fakeScore =
        beginning.of("fake_score", "fake_score.start", start, models.fakeScore());
    DenoiserModel generator =
        student.withClasses(images.classes()).asStudent(config.getStudentSigma());
    return new Distillation.Models(teacher, generator, fakeScore);
  }

  /** The images that a setting names, or those of a mixture. */
  static ImageSource images(
      Place place, Path file, DistillConfig config, List<RunPlan.Input> inputs) {
    String path = config.getDataset().getPath();
    Path teacher = place.path(config.getTeacher());
    Optional<GaussianMixture> mixture =
        path.isEmpty() ? NamedModel.mixture(teacher) : Optional.empty();
    Configs.check(
        !path.isEmpty() || mixture.isPresent(),
        file,
        "dataset.path",
        "nothing",
        "the images' folder (only a mixture's description is its own dataset)");
    ImageSource images =
        mixture.isPresent()
            ? new MixtureSamples(mixture.get(), config.getSeed())
            : IdxDataset.open(place.path(path), Split.TRAIN);
    inputs.add(
        RunPlan.Input.dataset(place, mixture.isPresent() ? config.getTeacher() : path, images));
    return images;
  }

  /** A network as a setting says it begins, or as another one does where the setting is empty. */
  private record Beginning(Place place, ImageSource images, long seed, List<RunPlan.Input> inputs) {

    DenoiserModel of(String role, String field, String path, DenoiserModel otherwise)
        throws IOException {
      if (path.isEmpty()) {
        return otherwise;
      }
      DenoiserModel model = NamedModel.open(place.path(path), seed);
      Contract.requireFits(field, model, images);
      Contract.requireAlike(field, otherwise, model);
      Contract.requireWeights(field, model);
      inputs.add(RunPlan.Input.model(place, role, model));
      return model;
    }
  }

  /** The same with the teacher as a SavedModel, written into the run's folder if it is not one. */
  DistillInputs withSavedTeacher(Path run) throws IOException {
    DenoiserModel teacher =
        NamedModel.asSavedModel(models.teacher(), run.resolve("teacher").resolve("1"));
    return new DistillInputs(
        new Distillation.Models(teacher, models.student(), models.fakeScore()), images, inputs);
  }
}
