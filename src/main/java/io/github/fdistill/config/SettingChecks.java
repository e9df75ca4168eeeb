package io.github.fdistill.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Settings that cannot be: numbers out of their ranges, and what does not go together. */
public final class SettingChecks {
  /**
   * ln of the largest h, and of 1 / h of the least: its square, summed, is a float32, and not 0.
   */
  private static final double LARGEST_LOG_WEIGHT = 43;

  /** A 4x4 convolution of more would not fit into one array. */
  private static final int MOST_CHANNELS = 8192;

  /** The power of a shorter average is more than numbers of a graph hold. */
  private static final double LEAST_RELATIVE_LENGTH = 0.001;

  private SettingChecks() {}

  /** Refuses settings of a distillation that cannot be. */
  public static void check(Path file, DistillConfig c) {
    Ranges.check(file, c);
    named(file, c.getName());
    Configs.check(!c.getTeacher().isEmpty(), file, "teacher", "nothing", "a SavedModel's folder");
    parts(file, c.getBatchSize(), c.getAccumulationSteps());
    int channels = c.getDiscriminator().getChannels();
    Configs.check(
        channels == 0 || 4 <= channels && channels <= MOST_CHANNELS,
        file,
        "discriminator.channels",
        channels,
        "4 to " + MOST_CHANNELS + ", or 0: as many as the feature map has");
    evaluation(file, c.getEvaluation());
    steps(file, c);
    weights(file, c);
    until(file, c);
    optimiser(file, "optimiser", c.getOptimiser());
    optimiser(file, "fake_score.optimiser", c.getFakeScore().getOptimiser());
    optimiser(file, "discriminator.optimiser", c.getDiscriminator().getOptimiser());
    int rank = c.getLora().getRank();
    Configs.check(
        rank > 0 || c.getLora().getTargetsCount() == 0,
        file,
        "lora.targets",
        "layers for adapters, of rank 0",
        "lora.rank: 4 to 128 are usual");
    int averages = Averages.of(c).size();
    for (int i = 0; i < c.getAverageCount(); i++) {
      average(file, "average[" + i + "].", c.getAverage(i));
    }
    Configs.check(
        c.getExportAverage() >= -1 && c.getExportAverage() < averages,
        file,
        "export_average",
        c.getExportAverage(),
        averages > 0
            ? "-1 (the weights as they are) or the index of an average, 0 to " + (averages - 1)
            : "-1 (the weights as they are), or averages to choose from");
    noise(file, c.getNoise());
    PromptsAlone.check(file, c);
  }

  /**
   * Refuses warm-ups that leave a cosine none of the steps that were asked for; how many a budget
   * makes is not known yet.
   */
  public static void warmUps(Path file, DistillConfig c) {
    if (c.getImages() == 0 && c.getMinutes() == 0) {
      warmUp(file, "optimiser", c.getOptimiser(), c.getSteps());
      warmUp(file, "fake_score.optimiser", c.getFakeScore().getOptimiser(), c.getSteps());
      warmUp(file, "discriminator.optimiser", c.getDiscriminator().getOptimiser(), c.getSteps());
    }
  }

  /** The same of a pretraining. */
  public static void warmUps(Path file, PretrainConfig c) {
    if (c.getImages() == 0 && c.getMinutes() == 0) {
      warmUp(file, "optimiser", c.getOptimiser(), c.getSteps());
    }
  }

