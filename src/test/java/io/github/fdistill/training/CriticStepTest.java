package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.fdistill.config.DiscriminatorConfig.Losses;
import io.github.fdistill.config.DiscriminatorConfig.Network;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FakeScoreConfig.Weighting;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.network.DiscriminatorHead;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The critics' losses and gradients against METHOD.md, "One critic step", in double precision. */
class CriticStepTest {
  private static final double SIGMA_DATA = 0.5;
  private static final double R1_SIGMA = 0.3;

  private static DistillConfig config(Network network, Weighting weighting, double r1Weight) {
    DistillConfig.Builder b = Toy.config();
    b.getDiscriminatorBuilder().setNetwork(network).setR1Weight(r1Weight).setR1Sigma(R1_SIGMA);
    b.getFakeScoreBuilder().setWeighting(weighting);
    return b.build();
  }

  private static CriticStep step(Toy toy, DistillConfig c) {
    return CriticStep.build(toy.tf, toy.in, toy.roles(1), c, SIGMA_DATA);
  }

  private static void assertClose(double expected, double actual, String what) {
    assertEquals(expected, actual, 1e-6 + 2e-5 * Math.abs(expected), what);
  }

  /** x + sigma eps, image by image. */
  private static double[][] noisy(double[][] x, double[] sigma, double[][] eps) {
    double[][] noisy = new double[Toy.B][Toy.PIXELS];
    for (int i = 0; i < Toy.B; i++) {
      for (int j = 0; j < Toy.PIXELS; j++) {
        noisy[i][j] = x[i][j] + sigma[i] * eps[i][j];
      }
    }
    return noisy;
  }

  private static double[][] samples(Toy toy) {
    double[][] z = toy.normal("critic/z");
    double[][] x = new double[Toy.B][Toy.PIXELS];
    for (int i = 0; i < Toy.B; i++) {
      for (int j = 0; j < Toy.PIXELS; j++) {
        x[i][j] = Toy.student(z[i][j], toy.labels[i]);
      }
    }
    return x;
  }

  @ParameterizedTest
  @CsvSource({"UNIFORM", "EDM", "EPSILON", "V"})
  void theFakeScoreLearnsToDenoiseTheStudentsSamples(Weighting weighting) {
    DistillConfig c = config(Network.TEACHER, weighting, 0);
    try (Toy toy = new Toy()) {
      CriticStep step = step(toy, c);
      double[] sigma = toy.levels("critic/sigma", c.getNoise());
      double[][] x = samples(toy);
      double[][] xNoisy = noisy(x, sigma, toy.normal("critic/eps"));

      double loss = 0;
      double[] gradient = new double[2];
      for (int i = 0; i < Toy.B; i++) {
        double weight = weight(weighting, sigma[i]);
        double share = weight / (Toy.B * Toy.PIXELS);
        for (int j = 0; j < Toy.PIXELS; j++) {
          double error = Toy.fakeScore(xNoisy[i][j], sigma[i], toy.labels[i]) - x[i][j];
          loss += share * error * error;
          gradient[0] += share * 2 * error * xNoisy[i][j];
          gradient[1] += share * 2 * error * (toy.labels[i] + sigma[i]);
        }
      }
      assertSame(step.fakeScoreLoss(), step.scalars().get(Reading.FAKE_SCORE_LOSS));
      assertClose(loss, toy.run(step.fakeScoreLoss()).get(0)[0], "loss");
      float[] found = toy.gradient(step.fakeScoreLoss(), toy.fakeScore);
      assertClose(gradient[0], found[0], "by q0");
      assertClose(gradient[1], found[1], "by q1");
    }
  }

