package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.StudentSampler;
import java.util.ArrayList;
import java.util.List;

/**
 * The evaluations that a student makes for an image.
 *
 * @param levels noise level of each, falling, in data units; the first is of noise alone
 * @param sampler how it comes from one to the next
 */
public record StudentSteps(List<Double> levels, StudentSampler sampler) {
  /** Evaluations, at most. */
  public static final int MOST = 8;

  /**
   * Refuses steps that no student can make.
   *
   * @throws InputException when there are none or too many, or they do not fall
   */
  public StudentSteps {
    levels = List.copyOf(levels);
    require(levels, "student_sigma, student_level");
  }

  /** Refuses what a file says of a model's steps. */
  public static void require(DenoiserInfo info, String where) {
    require(levels(info), where);
  }

  private static void require(List<Double> levels, String where) {
    boolean falling = !levels.isEmpty() && levels.size() <= MOST;
    double above = Double.POSITIVE_INFINITY;
    for (double level : levels) {
      falling &= 0 < level && level < above;
      above = level;
    }
    if (!falling) {
      throw new InputException(
          where,
          "a student of the noise levels " + levels,
          "1 to " + MOST + " levels: student_sigma, and each other above 0 and below the last",
          "correct them there");
    }
  }

  /**
   * The refusal of steps that a student does not make.
   *
   * @param name of the value, for messages
   * @param found so many were asked for
   * @param most it was trained for so many
   */
  public static InputException refused(String name, int found, int most) {
    return InputException.ofValue(
        name,
        "" + found,
        most == 1
            ? "none: the model is a student, which needs one evaluation"
            : "1 to " + most + ": the student was trained for so many evaluations");
  }

  /** What is said of a model that is a student. */
  public static StudentSteps of(DenoiserInfo info) {
    return new StudentSteps(levels(info), info.getStudentSampler());
  }

  private static List<Double> levels(DenoiserInfo info) {
    List<Double> levels = new ArrayList<>(List.of(info.getStudentSigma()));
    levels.addAll(info.getStudentLevelList());
    return levels;
  }

  /**
   * What a distillation's settings say. Where no levels are given, step i of K starts from
   *
   * <p>(a^(1/rho) + i/K (b^(1/rho) - a^(1/rho)))^rho, i = 0, ..., K - 1, rho = 7,
   *
   * <p>with a student_sigma and b the lowest noise that is trained for, noise.sigma_min: the levels
   * of a sampler of K + 1, without its last. Karras et al. 2022, Equation 5.
   *
   * @throws InputException when there is no level between a and b
   */
  public static StudentSteps of(DistillConfig c) {
    double first = c.getStudentSigma();
    int count = c.getStudentSteps();
    List<Double> levels = new ArrayList<>(List.of(first));
    if (c.getStudentLevelCount() > 0) {
      levels.addAll(c.getStudentLevelList());
    } else if (count > 1) {
      double least = c.getNoise().getSigmaMin();
      requireAbove(first, least, count);
      double[] all = NoiseLevels.heun(count + 1, least, first, NoiseLevels.RHO);
      for (int i = 1; i < count; i++) {
        levels.add(all[i]);
      }
    }
    return new StudentSteps(levels, c.getStudentSampler());
  }

  private static void requireAbove(double first, double least, int count) {
    if (!(first > least)) {
      throw new InputException(
          "student_sigma, noise.sigma_min",
          "a student_sigma of " + first + ", not above noise.sigma_min " + least,
          "room for the levels of student_steps " + count + ", which go from the one to the other",
          "say each level after the first as student_level, or change one of the two");
    }
  }

  /** How many there are. */
  public int count() {
    return levels.size();
  }

  /** The first of them alone, whose images are samples too. */
  public StudentSteps first(int some) {
    return new StudentSteps(levels.subList(0, some), sampler);
  }

  /** Parts of its noise that each image takes: one for each step that adds noise. */
  int noises() {
    return sampler == StudentSampler.RENOISE ? count() : 1;
  }

  /** What is said of a model, with these steps. */
  public DenoiserInfo in(DenoiserInfo info) {
    DenoiserInfo.Builder said =
        info.toBuilder().setStudentSigma(levels.get(0)).clearStudentLevel().clearStudentSampler();
    if (count() > 1) {
      said.addAllStudentLevel(levels.subList(1, count())).setStudentSampler(sampler);
    }
    return said.build();
  }

  /** So many evaluations in words, such as "2 evaluations". */
  public static String evaluations(int count) {
    return count == 1 ? "one evaluation" : count + " evaluations";
  }
}
