package io.github.fdistill.run;

import io.github.fdistill.Logs;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.Span;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.logging.log4j.Logger;

/**
 * A pretraining that is not finished yet.
 *
 * @param evaluation on the way, where it is asked for
 * @param measures of this session and those before
 */
record PretrainRun(
    RunSession session,
    PretrainConfig config,
    Learner learner,
    Optional<RunEvaluation> evaluation,
    TeacherMeasures measures) {
  private static final Logger LOG = Logs.of(PretrainRun.class);

  static Batches batches(PretrainConfig config, Learner learner) {
    return new Batches(learner.images(), config.getBatchSize(), config.getSeed());
  }

  /** Trains to the last step or until asked to stop, as long as the clock says. */
  PreparedRun.Trained pretrain() throws IOException {
    Optional<Clock> clock = session.clock(config);
    PretrainRun run = this;
    PreparedRun.Trained trained = run.train(clock);
    for (OptionalLong steps = taken(clock); steps.isPresent(); steps = taken(clock)) {
      PretrainConfig changed = config.toBuilder().setSteps(steps.getAsLong()).build();
      session.replan(steps.getAsLong(), changed);
      run = new PretrainRun(session, changed, learner, evaluation, measures);
      trained = run.train(clock);
    }
    return trained;
  }

  private static OptionalLong taken(Optional<Clock> clock) {
    return clock.map(Clock::take).orElse(OptionalLong.empty());
  }

  private PreparedRun.Trained train(Optional<Clock> clock) throws IOException {
    Span all = new Span(0, config.getSteps());
    try (Pretraining training = learner.training(config, session.share(config, all))) {
      session.requireRoom(training.graph());
      nameRows(model(training)); // Of all pictures, those on the way too.
      List<TrainingLoop.Look> looks = new ArrayList<>(looks(training));
      clock.ifPresent(watch -> looks.add(watch.look()));
      TrainingLoop.Outputs outputs =
          session.outputs(config.getCheckpoint(), config.getAccumulationSteps(), looks);
      TrainingLoop.Outcome outcome =
          training.graph().run(batches(config, learner), outputs, session.stop(clock));
      session.end(outcome);
      if (!outcome.finished()) {
        return new PreparedRun.Trained(outcome, Optional.empty());
      }
      DenoiserModel model = model(training);
      drawLast(model);
      Path version =
          session.export(
              outcome.step(), folder -> NamedModel.write(model, folder, session::addRecord));
      measures.advice(config.getSteps()).forEach(LOG::warn);
      return new PreparedRun.Trained(outcome, Optional.of(version));
    }
  }

  private void nameRows(DenoiserModel model) {
    session.rows().name(grid(model), model.classNames(), learner.images().exampleCaptions());
  }

  private SampleGrid grid(DenoiserModel model) {
    return SampleGrid.of(model, learner.images().examples());
  }

  private void drawLast(DenoiserModel model) {
    SampleGrid all = grid(model);
    SampleGrid grid;
    Samples drawn;
    try (Sampler sampler = sampler(model)) {
      grid = DrawingTime.within(all, sampler);
      drawn = Samples.of(model, grid, sampler);
    }
    Path picture = session.files().samples();
    session.rows().drawn(picture.getFileName().toString(), grid, all);
    Samples.writePicture(picture, grid, List.of(drawn.decoded(model)));
  }

  private DenoiserModel model(Pretraining training) {
    return learner.whole(training.result());
  }

  private static Sampler sampler(DenoiserModel model) {
    return Sampler.heun(model, Sampling.USUAL_STEPS, 1, Precision.FLOAT32);
  }

  private List<TrainingLoop.Look> looks(Pretraining training) {
    return List.of(
        TrainingLoop.Look.mayBeLeft(
            config.getPictureEverySteps(),
            (step, log) -> {
              show(model(training), step, log);
              return Map.of();
            }),
        TrainingLoop.Look.mayBeLeft(
            evaluation.isPresent() ? config.getEvaluation().getEverySteps() : 0,
            (step, log) -> measure(model(training), step)));
  }

  private void show(DenoiserModel model, long step, RunLog log) throws IOException {
    new RunPictures(session, "teacher").draw(model, grid(model), sampler(model), step, log);
  }

  private Map<String, Double> measure(DenoiserModel model, long step) {
    String method = Sampling.heun(Sampling.USUAL_STEPS);
    Sampler sampler = session.onTheWay(sampler(model));
    Optional<Evaluation.Result> result =
        evaluation.orElseThrow().measure(step, "the teacher", model, sampler, method);
    Map<String, Double> numbers = new TreeMap<>();
    result.ifPresent(
        found ->
            found
                .numbers()
                .forEach((name, value) -> numbers.put(TeacherMeasures.named(name), value)));
    measures.add(step, numbers);
    return numbers;
  }
}
