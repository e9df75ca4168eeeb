package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DataRange;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import java.util.Set;

/** Whether settings and models go together; asked before a run begins. */
public final class DistillationChecks {
  private static final String NAMES =
      "names of weights of convolutions and products of one of them, as ./fdistill inspect NAME"
          + " --all lists them";

  private DistillationChecks() {}

  /** Refuses guidance by a teacher that does not know "no class", or "no text". */
  public static void requireGuidable(DenoiserModel teacher, double guidance) {
    if (guidance != 1 && !teacher.learntNoClass()) {
      throw new InputException(
          "field guidance",
          "" + guidance,
          "1 (none): " + teacher.origin() + " has not learnt " + teacher.noneOfIts(),
          "take guidance 1, or let it learn that first: ./fdistill pretrain --set start="
              + ShellWord.quoted(teacher.origin())
              + " (docs/import.md)");
    }
    if (guidance != 1 && !teacher.conditioning().knowsNone()) {
      throw new InputException(
          "field guidance",
          "" + guidance,
          "1 (none): "
              + teacher.origin()
              + (teacher.conditioning().isEmpty()
                  ? " takes no label"
                  : " does not say in assets.extra/denoiser.pbtxt "
                      + unknownNone(teacher.conditioning())),
          "take guidance 1, or a teacher that knows \"no class\"");
    }
  }

  /** What is not known of the first input whose none is not. */
  private static String unknownNone(Conditioning conditioning) {
    return conditioning.inputs().stream()
        .filter(input -> input.none().isEmpty())
        .map(Conditioning.Input::name)
        .map(
            name ->
                name.equals(Conditioning.LABEL)
                    ? "how many classes it has"
                    : "what " + name + " is where there is none: none { input: \"" + name + "\" }")
        .findFirst()
        .orElseThrow();
  }

  /** Refuses several steps of a student that is no denoiser. */
  public static void requireSteps(StudentModel student, DistillConfig config) {
    if (config.getStudentSteps() > 1 && !(student instanceof DenoiserModel)) {
      throw new InputException(
          "field student_steps",
          "" + config.getStudentSteps(),
          "1: " + student.origin() + " is a generator, which makes images of noise at once",
          "take student_steps 1, or a student that is a denoiser, such as the teacher");
    }
  }

  /** Images that a part of a batch has a multiple of: one for each step that has critics. */
  public static int rowsTogether(DistillConfig config) {
    return Choices.critics(config);
  }

  /** Refuses parts of a batch in which one step would have more rows than another. */
  static void requireRowsOfEachStep(StepInputs in, DistillConfig config) {
    int steps = rowsTogether(config);
    if (in.rows() % steps != 0) {
      throw new InputException(
          "field batch_size",
          in.batchSize() + " images in " + in.parts() + " parts, of " + in.rows() + " each",
          "parts of a multiple of "
              + steps
              + " images with student_critics OF_EACH_STEP: as many for each step",
          "another batch_size or accumulation_steps, or student_critics OF_ALL_STEPS");
    }
  }

  /** Refuses to halve weights of the teacher's that adapters stand beside. */
  public static void requireHalvable(Models models, DistillConfig config) {
    boolean shared =
        config.getLora().getRank() > 0
            && (models.student().weights() == models.teacher().weights()
                || models.fakeScore().weights() == models.teacher().weights());
    if (config.getFrozen() != DistillConfig.Frozen.FLOAT32 && shared) {
      throw new InputException(
          "field frozen",
          "" + config.getFrozen(),
          "FLOAT32 with lora: teacher, student and fake score share these weights, whose gradients"
              + " the adapters need",
          "leave out one of frozen and lora, in another run where one was begun so (--set"
              + " name=...); adapters save more");
    }
  }

  /**
   * Refuses adapters for layers that neither student nor fake score has, and a network that none of
   * them is for.
   */
  public static void requireAdapters(Models models, LoraConfig lora) {
    StudentModel student = models.student();
    DenoiserModel fakeScore = models.fakeScore();
    if (lora.getRank() == 0 || !student.hasWeights() || !fakeScore.hasWeights()) {
      return;
    }
    boolean alike = student.function() == fakeScore.function();
    Set<String> fitting = fitting(student, lora);
    if (!alike) {
      fitting.addAll(fitting(fakeScore, lora));
    }
    for (String target : lora.getTargetsList()) {
      if (!fitting.contains(target)) {
        String neither = alike ? "" : ", nor of " + fakeScore.origin();
        throw Adapters.unfit(target, student.origin() + neither, NAMES);
      }
    }
  }

  private static Set<String> fitting(StudentModel model, LoraConfig lora) {
    Adapters adapters = TrainedModel.of(model, lora).adapters().orElseThrow();
    return adapters.fitting(lora.getTargetsList());
  }

  /** Refuses features of the discriminator that its network does not have. */
  public static void requireFeatures(Models models, DistillConfig config) {
    DiscriminatorFeatures.of(models, config.getDiscriminator());
  }

  /** Refuses an exact ratio of a teacher that does not know its density. */
  public static void requireRatio(DenoiserModel teacher, DistillConfig config) {
    if (config.getRatio().getSource() == RatioConfig.Source.EXACT) {
      ExactRatio.requireKnown(teacher);
    }
  }

  /**
   * Refuses levels by a schedule's time for a teacher of images in a range of another width than
   * ours: the schedule's levels are in its range, and not those that it is asked at.
   */
  public static void requireTimes(DenoiserModel teacher, NoiseConfig noise) {
    DataRange range = teacher.info().getMapping().getRange();
    boolean timed = noise.getScheduleCase() != NoiseConfig.ScheduleCase.SCHEDULE_NOT_SET;
    if (timed && Math.abs(range.getHigh() - range.getLow() - 2) > 1e-9) {
      throw new InputException(
          "field noise.distribution",
          noise.getDistribution()
              + " for a teacher of images from "
              + range.getLow()
              + " to "
              + range.getHigh(),
          "one of noise levels themselves, such as LOG_UNIFORM or POLYNOMIAL",
          "take that, without a schedule in noise; or a teacher of images from -1 to 1");
    }
  }

  /** Refuses noise levels whose numbers do not go together, such as a schedule without steps. */
  public static void requireLevels(NoiseConfig noise) {
    Choices.noise(noise);
  }
}
