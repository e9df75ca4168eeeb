package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Averages;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.config.ScheduleConfig;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.device.Host;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.diffusion.Slices;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.DiscriminatorHead;
import io.github.fdistill.network.StudentModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/** The graph and session of a distillation run. */
public final class Distillation implements AutoCloseable {
  private final TrainingGraph graph;
  private final Ops tf;
  private final State state;
  private final DistillConfig config;
  private final Trainable.Span span;
  private final FloatVariable rateFactor;
  private final Models models;
  private final StepInputs inputs;
  private final Roles nets;
  private final List<List<Turn>> step;
  private final TrainedModel trainedStudent;
  private final FloatVariable studentWeights;
  private final List<FloatVariable> averages;
  private final BatchWeights weights;

  /** Builds a run of one stage; nothing runs yet. */
  public Distillation(Models models, DistillConfig config) {
    this(models, config, new Trainable.Span(0, config.getSteps()));
  }

  /** Builds a stage whose batches are computed here whole; nothing runs yet. */
  public Distillation(Models models, DistillConfig config, Trainable.Span span) {
    this(models, config, span, Share.ALL);
  }

  /**
   * Builds everything; nothing runs yet.
   *
   * @param span the steps of the run that this configuration is for
   * @param share which of each batch is computed here
   */
  public Distillation(Models models, DistillConfig config, Trainable.Span span, Share share) {
    this(models, config, span, share, Memories.here());
  }