  /** Of what is predicted of alpha x0 + s eps, the error by that of x0, squared. */
  private static double weight(Weighting weighting, double sigma) {
    double alpha = 1 / Math.sqrt(1 + sigma * sigma);
    double s = sigma * alpha;
    return switch (weighting) {
      case UNIFORM -> 1;
      case EDM -> 1 / (sigma * sigma) + 1 / (SIGMA_DATA * SIGMA_DATA);
      // eps = (x_t - alpha x0) / s
      case EPSILON -> Math.pow(alpha / s, 2);
      // v = alpha eps - s x0
      case V -> Math.pow(alpha * alpha / s + s, 2);
    };
  }

  /** Mean of the feature map of each image. */
  private static double[] meanMaps(Toy toy, double[][] x, Network network) {
    double[] means = new double[Toy.B];
    for (int i = 0; i < Toy.B; i++) {
      for (int j = 0; j < Toy.PIXELS; j++) {
        means[i] +=
            (network == Network.TEACHER
                    ? Toy.teacherMap(x[i][j], toy.labels[i])
                    : Toy.fakeScoreMap(x[i][j]))
                / Toy.PIXELS;
      }
    }
    return means;
  }

  @ParameterizedTest
  @CsvSource({
    "TEACHER, 0, OF_MEAN_LOGIT",
    "TEACHER, 3, OF_MEAN_LOGIT",
    "FAKE_SCORE, 0, OF_MEAN_LOGIT",
    "FAKE_SCORE, 3, OF_EACH_HEAD"
  })
  void theDiscriminatorLearnsToTellNoisyRealImagesFromNoisySamples(
      Network network, double r1Weight, Losses losses) {
    DistillConfig.Builder b = config(network, Weighting.UNIFORM, r1Weight).toBuilder();
    b.getDiscriminatorBuilder().setLosses(losses);
    DistillConfig c = b.build();
    try (Toy toy = new Toy()) {
      CriticStep step = step(toy, c);
      double[][] fake =
          noisy(samples(toy), toy.levels("critic/sigma", c.getNoise()), toy.normal("critic/eps"));
      double[][] real =
          noisy(
              Toy.perImage(toy.images),
              toy.levels("critic/sigma_real", c.getNoise()),
              toy.normal("critic/eps_real"));
      double[] r1Sigma = new double[Toy.B];
      java.util.Arrays.fill(r1Sigma, R1_SIGMA);
      double[][] moved = noisy(real, r1Sigma, toy.normal("critic/eps_r1"));
      double[] mFake = meanMaps(toy, fake, network);
      double[] mReal = meanMaps(toy, real, network);
      double[] mMoved = meanMaps(toy, moved, network);

      double loss = 0;
      double meanOnFake = 0;
      double meanOnReal = 0;
      double[] gradient = new double[2];
      for (int i = 0; i < Toy.B; i++) {
        double onFake = Toy.logit(mFake[i]);
        double onReal = Toy.logit(mReal[i]);
        meanOnFake += onFake / Toy.B;
        meanOnReal += onReal / Toy.B;
        double difference = onReal - Toy.logit(mMoved[i]);
        loss += Toy.softplus(onFake, losses) / Toy.B + Toy.softplus(-onReal, losses) / Toy.B;
        loss += r1Weight * difference * difference / Toy.B;
        gradient[0] += Toy.sigmoid(onFake, losses) * mFake[i] / Toy.B;
        gradient[0] -= Toy.sigmoid(-onReal, losses) * mReal[i] / Toy.B;
        gradient[0] += r1Weight * 2 * difference * (mReal[i] - mMoved[i]) / Toy.B;
        gradient[1] += (Toy.sigmoid(onFake, losses) - Toy.sigmoid(-onReal, losses)) / Toy.B;
      }
      assertSame(step.discriminatorLoss(), step.scalars().get(Reading.DISCRIMINATOR_LOSS));
      Expr logitFake = step.scalars().get(Reading.LOGIT_FAKE);
      Expr logitReal = step.scalars().get(Reading.LOGIT_REAL);
      List<float[]> said = toy.run(step.discriminatorLoss(), logitFake, logitReal);
      assertClose(loss, said.get(0)[0], "loss");
      assertClose(meanOnFake, said.get(1)[0], "logit of samples");
      assertClose(meanOnReal, said.get(2)[0], "logit of images");
      float[] found = toy.gradient(step.discriminatorLoss(), toy.head);
      assertClose(gradient[0], found[0], "by v0");
      assertClose(gradient[1], found[1], "by v1");
    }
  }

