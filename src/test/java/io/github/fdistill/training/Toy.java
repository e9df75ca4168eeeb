package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DiscriminatorConfig.Losses;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.diffusion.OneStep;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DiscriminatorHead;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The networks of a distillation, each of a few weights, as TensorFlow expressions and beside them
 * as functions of doubles.
 */
final class Toy implements AutoCloseable {
  static final int B = 5;
  static final int PIXELS = 2 * 3 * 2;
  static final int CLASSES = 3;
  static final double STUDENT_SIGMA = 2;
  static final long SEED = 11;

  /** Weights of the networks, as doubles and as variables. */
  static final double[] STUDENT = {0.8, 0.3, 0.1};

  static final double[] TEACHER = {0.4, 0.25, 0.15, 0.3};
  static final double[] FAKE_SCORE = {0.6, -0.2};
  static final double[] HEAD = {0.5, -0.4};
  static final double GAP = 1.5;

  final TestGraph g = new TestGraph();
  final Ops tf = g.tf;
  final FloatVariable student = variable("student", STUDENT);
  final FloatVariable teacher = variable("teacher", TEACHER);
  final FloatVariable fakeScore = variable("fake_score", FAKE_SCORE);
  final FloatVariable head = variable("head", HEAD);
  final StepInputs in =
      Tiny.inputs(tf, B, 1, Shape.of(2, 3, 2), Conditioning.ofClasses(CLASSES), SEED);
  final float[] images = new float[B * PIXELS];
  final int[] labels = {0, 2, 1, 1, 2};
  long step = 7;

  Toy() {
    Random random = new Random(3);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
  }

  private FloatVariable variable(String name, double[] values) {
    FloatVariable variable = FloatVariable.create(tf, name + "/weights", Shape.of(values.length));
    g.load(variable, values);
    return variable;
  }

  static DistillConfig.Builder config() {
    return DistillConfig.newBuilder()
        .setStudentSigma(STUDENT_SIGMA)
        .setNoise(
            NoiseConfig.newBuilder()
                .setDistribution(NoiseConfig.Distribution.LOG_UNIFORM)
                .setSigmaMin(0.2)
                .setSigmaMax(3))
        .setDiscriminator(DiscriminatorConfig.newBuilder());
  }

  // The networks. Each function of doubles is of one pixel x of an image with noise level and
  // label.

  /** w0 y + w1 sin(y) + w2 (label + 1). */
  private Denoiser.Pass student(Expr y, Condition condition) {
    List<Expr> w = student.read(tf).parts(3);
    Expr linear = y.times(w.get(0)).plus(y.sin().times(w.get(1)));
    return new Denoiser.Pass(linear.plus(number(condition).plus(1).times(w.get(2))), Map.of());
  }

  static double student(double z, int label) {
    double y = STUDENT_SIGMA * z;
    return STUDENT[0] * y + STUDENT[1] * Math.sin(y) + STUDENT[2] * (label + 1);
  }

  /** The student's derivative by each of its weights. */
  static double[] studentByWeights(double z, int label) {
    double y = STUDENT_SIGMA * z;
    return new double[] {y, Math.sin(y), label + 1};
  }

  /** p0 x + p1 sigma + p2 label; the map p3 x^2 (1 + label / 10). */
  private Denoiser.Pass teacher(Expr x, Expr sigma, Condition condition) {
    List<Expr> p = teacher.read(tf).parts(4);
    Expr denoised =
        x.times(p.get(0))
            .plus(sigma.perImage().times(p.get(1)))
            .plus(number(condition).times(p.get(2)));
    Expr map = x.square().times(p.get(3)).times(number(condition).times(0.1).plus(1));
    return new Denoiser.Pass(denoised, Map.of("map", map));
  }

  static double teacher(double x, double sigma, int label) {
    return TEACHER[0] * x + TEACHER[1] * sigma + TEACHER[2] * label;
  }

  static double teacherMap(double x, int label) {
    return TEACHER[3] * x * x * (1 + 0.1 * label);
  }

  static double teacherMapSlope(double x, int label) {
    return 2 * TEACHER[3] * x * (1 + 0.1 * label);
  }

  /** q0 x + q1 (label + sigma); the map q0 x + x^2. */
  private Denoiser.Pass fakeScore(Expr x, Expr sigma, Condition condition) {
    List<Expr> q = fakeScore.read(tf).parts(2);
    Expr shift = number(condition).plus(sigma.perImage()).times(q.get(1));
    Expr map = x.times(q.get(0)).plus(x.square());
    return new Denoiser.Pass(x.times(q.get(0)).plus(shift), Map.of("map", map));
  }

