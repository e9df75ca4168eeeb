package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.SamplingConfig;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.network.ModelInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings of a measurement that say how a model draws. */
final class DrawingSettings {
  private DrawingSettings() {}

  /**
   * Where no model is asked for images, they would have no effect.
   *
   * @param said of models in the place of what they say of themselves
   * @param sets that are measured, and that they are measured against
   * @throws InputException where all images are stored ones, and a setting says how to draw, or
   *     those that are measured are, and one says what they are drawn away from, which a reference
   *     never is; or where models draw and a setting asks them for classes that they are not asked
   *     for
   */
  static void requireEffect(
      EvaluateConfig settings, Optional<ModelInfo> said, List<ImageSet> sets) {
    List<ImageSet> drawn = sets.stream().filter(ImageSet::isDrawn).toList();
    ImageSet measured = sets.get(0);
    if (settings.hasNegativePrompt() && !drawn.contains(measured)) {
      throw noModel("negative-prompt", measured);
    }
    if (!drawn.isEmpty()) {
      if (settings.getUniformClasses()) {
        requireClasses(drawn);
      }
      return;
    }
    SamplingConfig sampling = settings.getSampling();
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("steps", sampling.getSteps() != 0);
    given.put("guidance", sampling.getGuidance() != 1);
    given.put("bfloat16", sampling.getPrecision() != Precision.FLOAT32);
    given.put("mapping", said.isPresent());
    given.put("prompt", settings.getPromptCount() > 0);
    given.put("prompts", settings.hasPrompts());
    given.put("uniform-classes", settings.getUniformClasses());
    given.forEach(
        (name, is) -> {
          if (is) {
            throw noModel(name, measured);
          }
        });
  }

  private static InputException noModel(String flag, ImageSet stored) {
    return new InputException(
        "--" + flag,
        "says how a model draws, and " + stored.name() + " is no model",
        "a model, or images alone",
        "leave it out");
  }

  /** Refuses classes of models that are asked for none, or for those of their texts. */
  private static void requireClasses(List<ImageSet> drawn) {
    if (drawn.stream().noneMatch(DrawingSettings::ofClassesAlone)) {
      ImageSet first = drawn.get(0);
      throw new InputException(
          "--uniform-classes",
          "says how often a model draws each class, and "
              + first.name()
              + (first.texts(0, 1).isPresent() ? " draws what texts say" : " knows no classes"),
          "a model that is asked for classes alone",
          "leave it out");
    }
  }

  private static boolean ofClassesAlone(ImageSet set) {
    return set.labels(0, 1).isPresent() && set.texts(0, 1).isEmpty();
  }
}
