package io.github.fdistill.study;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.RatioProbe;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * One distillation of a study.
 *
 * @param experiment which of the study's
 * @param mixture the teacher's
 * @param models as they begin
 * @param images samples of the mixture
 * @param samples how many to draw from the student
 * @param folder for its checkpoints and its result
 * @param earlyReading the step at which ratios are read first, while student and teacher still
 *     differ; they are read again at the end, or, where nothing stands here, never
 */
public record StudyRun(
    String experiment,
    DistillConfig config,
    GaussianMixture mixture,
    Models models,
    ImageSource images,
    int samples,
    Path folder,
    OptionalLong earlyReading) {
  private static final String RESULT = "result.pb";
  private static final String EARLY_READING = "early.pb";

  private static final int READINGS = 8;

  /** What the run left, if it is finished and has just what is asked for now. */
  public Optional<StudyResult> result() throws IOException {
    Path file = folder.resolve(RESULT);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    StudyResult result = StudyResult.parseFrom(RegularFile.bytes(file, FileKind.RESULT));
    return Optional.of(result)
        .filter(this::isAsked)
        .map(r -> earlyReading.isPresent() ? r : r.toBuilder().clearReading().build());
  }

  private boolean isAsked(StudyResult result) {
    List<Long> read = result.getReadingList().stream().map(r -> r.getStep()).toList();
    return result.getSteps() == config.getSteps()
        && result.getSampleCount() == (long) samples * mixture.dimensions()
        && (earlyReading.isEmpty()
            || read.equals(List.of(earlyReading.getAsLong(), config.getSteps())));
  }

  /**
   * Refuses a run that is past the step at which its ratios are read first and has no reading of
   * it: they were not asked for then, or its steps were others.
   *
   * @param step that it goes on from
   */
  void requireEarlyReading(long step) throws IOException {
    if (earlyReading.isEmpty() || step < earlyReading.getAsLong() || result().isPresent()) {
      return;
    }
    Path file = folder.resolve(EARLY_READING);
    Optional<Long> read =
        Files.exists(file) ? Optional.of(earlyReading(file).getStep()) : Optional.empty();
    if (!read.equals(Optional.of(earlyReading.getAsLong()))) {
      throw new InputException(
          file.toString(),
          read.map(r -> "ratios as they were at step " + r).orElse("no such file")
              + ", and the run has made "
              + step
              + " steps",
          "ratios as they were at step " + earlyReading.getAsLong() + ", a tenth of the steps",
          "give the experiment the ratios and steps that the run was begun with, give the study"
              + " another name with --set name=..., or remove "
              + folder
              + ", which begins it anew");
    }
  }

  private static StudyResult.Reading earlyReading(Path file) throws IOException {
    return StudyResult.Reading.parseFrom(RegularFile.bytes(file, FileKind.RESULT));
  }

  /**
   * Goes on to the end, or until asked to stop; a finished run is not run again, and of one that
   * other samples are asked of only these are drawn.
   *
   * @return whether it is finished
   */
  boolean run(BooleanSupplier stop) throws IOException {
    if (result().isPresent()) {
      return true;
    }
    Files.createDirectories(folder);
    RunFiles files = new RunFiles(folder);
    try (Distillation training = new Distillation(models, config)) {
      long early = earlyReading.orElse(0);
      TrainingLoop.Outputs outputs =
          new TrainingLoop.Outputs(
              new Checkpoints(files.checkpoints(), 1),
              new RunLog.Files(files.metrics(), Optional.empty(), files.pictures()),
              Progress.Options.of(Progress.Display.NOTHING),
              List.of(
                  new TrainingLoop.Look(
                      early,
                      (step, log) -> {
                        if (step == early) {
                          AtomicFile.write(
                              folder.resolve(EARLY_READING), read(training, step).toByteArray());
                        }
                        return Map.of();
                      })));
      Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
      if (!training.graph().run(batches, outputs, stop).finished()) {
        return false;
      }
      StudyResult.Builder result = StudyResult.newBuilder();
      if (earlyReading.isPresent()) {
        result.addReading(earlyReading(folder.resolve(EARLY_READING)));
        result.addReading(read(training, config.getSteps()));
      }
      long[] seeds = new long[samples];
      Arrays.setAll(seeds, i -> i);
      try (Sampler sampler = Sampler.ofStudent(training.result(), Precision.FLOAT32)) {
        for (float value : sampler.draw(seeds, ConditionRows.none(samples))) {
          result.addSample(value);
        }
      }
      result.setSteps(config.getSteps());
      AtomicFile.write(folder.resolve(RESULT), result.build().toByteArray());
      return true;
    }
  }

  private static StudyResult.Reading read(Distillation training, long step) {
    RatioProbe probe = training.probe();
    StudyResult.Reading.Builder reading = StudyResult.Reading.newBuilder().setStep(step);
    for (int i = 0; i < READINGS; i++) {
      RatioProbe.Readings r = probe.read(step * READINGS + i);
      for (float sigma : r.sigma()) {
        reading.addSigma(sigma);
      }
      for (float logit : r.logits()) {
        reading.addLogit(logit);
      }
      for (float ratio : r.logRatio()) {
        reading.addLogRatio(ratio);
      }
      for (float signal : r.signal()) {
        reading.addSignal(signal);
      }
    }
    return reading.build();
  }
}
