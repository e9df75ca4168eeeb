package io.github.fdistill.sampling;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.SamplingConfig;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.network.ChosenPrecision;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import java.util.Locale;
import java.util.Optional;

/**
 * How a model is sampled.
 *
 * @param steps noise levels of Heun's method, or how many of its steps a student makes; 0: {@link
 *     #USUAL_STEPS} of a teacher, all of a student
 * @param guidance of Heun's method; 1: none
 */
public record Sampling(int steps, double guidance, Precision precision) {
  /** Noise levels of a teacher where none are asked for. */
  public static final int USUAL_STEPS = 18;

  /** Noise levels, at most. */
  public static final int MOST_STEPS = 1000;

  /** Guidance that is asked for, at most; a run's own may be more. */
  public static final double MOST_GUIDANCE = 100;

  /**
   * @throws InputException when there are too few steps or too many, or guidance is out of bounds
   */
  public Sampling {
    if (steps < 0 || steps > MOST_STEPS) {
      throw InputException.ofValue("steps", "" + steps, "a whole number from 1 to " + MOST_STEPS);
    }
    if (!(guidance >= 0 && Double.isFinite(guidance))) {
      throw InputException.ofValue("guidance", "" + guidance, "a number from 0");
    }
  }

  /**
   * As settings have it.
   *
   * @throws InputException as the constructor, and of guidance above {@link #MOST_GUIDANCE}
   */
  public static Sampling of(SamplingConfig c) {
    if (c.getGuidance() > MOST_GUIDANCE) {
      throw InputException.ofValue(
          "guidance", "" + c.getGuidance(), "a number from 0 to " + MOST_GUIDANCE);
    }
    return new Sampling(c.getSteps(), c.getGuidance(), ChosenPrecision.of(c.getPrecision()));
  }

  /**
   * Refuses a text that is to be drawn away from, where there is no guidance that does so.
   *
   * @param negative the text, where there is one
   * @throws InputException also of a student, which no guidance can be told
   */
  public void requireGuidance(StudentModel model, Optional<String> negative) {
    if (negative.isPresent() && isStudent(model)) {
      throw InputException.ofValue(
          "negative-prompt",
          negative.get(),
          "nothing: a student has its guidance built in, and the negative prompt of its training"
              + " (the setting negative_prompt)");
    }
    if (negative.isPresent() && guidance == 1) {
      throw InputException.ofValue(
          "negative-prompt",
          negative.get(),
          "guidance too, which draws away from it: --guidance 3");
    }
  }

  /** The usual way in float32, without guidance. */
  public static Sampling usual() {
    return new Sampling(0, 1, Precision.FLOAT32);
  }

  /**
   * Refuses what a model cannot be drawn with.
   *
   * @throws InputException when there is guidance that the model cannot have, or steps of one that
   *     is no denoiser
   */
  public void requireFits(StudentModel model) {
    if (isStudent(model)) {
      if (guidance != 1) {
        throw InputException.ofValue(
            "guidance", "" + guidance, "1: a student has its guidance built in");
      }
      inSteps(model);
      return;
    }
    if (steps == 1) {
      throw InputException.ofValue("steps", "1", "a whole number from 2 to " + MOST_STEPS);
    }
    if (guidance != 1 && model.conditioning().isEmpty()) {
      throw InputException.ofValue("guidance", "" + guidance, "1: the model has no classes");
    }
    if (guidance != 1 && !model.conditioning().knowsNone()) {
      throw InputException.ofValue(
          "guidance", "" + guidance, "1: the model does not say which label means \"no class\"");
    }
    if (guidance != 1 && !model.learntNoClass()) {
      throw InputException.ofValue(
          "guidance",
          "" + guidance,
          "1: the model has not learnt "
              + model.noneOfIts()
              + ", as ./fdistill pretrain --set start="
              + ShellWord.quoted(model.origin())
              + " lets it (docs/import.md)");
    }
    if (guidance != 1 && model.mostRows(2) < 2) {
      throw InputException.ofValue(
          "guidance",
          "" + guidance,
          "1, or rows: 2 in the mapping: with guidance a network takes each image twice, and this"
              + " one takes 1 row");
    }
  }

  /**
   * The sampler of a model; the caller closes it.
   *
   * @throws InputException as {@link #requireFits}
   */
  public Sampler sampler(StudentModel model) {
    requireFits(model);
    return model instanceof DenoiserModel denoiser && !isStudent(model)
        ? Sampler.heun(denoiser, levels(), guidance, precision)
        : Sampler.ofStudent(inSteps(model), precision);
  }

  /** What it does, in words. */
  public String method(StudentModel model) {
    String rounded = precision == Precision.BFLOAT16 ? ", bfloat16" : "";
    if (isStudent(model)) {
      int count = steps > 0 ? steps : model.steps();
      return StudentSteps.evaluations(count) + rounded;
    }
    String guided = guidance == 1 ? "" : String.format(Locale.ROOT, ", guidance %s", guidance);
    return heun(levels()) + guided + rounded;
  }

  /** What Heun's method of so many noise levels is called. */
  public static String heun(int steps) {
    return "Heun, " + steps + " steps";
  }

  /**
   * Evaluations of the network that Heun's method of so many noise levels makes for an image; with
   * guidance it makes twice as many.
   */
  public static int evaluations(int steps) {
    return 2 * steps - 1;
  }

  private int levels() {
    return steps > 0 ? steps : USUAL_STEPS;
  }

  private static boolean isStudent(StudentModel model) {
    return !(model instanceof DenoiserModel) || model.info().getStudentSigma() > 0;
  }

  /** A student of no more steps than are asked for, which are those that it makes first. */
  private StudentModel inSteps(StudentModel student) {
    if (steps == 0) {
      return student;
    }
    if (!(student instanceof DenoiserModel)) {
      throw InputException.ofValue(
          "steps", "" + steps, "none: the model is a generator, not a denoiser");
    }
    return student.inSteps(steps, "steps");
  }
}
