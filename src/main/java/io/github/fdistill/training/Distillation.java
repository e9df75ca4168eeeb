package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Averages;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
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
  private final DistillConfig config;
  private final Span span;
  private final FloatVariable rateFactor;
  private final Models models;
  private final Learners learners;
  private final Roles nets;
  private final List<List<Turn>> step;
  private final List<FloatVariable> averages;
  private final BatchWeights weights;

  /** Builds a run of one stage; nothing runs yet. */
  public Distillation(Models models, DistillConfig config) {
    this(models, config, new Span(0, config.getSteps()));
  }

  /** Builds a stage whose batches are computed here whole; nothing runs yet. */
  public Distillation(Models models, DistillConfig config, Span span) {
    this(models, config, span, Share.ALL);
  }

  /**
   * Builds everything; nothing runs yet.
   *
   * @param span the steps of the run that this configuration is for
   * @param share which of each batch is computed here
   */
  public Distillation(Models models, DistillConfig config, Span span, Share share) {
    this(models, config, span, share, Memories.here());
  }

  /**
   * Builds a stage for some memories; nothing runs yet.
   *
   * @param memories that it is built for, whatever there are here
   */
  public Distillation(
      Models models, DistillConfig config, Span span, Share share, Memories memories) {
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
    try {
      DistillationChecks.requireRowsOfEachStep(inputs(), config);
      rateFactor = state().trained(besideUpdates(), VariableNames.RATE_FACTOR, 1);
      learners = Learners.create(tf(), state(), models, config);
      FrozenWeights frozen = new FrozenWeights(tf(), state());
      FrozenNetwork teacherNet = frozenTeacher(frozen);
      nets = roles(teacherNet, frozen);

      Turn critic = criticTurn();
      StudentStep losses = StudentStep.build(tf(), inputs(), nets, config, progress());
      Trainable.Update update =
          learners
              .student()
              .minimise(
                  how(config.getRecompute()),
                  teacherNet.through(losses.loss()),
                  Averages.of(config));
      step = schedule(critic, studentTurn(losses, update));

      averages = update.averages();
      weights = losses.weights();
      graph.open(plan(), trainedTogether(), models.student().weights(), teacher.weights());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** Where the numbers are needed that updates have beside gradients: where one of them is made. */
  private Ops besideUpdates() {
    return Stream.of(
                config.getOptimiser(),
                config.getFakeScore().getOptimiser(),
                config.getDiscriminator().getOptimiser())
            .anyMatch(state()::keepsApart)
        ? Host.on(tf())
        : tf();
  }

  private FrozenNetwork frozenTeacher(FrozenWeights frozen) {
    DenoiserModel teacher = models.teacher();
    List<String> more = new ArrayList<>(onTeacher() ? learners.features().names() : List.of());
    if (ExactRatio.isKnown(teacher)) {
      more.add(DenoiserModel.LOG_DENSITY);
    }
    return FrozenNetwork.of(
        VariableNames.TEACHER,
        chosen(teacher.function(), more),
        teacher.weights(),
        frozen,
        config.getFrozen());
  }

  private Roles roles(FrozenNetwork teacherNet, FrozenWeights frozen) {
    FakeScores fakeScores = learners.fakeScores();
    List<String> observed = onTeacher() ? List.of() : learners.features().names();
    Denoiser fakeScoreNet =
        fakeScores.network(tf(), chosen(fakeScores.model().function(), observed), frozen);
    // What everything else waits for goes in slices; the rest has branches enough.
    Generator generator = Slices.of(generator(frozen), inputs().slices());
    return new Roles(
        teacherNet,
        guided(Slices.of(teacherNet, inputs().slices())),
        fakeScoreNet,
        generator,
        StudentSamples.of(generator, config),
        learners.features().discriminator(tf(), learners.head(), learners.headWeights().weights()),
        logRatio(generator));
  }

  private Generator generator(FrozenWeights frozen) {
    TrainedModel model = learners.studentModel();
    return models
        .student()
        .asStudent(StudentSteps.of(config))
        .by(model.function())
        .generator(
            tf(),
            "student",
            model.weights(tf(), learners.student(), frozen),
            function -> StudentModel.forTraining(function, config.getPrecision()));
  }

  /** Whether the discriminator looks at features of the teacher, and not of the fake score. */
  private boolean onTeacher() {
    return DiscriminatorFeatures.areOfTeacher(config.getDiscriminator());
  }

  private Guided guided(Denoiser network) {
    DenoiserModel teacher = models.teacher();
    DistillationChecks.requireGuidable(teacher, config.getGuidance());
    return new Guided(network, teacher.conditioning(), config.getGuidance());
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
        inputs().noise(), generator, ratio.getExactSamples(), models.teacher().image());
  }

  /** A network with its denoised images and these further outputs. */
  private NetworkFunction chosen(NetworkFunction function, List<String> more) {
    List<String> outputs = new ArrayList<>(List.of(DenoiserModel.DENOISED));
    outputs.addAll(more);
    return StudentModel.forTraining(function.only(outputs), config.getPrecision());
  }

  private Turn criticTurn() {
    FakeScores fakeScores = learners.fakeScores();
    double sigmaData = models.teacher().info().getSigmaData();
    if (PromptsAlone.are(config.getDataset())) {
      Expr loss = CriticStep.fakeScoreLoss(tf(), inputs(), nets, config, sigmaData);
      List<Trainable.Update> updates = fakeScores.minimise(how(config.getRecompute()), loss);
      return new Turn(
          Turn.Kind.CRITIC,
          Turn.runs(
              tf(),
              inputs(),
              updates,
              List.of(),
              Map.of(Reading.FAKE_SCORE_LOSS, loss),
              Map.of(Reading.FAKE_SCORE_GRADIENT_NORM, FakeScores.gradientNorm(updates))));
    }
    CriticStep losses = CriticStep.build(tf(), inputs(), nets, config, sigmaData);
    List<Trainable.Update> updates =
        new ArrayList<>(fakeScores.minimise(how(config.getRecompute()), losses.fakeScoreLoss()));
    Map<Reading, Expr> norms = new LinkedHashMap<>();
    norms.put(Reading.FAKE_SCORE_GRADIENT_NORM, FakeScores.gradientNorm(updates));
    Trainable.Update heads =
        learners
            .headWeights()
            .minimise(how(Recompute.NOTHING), losses.discriminatorLoss(), List.of());
    updates.add(heads);
    norms.put(Reading.DISCRIMINATOR_GRADIENT_NORM, heads.gradientNorm());
    return new Turn(
        Turn.Kind.CRITIC, Turn.runs(tf(), inputs(), updates, List.of(), losses.scalars(), norms));
  }

  private Turn studentTurn(StudentStep losses, Trainable.Update update) {
    BatchWeights ofSamples = losses.weights();
    ofSamples.ratio().state().ifPresent(bins -> state().zeros(List.of(bins)));
    state().scratch(ofSamples.scratch());
    List<Op> with = new ArrayList<>();
    Map<Reading, Expr> scalars = new LinkedHashMap<>(losses.scalars());
    if (ofSamples.before().isEmpty()) {
      ofSamples.ratio().update().ifPresent(with::add);
      scalars.putAll(BatchWeights.scalars(ofSamples.ratio()));
    }
    List<Turn.Run> runs = new ArrayList<>(ofSamples.before());
    Map<Reading, Expr> norm = Map.of(Reading.GRADIENT_NORM, update.gradientNorm());
    runs.addAll(Turn.runs(tf(), inputs(), List.of(update), with, scalars, norm));
    return new Turn(Turn.Kind.STUDENT, runs);
  }

  /** How far the stage has come, from 0 to 1: scalar. */
  private Expr progress() {
    return span.progress(inputs().runStep(tf(), batchesPerStep(config.getSchedule())));
  }

  private List<List<String>> trainedTogether() {
    List<String> critics = new ArrayList<>(FakeScores.names(config));
    critics.add(VariableNames.DISCRIMINATOR);
    return List.of(List.of(VariableNames.STUDENT), critics);
  }

  private Trainable.Minimising how(Recompute recompute) {
    int batches = batchesPerStep(config.getSchedule());
    return new Trainable.Minimising(
        tf(), state(), inputs(), span, batches, Optional.of(rateFactor), recompute);
  }

  /** Batches that a step takes. */
  public static int batchesPerStep(ScheduleConfig schedule) {
    return schedule.getCriticSteps()
        + (schedule.getKind() == ScheduleConfig.Kind.ALTERNATE ? 1 : 0);
  }

  /** The batches of one step: the critic's and then the student's, or both of them first. */
  private List<List<Turn>> schedule(Turn critic, Turn student) {
    List<List<Turn>> batches = new ArrayList<>();
    for (int i = 0; i < config.getSchedule().getCriticSteps(); i++) {
      batches.add(List.of(critic));
    }
    if (config.getSchedule().getKind() == ScheduleConfig.Kind.ALTERNATE) {
      batches.add(List.of(student));
    } else {
      batches.set(0, List.of(student, critic));
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
    return StudentStep.isSpread(inputs()) ? all : all.subList(0, 2);
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
    FloatVariable wanted = average < 0 ? learners.student().variable() : averages.get(average);
    return models.student().with(learners.studentModel().merged(graph.weights(wanted)));
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
    return BatchReadings.of(graph.session(), inputs(), weights, batches, number);
  }

  /**
   * Readings of scores and ratios on fresh samples, for studies.
   *
   * @throws InputException when the teacher does not know its density
   */
  public RatioProbe probe() {
    ExactRatio.requireKnown(models.teacher());
    return RatioProbe.build(
        tf(), graph.session(), nets, inputs(), config, models.student().image());
  }

  Ops tf() {
    return graph.tf();
  }

  State state() {
    return graph.state();
  }

  Session session() {
    return graph.session();
  }

  StepInputs inputs() {
    return graph.inputs();
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