  /** That levels fall, those say that are made of them. */
  private static void steps(Path file, DistillConfig c) {
    int steps = c.getStudentSteps();
    int levels = c.getStudentLevelCount();
    Configs.check(
        levels == 0 || levels == steps - 1,
        file,
        "student_level",
        levels + " levels beside student_steps " + steps,
        "none (--set student_level=)"
            + (steps == 1 ? "" : ", or " + (steps - 1) + ": one for each step after the first"));
    Configs.check(
        steps == 1 || c.getRatio().getSource() == RatioConfig.Source.DISCRIMINATOR,
        file,
        "ratio.source",
        "EXACT beside student_steps " + steps,
        "DISCRIMINATOR: the density of all the steps' samples is not known");
    long each = (long) steps * c.getAccumulationSteps();
    long below = c.getBatchSize() / each * each;
    boolean alike =
        c.getStudentCritics() != DistillConfig.StudentCritics.OF_EACH_STEP
            || c.getBatchSize() % each == 0;
    Configs.check(
        alike,
        file,
        "batch_size",
        c.getBatchSize(),
        "as many rows for each of student_steps in a part, "
            + (below > 0 ? below + " or " : "")
            + (below + each)
            + (c.getBatchSize() % steps == 0
                ? "; or accumulation_steps by which " + c.getBatchSize() / steps + " can be divided"
                : "")
            + "; or student_critics OF_ALL_STEPS, for which any do");
  }

  /** Of ratios between the bounds, which bins divide by their mean; h is squared and summed. */
  private static void weights(Path file, DistillConfig c) {
    RatioConfig ratio = c.getRatio();
    double most = Math.min(Math.log(ratio.getMax()), ratio.getLogitClip());
    double least = Math.min(-Math.log(ratio.getMin()), ratio.getLogitClip());
    boolean bins = ratio.getBins() > 0;
    // By the mean of a batch's own ratios one of them is at least 1, and none above their number.
    boolean own = bins && ratio.getDecay() == 0;
    double span = bins ? most + least : most;
    double below = powerBelowOne(c) * (bins ? span : least);
    below = own ? Math.min(0, below) : below;
    double above = powerAboveOne(c);
    above *= own && above > 0 ? Math.min(span, Math.log(c.getBatchSize())) : span;
    boolean alpha = c.getDivergence() == DistillConfig.Divergence.ALPHA;
    Configs.check(
        Math.max(Math.abs(below), Math.abs(above)) <= LARGEST_LOG_WEIGHT,
        file,
        alpha ? "alpha" : "divergence",
        (alpha ? c.getAlpha() : c.getDivergence())
            + " with ratios from "
            + ratio.getMin()
            + " to "
            + ratio.getMax(),
        "powers that float32 holds: "
            + (alpha ? "an alpha nearer 0, or " : "")
            + "ratio.min and ratio.max nearer 1, or a lower ratio.logit_clip");
  }

  /** The power of r that h(r) goes as where r is small. */
  private static double powerBelowOne(DistillConfig c) {
    return switch (c.getDivergence()) {
      case REVERSE_KL, SOFTENED_REVERSE_KL, JEFFREYS -> 0;
      case SQUARED_HELLINGER -> 0.5;
      case JENSEN_SHANNON, FORWARD_KL -> 1;
      case NEYMAN_CHI2 -> -1;
      case ALPHA -> c.getAlpha();
    };
  }

  /** The same where r is large. */
  private static double powerAboveOne(DistillConfig c) {
    return switch (c.getDivergence()) {
      case REVERSE_KL, JENSEN_SHANNON -> 0;
      case SQUARED_HELLINGER -> 0.5;
      case FORWARD_KL, JEFFREYS -> 1;
      case SOFTENED_REVERSE_KL, NEYMAN_CHI2 -> -1;
      case ALPHA -> c.getAlpha();
    };
  }

  private static void until(Path file, DistillConfig c) {
    boolean plateau = c.getUntil() == DistillConfig.Until.PLATEAU;
    Configs.check(
        !plateau || c.getEvaluation().getEverySteps() > 0,
        file,
        "until",
        "PLATEAU, and nothing is measured on the way",
        "evaluation.every_steps and evaluation.features beside it, or STEPS");
    Configs.check(
        !plateau || c.getStageCount() == 0,
        file,
        "until",
        "PLATEAU beside stages",
        "STEPS, or no stages");
  }

