package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentInput;
import io.github.fdistill.config.StudentSampler;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.FewSteps;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.training.StudentSamples.StepOfRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

/** What a student of several steps is trained on. */
class FewStepTrainingTest {
  @TempDir Path folder;

  private static DistillConfig.Builder config(StudentInput input, StudentSampler sampler) {
    return Tiny.config()
        .setStudentSigma(20)
        .setStudentSteps(2)
        .setStudentInput(input)
        .setStudentSampler(sampler);
  }

  private Map<String, float[]> trained(DistillConfig.Builder config, String name, int... stops)
      throws IOException {
    try (Distillation d = Tiny.distillation(config)) {
      TrainingLoop.Outputs outputs = Tiny.outputs(folder.resolve(name));
      for (int stop : stops) {
        int[] asked = {0};
        d.graph().run(Tiny.batches(), outputs, () -> asked[0]++ == stop);
        d.state().initialise(d.session());
      }
      assertTrue(d.graph().run(Tiny.batches(), outputs, () -> false).finished());
      return StateValues.of(d.state(), d.session());
    }
  }

  @Test
  @Tag("trial")
  void aResumedRunEqualsAnUnbrokenOneBitForBit() throws IOException {
    assertResumes(StudentInput.OWN_SAMPLES, StudentSampler.RENOISE);
  }

  @ParameterizedTest
  @Tag("trial")
  @CsvSource({"OWN_SAMPLES, DETERMINISTIC", "REAL_IMAGES, RENOISE"})
  void soItDoesWhateverItIsTrainedOn(StudentInput input, StudentSampler sampler)
      throws IOException {
    assertResumes(input, sampler);
  }

  @Test
  void inTurnRowIIsAtStepIModK() {
    Denoiser tell =
        (x, sigma, condition) -> new Denoiser.Pass(x.times(0).plus(sigma.perImage()), Map.of());
    StudentSteps steps = new StudentSteps(List.of(4.0, 2.0), StudentSampler.RENOISE);
    FewSteps student = new FewSteps(tell, steps, Shape.of(2, 3, 2));
    try (Toy toy = new Toy()) {
      Expr x =
          StudentSamples.ofOwnSamples(student, StepOfRow.IN_TURN).of(toy.tf, toy.in, "student");
      float[] drawn = toy.run(x).get(0);
      for (int row = 0; row < Toy.B; row++) {
        assertEquals(row % 2 == 0 ? 4 : 2, drawn[row * Toy.PIXELS]);
      }
    }
  }

  private void assertResumes(StudentInput input, StudentSampler sampler) throws IOException {
    Map<String, float[]> whole = trained(config(input, sampler), "whole");
    Map<String, float[]> parts = trained(config(input, sampler), "parts", 2);
    assertEquals(whole.keySet(), parts.keySet());
    whole.forEach((name, values) -> assertArrayEquals(values, parts.get(name), name));
  }

  @Test
  @Tag("trial")
  void aBatchInPartsIsWhatItIsAsAWhole() throws IOException {
    float[][] moments = new float[2][];
    for (int parts = 1; parts <= 2; parts++) {
      DistillConfig.Builder config = Tiny.config(parts).setSteps(1).setStudentSigma(20);
      moments[parts - 1] = trained(config.setStudentSteps(2), "in-" + parts).get("student/m");
    }
    double difference = StateValues.difference(moments[0], moments[1]);
    assertTrue(difference < 2e-5, "" + difference);
  }

  /** With critics of each step too, which take the rows of every part in turn. */
  @Test
  void criticsOfEachStepSeeTheSameInParts() throws IOException {
    List<Map<String, float[]>> found = new ArrayList<>();
    for (int parts = 1; parts <= 2; parts++) {
      DistillConfig.Builder config = Tiny.config(parts).setSteps(1).setStudentSigma(20);
      config.setStudentSteps(2);
      try (Distillation d =
          new Distillation(Models.of(Tiny.small(1), Tiny.small(2)), config.build())) {
        d.graph().run(Tiny.batches(), Tiny.outputs(folder.resolve("each-" + parts)), () -> false);
        found.add(StateValues.of(d.state(), d.session()));
      }
    }
    for (String moment :
        List.of("student/m", "fake_score/m", "fake_score_2/m", "discriminator/m")) {
      float[] whole = found.get(0).get(moment);
      double difference = StateValues.difference(whole, found.get(1).get(moment));
      assertTrue(difference < 2e-5, moment + ": " + difference);
    }
    Map<String, float[]> whole = found.get(0);
    assertFalse(Arrays.equals(whole.get("fake_score/m"), whole.get("fake_score_2/m")));
  }

  /** Weights and both moments of two of three. */
  @Test
  void whatMoreFakeScoresTakeIsTold() {
    DistillConfig.Builder config = Tiny.config().setBatchSize(6).setStudentSteps(3);
    try (Distillation d = Tiny.smallDistillation(config.setStudentSigma(20))) {
      long one = 4L * Tiny.small(1).weights().parameters().length();
      assertEquals(2 * 3 * one, d.graph().holdings().ofFurtherFakeScores(), 0.01 * one);
    }
    config.setStudentCritics(DistillConfig.StudentCritics.OF_ALL_STEPS);
    try (Distillation d = Tiny.smallDistillation(config)) {
      assertEquals(0, d.graph().holdings().ofFurtherFakeScores());
    }
  }

  @Test
  void rowsThatStepsCannotShareAlikeAreRefused() {
    DistillConfig.Builder config = Tiny.config().setStudentSteps(3).setStudentSigma(20);
    InputException refused =
        assertThrows(InputException.class, () -> Tiny.smallDistillation(config));
    assertTrue(refused.getMessage().contains("a multiple of 3"), refused.getMessage());
  }

  /** D = sigma for every pixel: a sample says which step it came of. */
  @Test
  void everyStepIsAsLikelyAndAFunctionOfTheBatchsNumber() {
    Denoiser tell =
        (x, sigma, condition) -> new Denoiser.Pass(x.times(0).plus(sigma.perImage()), Map.of());
    StudentSteps steps = new StudentSteps(List.of(4.0, 2.0, 1.0), StudentSampler.RENOISE);
    FewSteps student = new FewSteps(tell, steps, Shape.of(2, 3, 2));
    try (Toy toy = new Toy()) {
      for (StudentSamples samples :
          List.of(
              StudentSamples.ofOwnSamples(student, StepOfRow.DRAWN),
              StudentSamples.ofRealImages(student, StepOfRow.DRAWN))) {
        Expr x = samples.of(toy.tf, toy.in, "student");
        Expr others = samples.of(toy.tf, toy.in, "critic");
        int[] seen = new int[5];
        int differing = 0;
        int batches = 300;
        for (toy.step = 0; toy.step < batches; toy.step++) {
          List<float[]> drawn = toy.run(x, others);
          for (int row = 0; row < Toy.B; row++) {
            seen[(int) drawn.get(0)[row * Toy.PIXELS]]++;
          }
          differing += Arrays.equals(drawn.get(0), drawn.get(1)) ? 0 : 1;
        }
        toy.step = 7;
        assertArrayEquals(toy.run(x).get(0), toy.run(x).get(0));
        double rows = batches * Toy.B;
        for (int level : new int[] {4, 2, 1}) {
          double error = Math.sqrt(1 / 3.0 * 2 / 3.0 / rows);
          assertEquals(1 / 3.0, seen[level] / rows, 4 * error, "level " + level);
        }
        assertTrue(differing > 0.9 * batches, "student and critic draw their own");
      }
    }
  }
}