  /**
   * @param memories that it is built for, whatever there are here
   */
  public Distillation(
      Models models, DistillConfig config, Trainable.Span span, Share share, Memories memories) {
    this.config = config;
    this.models = models;
    this.span = span;
    DenoiserModel teacher = models.teacher();
    graph =
        new TrainingGraph(
            config.getBatchSize(),
            config.getAccumulationSteps(),
            teacher.image(),
            teacher.conditioning(),
            config.getSeed(),
            share,
            memories);
    tf = graph.tf();
    state = graph.state();
    inputs = graph.inputs();
    try {
      DistillationChecks.requireRowsOfEachStep(inputs, config);
      DiscriminatorConfig d = config.getDiscriminator();
      rateFactor = state.trained(besideUpdates(d), VariableNames.RATE_FACTOR, 1);
      boolean onTeacher = d.getNetwork() == DiscriminatorConfig.Network.TEACHER;
      DiscriminatorFeatures features = DiscriminatorFeatures.of(models, d);
      DiscriminatorHead head =
          DiscriminatorHead.build(
              features.shapes(),
              new DiscriminatorHead.Width(d.getChannels(), d.getGroups(), d.getLayers()),
              d.getFirstWeights(),
              Choices.critics(config),
              config.getSeed());
      trainedStudent = TrainedModel.of(student(), config.getLora());
      TrainedModel trainedScore = TrainedModel.of(models.fakeScore(), config.getLora());
      Trainable generatorWeights =
          trained(VariableNames.STUDENT, trainedStudent, config.getOptimiser());
      FakeScores fakeScores = FakeScores.trained(tf, state, trainedScore, config);
      Trainable headWeights =
          Trainable.create(tf, state, VariableNames.DISCRIMINATOR, head.first(), d.getOptimiser());

      FrozenWeights frozen = new FrozenWeights(tf, state);
      List<String> none = List.of();
      FrozenNetwork teacherNet =
          FrozenNetwork.of(
              VariableNames.TEACHER,
              chosen(teacher.function(), teacherOutputs(onTeacher, features)),
              teacher.weights(),
              frozen,
              config.getFrozen());
      Denoiser fakeScoreNet =
          fakeScores.network(
              tf, chosen(trainedScore.function(), onTeacher ? none : features.names()), frozen);
      // What everything else waits for goes in slices; the rest has branches enough.
      Generator generator =
          Slices.of(
              student()
                  .asStudent(StudentSteps.of(config))
                  .by(trainedStudent.function())
                  .generator(
                      tf,
                      "student",
                      trainedStudent.weights(tf, generatorWeights, frozen),
                      function -> StudentModel.forTraining(function, config.getPrecision())),
              inputs.slices());
      nets =
          new Roles(
              teacherNet,
              guided(Slices.of(teacherNet, inputs.slices()), teacher),
              fakeScoreNet,
              generator,
              StudentSamples.of(generator, config),
              features.discriminator(tf, head, headWeights.weights()),
              logRatio(generator));

      Turn critic = critic(nets, teacher, fakeScores, headWeights);
      StudentStep studentStep =
          StudentStep.build(
              tf,
              inputs,
              nets,
              config,
              span.progress(inputs.runStep(tf, batchesPerStep(config.getSchedule()))));
      Trainable.Update update =
          generatorWeights.minimise(
              how(config.getRecompute()),
              teacherNet.through(studentStep.loss()),
              Averages.of(config));
      step = schedule(critic, student(studentStep, update));

      studentWeights = generatorWeights.variable();
      averages = update.averages();
      weights = studentStep.weights();
      graph.open(plan(), trainedTogether(), student().weights(), teacher.weights());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** Where the numbers are needed that updates have beside gradients: where one of them is made. */
  private Ops besideUpdates(DiscriminatorConfig d) {
    return Stream.of(config.getOptimiser(), config.getFakeScore().getOptimiser(), d.getOptimiser())
            .anyMatch(state::keepsApart)
        ? Host.on(tf)
        : tf;
  }

  private Guided guided(Denoiser network, DenoiserModel teacher) {
    DistillationChecks.requireGuidable(teacher, config.getGuidance());
    return new Guided(network, teacher.conditioning(), config.getGuidance());
  }

  /** What the discriminator looks at, and what an exact ratio needs. */
  private List<String> teacherOutputs(boolean observed, DiscriminatorFeatures features) {
    List<String> names = new ArrayList<>(observed ? features.names() : List.of());
    if (ExactRatio.isKnown(models.teacher())) {
      names.add(DenoiserModel.LOG_DENSITY);
    }
    return names;
  }

  private Roles.LogRatio logRatio(Generator generator) {
    RatioConfig ratio = config.getRatio();
    if (PromptsAlone.are(config.getDataset())) {
      return Roles.LogRatio.UNKNOWN;
    }
    if (ratio.getSource() == RatioConfig.Source.DISCRIMINATOR) {
      return Roles.LogRatio.LEARNT;
    }
    ExactRatio.requireKnown(models.teacher());
    return new ExactRatio(
        inputs.noise(), generator, ratio.getExactSamples(), models.teacher().image());
  }

  /** A network with its denoised images and these further outputs. */
  private NetworkFunction chosen(NetworkFunction function, List<String> more) {
    List<String> outputs = new ArrayList<>(List.of(DenoiserModel.DENOISED));
    outputs.addAll(more);
    return StudentModel.forTraining(function.only(outputs), config.getPrecision());
  }

  private StudentModel student() {
    return models.student();
  }

  private Trainable trained(String name, TrainedModel model, OptimiserConfig optimiser) {
    return model.trainable(tf, state, name, optimiser, config.getSeed());
  }

  private Turn critic(
      Roles nets, DenoiserModel teacher, FakeScores fakeScores, Trainable discriminator) {
    double sigmaData = teacher.info().getSigmaData();
    if (PromptsAlone.are(config.getDataset())) {
      Expr loss = CriticStep.fakeScoreLoss(tf, inputs, nets, config, sigmaData);
      List<Trainable.Update> updates = fakeScores.minimise(how(config.getRecompute()), loss);
      return new Turn(
          Turn.Kind.CRITIC,
          Trainable.runs(
              tf,
              inputs,
              updates,
              List.of(),
              Map.of(Reading.FAKE_SCORE_LOSS, loss),
              Map.of(Reading.FAKE_SCORE_GRADIENT_NORM, FakeScores.gradientNorm(updates))));
    }
    CriticStep losses = CriticStep.build(tf, inputs, nets, config, sigmaData);
    List<Trainable.Update> updates =
        new ArrayList<>(fakeScores.minimise(how(config.getRecompute()), losses.fakeScoreLoss()));
    Map<Reading, Expr> norms = new LinkedHashMap<>();
    norms.put(Reading.FAKE_SCORE_GRADIENT_NORM, FakeScores.gradientNorm(updates));
    Trainable.Update heads =
        discriminator.minimise(how(Recompute.NOTHING), losses.discriminatorLoss(), List.of());
    updates.add(heads);
    norms.put(Reading.DISCRIMINATOR_GRADIENT_NORM, heads.gradientNorm());
    return new Turn(
        Turn.Kind.CRITIC, Trainable.runs(tf, inputs, updates, List.of(), losses.scalars(), norms));
  }

  private Turn student(StudentStep losses, Trainable.Update update) {
    BatchWeights weights = losses.weights();
    weights.ratio().state().ifPresent(bins -> state.zeros(List.of(bins)));
    state.scratch(weights.scratch());
    List<Op> with = new ArrayList<>();
    Map<Reading, Expr> scalars = new LinkedHashMap<>(losses.scalars());
    if (weights.before().isEmpty()) {
      weights.ratio().update().ifPresent(with::add);
      scalars.putAll(BatchWeights.scalars(weights.ratio()));
    }
    List<Turn.Run> runs = new ArrayList<>(weights.before());
    Map<Reading, Expr> norm = Map.of(Reading.GRADIENT_NORM, update.gradientNorm());
    runs.addAll(Trainable.runs(tf, inputs, List.of(update), with, scalars, norm));
    return new Turn(Turn.Kind.STUDENT, runs);
  }

  private List<List<String>> trainedTogether() {
    List<String> critics = new ArrayList<>(FakeScores.names(config));
    critics.add(VariableNames.DISCRIMINATOR);
    return List.of(List.of(VariableNames.STUDENT), critics);
  }

  private Trainable.Minimising how(Recompute recompute) {
    int batches = batchesPerStep(config.getSchedule());
    return new Trainable.Minimising(
        tf, state, inputs, span, batches, Optional.of(rateFactor), recompute);
  }

  /** Batches that a step takes. */
  public static int batchesPerStep(ScheduleConfig schedule) {
    return schedule.getCriticSteps()
        + (schedule.getKind() == ScheduleConfig.Kind.ALTERNATE ? 1 : 0);
  }

  /** The batches of one step: the critic's and then the student's, or both of them first. */
  private List<List<Turn>> schedule(Turn critic, Turn studentTurn) {
    List<List<Turn>> batches = new ArrayList<>();
    for (int i = 0; i < config.getSchedule().getCriticSteps(); i++) {
      batches.add(List.of(critic));
    }
    if (config.getSchedule().getKind() == ScheduleConfig.Kind.ALTERNATE) {
      batches.add(List.of(studentTurn));
    } else {
      batches.set(0, List.of(studentTurn, critic));
    }
    return batches;
  }

  private TrainingLoop.Plan plan() {
    return new TrainingLoop.Plan(
        "train", step, span.end(), config.getCheckpoint().getEverySteps(), watch(), headline());
  }

  private List<Reading> headline() {
    if (!PromptsAlone.are(config.getDataset())) {
      return List.of(Reading.FAKE_SCORE_LOSS, Reading.DISCRIMINATOR_LOSS, Reading.RATIO);
    }
    List<Reading> all =
        List.of(Reading.FAKE_SCORE_LOSS, Reading.DIVERGENCE_LOSS, Reading.DIVERSITY);
    return StudentStep.isSpread(inputs) ? all : all.subList(0, 2);
  }

  private TrainingLoop.Watch watch() {
    WatchConfig watch = config.getWatch();
    Rollback rollback =
        new Rollback(
            rateFactor,
            watch.getRollbackRate(),
            watch.getRollbacks(),
            span.first(),
            config.getCheckpoint().getEverySteps());
    return new TrainingLoop.Watch(watch.getNonfiniteSteps(), Optional.of(rollback));
  }

  /** As {@link #result(int)}, with the weights that are to be exported. */
  public StudentModel result() {
    return result(config.getExportAverage());
  }

  /**
   * The student with the weights that it has when they are asked for: while this is open.
   *
   * @param average whose weights, from 0; -1: the weights themselves
   */
  public StudentModel result(int average) {
    FloatVariable weights = average < 0 ? studentWeights : averages.get(average);
    return student().with(trainedStudent.merged(graph.weights(weights)));
  }

  /** The levels that its samples are noised to: those of its stage. */
  public NoiseConfig noise() {
    return config.getNoise();
  }

  /**
   * Reads a batch, as it looks to the student that there is now; no change outlives it.
   *
   * @param number of the batch
   */
  public BatchReadings read(Batches batches, long number) {
    return BatchReadings.of(graph.session(), inputs, weights, batches, number);
  }

  /**
   * Readings of scores and ratios on fresh samples, for studies.
   *
   * @throws InputException when the teacher does not know its density
   */
  public RatioProbe probe() {
    ExactRatio.requireKnown(models.teacher());
    return RatioProbe.build(tf, graph.session(), nets, inputs, config, student().image());
  }

  Ops tf() {
    return tf;
  }

  State state() {
    return state;
  }

  Session session() {
    return graph.session();
  }

  StepInputs inputs() {
    return inputs;
  }

  /** The batches of a step, and the turns that each is for. */
  List<List<Turn>> step() {
    return step;
  }

  /** What it runs in. */
  public TrainingGraph graph() {
    return graph;
  }

  @Override
  public void close() {
    graph.close();
  }
}