  /** The logit of one step, and of four more that say 1, 2, 3 and 4 more. */
  private static DiscriminatorHead.Logits inFiveSteps(DiscriminatorHead.Logits one) {
    Expr all =
        Expr.concat(1, IntStream.range(0, 5).mapToObj(k -> one.mean().plus((double) k)).toList());
    return new DiscriminatorHead.Logits(all, all.reshape(-1, 1, 5));
  }

  /**
   * Image i is seen by fake score i, so what that shows is of step i; a teacher shows all steps.
   */
  @ParameterizedTest
  @CsvSource({"TEACHER", "FAKE_SCORE"})
  void theLogitOfAStepLearnsOfItsSamplesAndOfTheImagesThatItsNetworkSees(Network network) {
    DistillConfig c = config(network, Weighting.UNIFORM, 0);
    try (Toy toy = new Toy()) {
      Roles one = toy.roles(1);
      Roles five =
          new Roles(
              one.teacher(),
              one.guidedTeacher(),
              one.fakeScore(),
              one.student(),
              one.samples(),
              (x, pass) -> inFiveSteps(one.discriminator().logits(x, pass)),
              one.logRatio());
      CriticStep step = CriticStep.build(toy.tf, toy.in, five, c, SIGMA_DATA);
      double[][] fake =
          noisy(samples(toy), toy.levels("critic/sigma", c.getNoise()), toy.normal("critic/eps"));
      double[] sigmaReal = toy.levels("critic/sigma_real", c.getNoise());
      double[][] real = noisy(Toy.perImage(toy.images), sigmaReal, toy.normal("critic/eps_real"));
      double[] mFake = meanMaps(toy, fake, network);
      double[] mReal = meanMaps(toy, real, network);
      double loss = 0;
      for (int i = 0; i < Toy.B; i++) {
        loss += Toy.softplus(Toy.logit(mFake[i]) + i) / Toy.B;
        for (int k = 0; k < 5; k++) {
          double share = network == Network.TEACHER ? 0.2 : k == i ? 1 : 0;
          loss += share * Toy.softplus(-Toy.logit(mReal[i]) - k) / Toy.B;
        }
      }
      assertClose(loss, toy.run(step.discriminatorLoss()).get(0)[0], "loss");
    }
  }

  @Test
  void realAndGeneratedImagesHaveNoiseOfTheirOwn() {
    DistillConfig c = config(Network.TEACHER, Weighting.UNIFORM, 0);
    try (Toy toy = new Toy()) {
      double[] onSamples = toy.levels("critic/sigma", c.getNoise());
      double[] onReal = toy.levels("critic/sigma_real", c.getNoise());
      double[][] epsSamples = toy.normal("critic/eps");
      double[][] epsReal = toy.normal("critic/eps_real");
      for (int i = 0; i < Toy.B; i++) {
        assertNotEquals(onSamples[i], onReal[i]);
        assertNotEquals(epsSamples[i][0], epsReal[i][0]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"TEACHER", "FAKE_SCORE"})
  void eachLossReachesItsOwnWeightsAlone(Network network) {
    try (Toy toy = new Toy()) {
      CriticStep step = step(toy, config(network, Weighting.EDM, 1));
      for (FloatVariable weights : List.of(toy.student, toy.teacher, toy.fakeScore, toy.head)) {
        assertEquals(
            weights == toy.fakeScore, toy.reaches(step.fakeScoreLoss(), weights), weights.name());
        assertEquals(
            weights == toy.head, toy.reaches(step.discriminatorLoss(), weights), weights.name());
      }
    }
  }
}