  /** Refuses settings of a pretraining that cannot be. */
  public static void check(Path file, PretrainConfig c) {
    Ranges.check(file, c);
    named(file, c.getName());
    String dataset = c.getDataset().getPath();
    Configs.check(!dataset.isEmpty(), file, "dataset.path", "nothing", "the images' folder");
    parts(file, c.getBatchSize(), c.getAccumulationSteps());
    average(file, "average.", c.getAverage());
    optimiser(file, "optimiser", c.getOptimiser());
    evaluation(file, c.getEvaluation());
    noise(file, c.getNoise());
    noRollbacks(file, c.getWatch());
  }

  /** It is a student that collapses. What a run has written has the defaults of all settings. */
  private static void noRollbacks(Path file, WatchConfig c) {
    double usual = WatchConfig.getDefaultInstance().getRollbackRate();
    double rate = c.getRollbackRate();
    String why = ": a pretraining has no student whose collapse it could go back from";
    Configs.check(c.getRollbacks() == 0, file, "watch.rollbacks", c.getRollbacks(), "0" + why);
    Configs.check(rate == usual, file, "watch.rollback_rate", rate, usual + why);
  }

  /** Refuses settings of a classifier's training that cannot be. */
  public static void check(Path file, FeaturesConfig c) {
    Ranges.check(file, c);
    named(file, c.getName());
    String dataset = c.getDataset().getPath();
    Configs.check(!dataset.isEmpty(), file, "dataset.path", "nothing", "the images' folder");
    Configs.check(
        c.getPrincipalComponents() == 0 || c.getClassifier().getLevelCount() == 0,
        file,
        "principal_components",
        c.getPrincipalComponents() + " beside a classifier",
        "one of the two: features are of a classifier or of pixels");
    average(file, "average.", c.getAverage());
    optimiser(file, "optimiser", c.getOptimiser());
    warmUp(file, "optimiser", c.getOptimiser(), c.getSteps());
  }

  /** Refuses a network's description of which a number cannot be; its parts are checked with it. */
  public static void check(Path file, NetworkConfig c) {
    Ranges.check(file, c);
  }

  /** Refuses settings of a study that cannot be. */
  public static void check(Path file, StudyConfig c) {
    Ranges.check(file, c);
    named(file, c.getName());
    Configs.check(
        !c.getDistill().isEmpty(), file, "distill", "nothing", "a distillation's settings");
    Configs.check(
        c.getExperimentCount() > 0,
        file,
        "experiment[0].name",
        "nothing: there is no experiment",
        "1 or more, each with a name");
    atLeastOne(file, "divergence", c.getDivergenceCount());
    atLeastOne(file, "seed", c.getSeedCount());
    eachOnce(file, "divergence", c.getDivergenceList());
    eachOnce(file, "seed", c.getSeedList());
    Configs.check(
        !c.getDivergenceList().contains(DistillConfig.Divergence.ALPHA),
        file,
        "divergence",
        "ALPHA",
        "those without a parameter");
    Set<String> names = new HashSet<>();
    for (int i = 0; i < c.getExperimentCount(); i++) {
      String name = c.getExperiment(i).getName();
      Configs.check(
          name.matches("[A-Za-z0-9][A-Za-z0-9-]*") && names.add(name.toLowerCase(Locale.ROOT)),
          file,
          "experiment[" + i + "].name",
          "'" + name + "'",
          "letters, digits and '-', each once, in whatever case");
    }
  }

  /**
   * A power profile has neither a ramp nor a decay for each batch.
   *
   * @param at the path in front of its fields
   */
  private static void average(Path file, String at, AverageConfig c) {
    double length = c.getRelativeLength();
    Configs.check(
        length == 0 || length >= LEAST_RELATIVE_LENGTH,
        file,
        at + "relative_length",
        length,
        "from " + LEAST_RELATIVE_LENGTH + " to 0.288 (0.05 to 0.15 are usual), or 0: decay counts");
    Configs.check(
        c.getRelativeLength() == 0 || c.getRamp() && !c.getEveryBatch(),
        file,
        at + "relative_length",
        length + (c.getRamp() ? " beside every_batch" : " without a ramp"),
        "0: decay, every_batch and ramp count; or relative_length alone");
  }