  static double fakeScore(double x, double sigma, int label) {
    return FAKE_SCORE[0] * x + FAKE_SCORE[1] * (label + sigma);
  }

  static double fakeScoreMap(double x) {
    return FAKE_SCORE[0] * x + x * x;
  }

  static double fakeScoreMapSlope(double x) {
    return FAKE_SCORE[0] + 2 * x;
  }

  /** v0 mean(map) + v1, the mean of two heads: one says GAP more, one GAP less. */
  private DiscriminatorHead.Logits logits(Denoiser.Pass pass) {
    List<Expr> v = head.read(tf).parts(2);
    return ofTwoHeads(pass.features().get("map").mean(1, 2, 3).times(v.get(0)).plus(v.get(1)));
  }

  static DiscriminatorHead.Logits ofTwoHeads(Expr mean) {
    Expr column = mean.reshape(-1, 1, 1);
    return new DiscriminatorHead.Logits(
        mean.reshape(-1, 1), Expr.concat(1, column.plus(GAP), column.minus(GAP)));
  }

  /** The mean softplus of what is judged: the mean logit, or those of the two heads. */
  static double softplus(double logit, Losses losses) {
    return losses == Losses.OF_MEAN_LOGIT
        ? softplus(logit)
        : (softplus(logit + GAP) + softplus(logit - GAP)) / 2;
  }

  /** Its derivative. */
  static double sigmoid(double logit, Losses losses) {
    return losses == Losses.OF_MEAN_LOGIT
        ? sigmoid(logit)
        : (sigmoid(logit + GAP) + sigmoid(logit - GAP)) / 2;
  }

  static double logit(double meanOfMap) {
    return HEAD[0] * meanOfMap + HEAD[1];
  }

  private Expr number(Condition condition) {
    return Expr.cast(tf, condition.label()).perImage();
  }

  Roles roles(double guidance) {
    Denoiser teacherNet = this::teacher;
    Generator oneStep =
        new OneStep(
            (x, sigma, condition) -> student(x, condition), STUDENT_SIGMA, Shape.of(2, 3, 2));
    return new Roles(
        teacherNet,
        new Guided(teacherNet, in.conditioning(), guidance),
        this::fakeScore,
        oneStep,
        StudentSamples.inOneStep(oneStep),
        (xNoisy, pass) -> logits(pass),
        Roles.LogRatio.LEARNT);
  }

  /** The draws of a stream of this step, shaped as the images are. */
  double[][] normal(String stream) {
    float[] flat = run(in.normalImages(tf, stream)).get(0);
    return perImage(flat);
  }

  /** The noise levels of a stream of this step. */
  double[] levels(String stream, NoiseConfig config) {
    float[] sigma = run(in.levels(tf, config, stream)).get(0);
    double[] levels = new double[B];
    for (int i = 0; i < B; i++) {
      levels[i] = sigma[i];
    }
    return levels;
  }

  static double[][] perImage(float[] flat) {
    double[][] perImage = new double[B][PIXELS];
    for (int k = 0; k < flat.length; k++) {
      perImage[k / PIXELS][k % PIXELS] = flat[k];
    }
    return perImage;
  }

  /** d loss / d variable. */
  float[] gradient(Expr loss, FloatVariable variable) {
    Expr gradient =
        Expr.of(tf, tf.gradients(loss, List.of(variable.handle())).<TFloat32>dy(0).asOutput());
    return run(gradient).get(0);
  }

  /** Whether any gradient of the loss comes to the variable. */
  boolean reaches(Expr loss, FloatVariable variable) {
    Graph graph = (Graph) tf.scope().env();
    try {
      Output<?>[] by = {variable.handle().asOutput()};
      return GraphAccess.exists(graph.addGradients(loss.asOutput(), by)[0]);
    } catch (RuntimeException e) {
      if (e.getMessage().contains("unreachable")) {
        return false;
      }
      throw e;
    }
  }

  /** Values of this step, fed with the images and labels. */
  List<float[]> run(Expr... fetches) {
    try (TFloat32 x = TensorBundle.tensor(in.images().shape(), images);
        ConditionTensors c = ConditionRows.ofLabels(labels).tensors(in.conditioning());
        TInt64 s = TInt64.scalarOf(step)) {
      Session.Runner runner =
          c.into(g.session().runner(), in.condition()).feed(in.images(), x).feed(in.step(), s);
      for (Expr fetch : fetches) {
        runner.fetch(fetch);
      }
      List<float[]> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < fetches.length; i++) {
          values.add(TensorBundle.floats((TFloat32) result.get(i)));
        }
      }
      return values;
    }
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double softplus(double x) {
    return Math.log1p(Math.exp(x));
  }

  @Override
  public void close() {
    g.close();
  }
}
