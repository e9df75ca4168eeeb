package io.github.fdistill.run;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The noise levels that a network knows, beyond which it is not asked.
 *
 * @param low the least sigma
 * @param high the most; may be infinite
 * @param whose they are, for messages
 */
record KnownNoise(double low, double high, String whose) {

  /** Those that a model was trained for, as it says. */
  static KnownNoise of(DenoiserModel model) {
    return new KnownNoise(model.info().getSigmaMin(), model.info().getSigmaMax(), model.origin());
  }

  /**
   * Those that a network which is to be trained has a time for: of EDM's any.
   *
   * @param file that its description stands in
   */
  static KnownNoise of(NetworkConfig network, Path file) {
    return Networks.convention(network, file.toString())
        .map(told -> new KnownNoise(told.sigmaMin(), told.sigmaMax(), "the network in " + file))
        .orElse(new KnownNoise(0, Double.POSITIVE_INFINITY, file.toString()));
  }

  /**
   * The config with noise levels that the teacher knows, where it does not say them itself, and
   * with those of each step of a student of several.
   *
   * @param student a denoiser, or a generator, which begins at no level
   * @throws io.github.fdistill.InputException for levels that it says and the teacher was not
   *     trained for
   */
  DistillConfig within(Path file, DistillConfig config, StudentModel student) {
    DistillConfig.Builder known = config.toBuilder();
    if (!config.hasStudentSigma() && config.getStudentSigma() > high) {
      known.setStudentSigma(high);
    }
    known.setNoise(within(file, config.getNoise(), drawsLogNormal(config)));
    if (config.getStudentSteps() > 1 && config.getStudentLevelCount() == 0) {
      List<Double> levels = StudentSteps.of(known.build()).levels();
      known.addAllStudentLevel(levels.subList(1, levels.size()));
    }
    require(file, known.build(), student);
    boolean changed =
        !known.getNoise().equals(config.getNoise())
            || known.getStudentSigma() != config.getStudentSigma()
            || known.getStudentLevelCount() != config.getStudentLevelCount();
    return changed ? known.build() : config;
  }

  /**
   * The same of a pretraining, whose network has no time for others.
   *
   * @throws io.github.fdistill.InputException for levels that it says and the network has no time
   *     for
   */
  PretrainConfig within(Path file, PretrainConfig config) {
    NoiseConfig noise = within(file, config.getNoise(), isLogNormal(config.getNoise()));
    requireLevels(file, noise);
    return noise.equals(config.getNoise()) ? config : config.toBuilder().setNoise(noise).build();
  }

  /**
   * @param clipped whether levels without ends are drawn, which end here then
   */
  private NoiseConfig within(Path file, NoiseConfig asked, boolean clipped) {
    NoiseConfig.Builder noise = asked.toBuilder();
    if (!noise.hasSigmaMax() && noise.getSigmaMax() > high) {
      noise.setSigmaMax(high);
    }
    if (!noise.hasSigmaMin() && noise.getSigmaMin() < low) {
      noise.setSigmaMin(low);
    }
    if (clipped) {
      clip(noise);
    }
    boolean most = asked.hasSigmaMax();
    requireRange(file, "noise.sigma", most, noise.getSigmaMin(), noise.getSigmaMax());
    requireRange(file, "noise.clip", asked.hasClipMax(), noise.getClipMin(), noise.getClipMax());
    return noise.build();
  }

  /**
   * Refuses an end that is said beyond the other one, which is as far as is known.
   *
   * @param field of both ends, without which of them
   * @param highest whether that one is said
   */
  private void requireRange(Path file, String field, boolean highest, double least, double most) {
    Configs.check(
        least < most,
        file,
        field + (highest ? "_max" : "_min"),
        highest ? most : least,
        highest ? "more than " + low + least() : "less than " + high + most());
  }

  /** Whether levels without bounds are drawn, in one stage at least. */
  private static boolean drawsLogNormal(DistillConfig config) {
    return Stream.concat(Stream.of(config), Stage.configs(config))
        .anyMatch(each -> isLogNormal(each.getNoise()));
  }

  private static boolean isLogNormal(NoiseConfig noise) {
    return noise.getDistribution() == NoiseConfig.Distribution.LOG_NORMAL;
  }

  /** Where these levels end before those that EDM samples from: EDM's own learnt beyond them. */
  private void clip(NoiseConfig.Builder noise) {
    NoiseConfig usual = NoiseConfig.getDefaultInstance();
    if (!noise.hasClipMin() && low > usual.getSigmaMin()) {
      noise.setClipMin(low);
    }
    if (!noise.hasClipMax() && high < usual.getSigmaMax()) {
      noise.setClipMax(high);
    }
  }

  /** Refuses noise levels that a teacher was not trained for, as far as the student needs them. */
  void require(Path file, DistillConfig config, StudentModel student) {
    if (student instanceof DenoiserModel) {
      requireStart(file, config);
    }
    requireLevels(file, config.getNoise());
  }

  /** Refuses a level to start from that a network was not trained for. */
  void requireStart(Path file, DistillConfig config) {
    double start = config.getStudentSigma();
    Configs.check(start <= high, file, "student_sigma", start, upTo());
    for (double level : config.getStudentLevelList()) {
      Configs.check(level >= low, file, "student_level", level, asLittle());
    }
  }

  /** Refuses levels to compare or to train at that a network does not know. */
  void requireLevels(Path file, NoiseConfig noise) {
    if (!isLogNormal(noise)) {
      double most = noise.getSigmaMax();
      Configs.check(most <= high, file, "noise.sigma_max", most, upTo());
      double least = noise.getSigmaMin();
      Configs.check(least >= low, file, "noise.sigma_min", least, asLittle());
    }
  }

  private String asLittle() {
    return low + " or more" + least();
  }

  private String upTo() {
    return "up to " + high + most();
  }

  private String least() {
    return ", as little noise as " + whose + " knows";
  }

  private String most() {
    return ", as far as " + whose + " knows noise";
  }
}