  private static void evaluation(Path file, EvaluationConfig c) {
    Configs.check(
        c.getEverySteps() == 0 || !c.getFeatures().isEmpty(),
        file,
        "evaluation.features",
        "nothing, and evaluation.every_steps asks for measures",
        "the folder of a features network, such as savedmodels/fashion-mnist-features");
  }

  private static void optimiser(Path file, String path, OptimiserConfig c) {
    beta(file, path + ".beta1", c.getBeta1());
    beta(file, path + ".beta2", c.getBeta2());
    Configs.check(
        !c.getSharded() || c.getState() == OptimiserConfig.State.FLOAT32,
        file,
        path + ".sharded",
        "true, with " + path + ".state " + c.getState(),
        "moments as FLOAT32: those in less room are kept whole by each worker");
    Configs.check(
        c.getSchedule() != OptimiserConfig.Schedule.COSINE
            || c.getFinalRate() <= c.getLearningRate(),
        file,
        path + ".final_rate",
        c.getFinalRate(),
        "from 0 to learning_rate (" + c.getLearningRate() + ")");
  }

  /** Of 1, as float32 has it, a moment would stay 0. */
  private static void beta(Path file, String path, double beta) {
    Configs.check((float) beta < 1, file, path, beta, "at most 0.9999999, below 1 in float32 too");
  }

  private static void warmUp(Path file, String path, OptimiserConfig c, long steps) {
    Configs.check(
        c.getSchedule() != OptimiserConfig.Schedule.COSINE || c.getWarmupSteps() < steps,
        file,
        path + ".warmup_steps",
        c.getWarmupSteps(),
        "fewer than steps (" + steps + "): the cosine begins where the warm-up ends");
  }

  private static void parts(Path file, int batchSize, int parts) {
    String needed = "a divisor of batch_size (" + batchSize + "): the parts of a batch are alike";
    Configs.check(batchSize % parts == 0, file, "accumulation_steps", parts, needed);
  }

  private static void named(Path file, String name) {
    Configs.check(!name.isEmpty(), file, "name", "nothing", "a name for the run and its model");
  }

  private static void noise(Path file, NoiseConfig c) {
    Configs.check(
        c.getSigmaMin() < c.getSigmaMax(),
        file,
        "noise.sigma_min",
        c.getSigmaMin(),
        "less than noise.sigma_max (" + c.getSigmaMax() + ")");
    Configs.check(
        c.getClipMin() < c.getClipMax(),
        file,
        "noise.clip_min",
        c.getClipMin(),
        "less than noise.clip_max (" + c.getClipMax() + ")");
    boolean ofTime =
        switch (c.getDistribution()) {
          case TIME_UNIFORM, TIME_LOGIT_NORMAL -> true;
          case LOG_NORMAL, POLYNOMIAL, LOG_UNIFORM, UNIFORM -> false;
        };
    Configs.check(
        ofTime == (c.getScheduleCase() != NoiseConfig.ScheduleCase.SCHEDULE_NOT_SET),
        file,
        "noise.distribution",
        c.getDistribution() + (ofTime ? ", and no schedule" : " beside a schedule"),
        ofTime
            ? "the schedule whose time it is: ddpm { betas: SCALED_LINEAR steps: 1000 } of Stable"
                + " Diffusion, flow { } or vp { }"
            : "TIME_UNIFORM or TIME_LOGIT_NORMAL, or no schedule");
  }

  private static void eachOnce(Path file, String field, List<?> values) {
    Set<Object> seen = new HashSet<>();
    for (Object value : values) {
      Configs.check(seen.add(value), file, field, value + " twice", "each once");
    }
  }

  private static void atLeastOne(Path file, String field, long value) {
    Configs.check(value >= 1, file, field, value, "1 or more");
  }
}
