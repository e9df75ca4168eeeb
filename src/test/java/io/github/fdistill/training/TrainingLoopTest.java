package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.data.Batch;
import io.github.fdistill.data.Batches;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.files.AtomicFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;

class TrainingLoopTest {
  private static final int BATCH = 2;

  /** Names that the numbers of the fixture's turns go by. */
  private static final Reading CRITIC_BATCH = Reading.FAKE_SCORE_LOSS;

  private static final Reading CRITIC_IMAGE = Reading.DISCRIMINATOR_LOSS;
  private static final Reading STUDENT_BATCH = Reading.DIVERGENCE_LOSS;
  private static final Reading STUDENT_IMAGE = Reading.GAN_LOSS;

  private static final TrainingLoop.Watch WATCH =
      TrainingLoop.Watch.of(WatchConfig.newBuilder().setNonfiniteSteps(3).build());

  @TempDir Path folder;

  /** Images that are all different, so that a batch is known by their sum. */
  private static Batches batches() {
    return new Batches(PlainImages.of(10, 1, 1, 10), BATCH, 5);
  }

  private static double mean(Batch batch) {
    return (batch.images()[0] + batch.images()[1]) / 2.0;
  }

  /**
   * A graph that writes its turns down: a critic's as the digit 1 and a student's as the digit 2 of
   * {@code order}, the fed batches in {@code trace}.
   */
  private final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final StepInputs inputs =
        Tiny.inputs(g.tf, BATCH, 1, Shape.of(1, 1, 1), Conditioning.ofClasses(0), 1);
    final State state = Tiny.state(g.tf);
    final FloatVariable order = FloatVariable.create(g.tf, "order", Shape.of(1));
    final FloatVariable trace = FloatVariable.create(g.tf, "trace", Shape.of(1));
    final Turn critic = turn(Turn.Kind.CRITIC, 1, CRITIC_BATCH, CRITIC_IMAGE);
    final Turn student = turn(Turn.Kind.STUDENT, 2, STUDENT_BATCH, STUDENT_IMAGE);
    final List<Long> pictures = new ArrayList<>();
    final List<Float> orders = new ArrayList<>();
    TrainingLoop.Looking besides = (step, log) -> Map.of();

    Fixture() {
      state.zeros(List.of(order, trace));
    }

    private Turn turn(Turn.Kind kind, int digit, Reading ofBatch, Reading ofImage) {
      Expr number = Expr.cast(g.tf, inputs.step());
      Expr image = inputs.real(g.tf).mean();
      Expr seen =
          image.plus(Expr.cast(g.tf, inputs.condition().label()).mean()).plus(number.times(0.01));
      var update =
          g.tf
              .withControlDependencies(
                  List.of(
                      order.assign(g.tf, order.read(g.tf).times(10).plus(digit)),
                      trace.assign(g.tf, trace.read(g.tf).times(0.5).plus(seen))))
              .noOp();
      Map<Reading, Expr> scalars = new LinkedHashMap<>();
      scalars.put(ofBatch, number);
      scalars.put(ofImage, image);
      return new Turn(kind, List.of(Turn.Run.ofEachPart(update, scalars)));
    }

    TrainingLoop.Plan plan(long steps, List<List<Turn>> step) {
      List<Reading> headline = List.copyOf(step.get(0).get(0).scalars().keySet());
      return new TrainingLoop.Plan("test", step, steps, 2, WATCH, headline);
    }

    /** Two batches for the critic and one for the student. */
    List<List<Turn>> alternate() {
      return List.of(List.of(critic), List.of(critic), List.of(student));
    }

    /** Two batches for the critic, the first for the student too. */
    List<List<Turn>> together() {
      return List.of(List.of(student, critic), List.of(critic));
    }

    /** Runs until so many steps are made in this session. */
    TrainingLoop.Outcome run(TrainingLoop.Plan plan, int most) throws IOException {
      int[] made = {0};
      return new TrainingLoop(g.tf, g.session(), inputs, state, batches(), Others.none())
          .run(
              plan,
              Tiny.outputs(
                  folder,
                  new TrainingLoop.Look(
                      2,
                      (step, log) -> {
                        pictures.add(step);
                        orders.add(g.read(order)[0]);
                        besides.after(step, log);
                        return Map.of("look/order", orders.get(orders.size() - 1));
                      })),
              () -> made[0]++ == most);
    }

    @Override
    public void close() {
      g.close();
    }
  }

  @Test
  void alternatingEachTurnHasABatchOfItsOwn() throws IOException {
    try (Fixture t = new Fixture()) {
      Map<Reading, Float> last = t.run(t.plan(2, t.alternate()), 99).last();
      assertEquals(List.of(112112f), t.orders);
      // Step 1 of three batches: 3, 4 and 5. The numbers of the critic's two turns are averaged.
      assertEquals(3.5f, last.get(CRITIC_BATCH));
      assertEquals(5f, last.get(STUDENT_BATCH));
      Batches batches = batches();
      double critics = (mean(batches.at(3)) + mean(batches.at(4))) / 2;
      assertEquals(critics, last.get(CRITIC_IMAGE), 1e-6);
      assertEquals(mean(batches.at(5)), last.get(STUDENT_IMAGE), 1e-6);
    }
  }

  @Test
  void togetherTheStudentAndTheCriticShareTheFirstBatch() throws IOException {
    try (Fixture t = new Fixture()) {
      Map<Reading, Float> last = t.run(t.plan(2, t.together()), 99).last();
      assertEquals(List.of(211211f), t.orders);
      assertEquals(2.5f, last.get(CRITIC_BATCH));
      assertEquals(2f, last.get(STUDENT_BATCH));
      assertEquals(mean(batches().at(2)), last.get(STUDENT_IMAGE), 1e-6);
    }
  }

  private List<String> checkpoints() throws IOException {
    try (Stream<Path> inside = Files.list(folder.resolve("checkpoints"))) {
      return inside
          .filter(Files::isDirectory)
          .map(p -> p.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void checkpointsPicturesAndNumbersComeAtTheirSteps() throws IOException {
    try (Fixture t = new Fixture()) {
      TrainingLoop.Outcome end = t.run(t.plan(5, t.alternate()), 99);
      assertEquals(List.of("step-00000002", "step-00000004", "step-00000005"), checkpoints());
      assertEquals(List.of(2L, 4L, 5L), t.pictures);
      List<String> lines = Files.readAllLines(folder.resolve("metrics.jsonl"));
      assertEquals(5, lines.size());
      for (int step = 0; step < 5; step++) {
        String begins = "{\"step\":" + step + ",\"fake_score_loss\":" + (3 * step + 0.5);
        assertTrue(lines.get(step).startsWith(begins), lines.get(step));
        boolean looked = lines.get(step).contains("\"look/order\":");
        assertEquals(step == 1 || step == 3 || step == 4, looked, "what a look returns");
      }
      assertEquals(5, end.step());
      assertEquals(5 * 3 * BATCH, end.images());
      assertTrue(end.finished());
    }
  }

  @Test
  void aStopSavesAndTheNextRunGoesOnWithTheNextBatch() throws IOException {
    float[] unbroken;
    try (Fixture t = new Fixture()) {
      TrainingLoop.Plan plan = t.plan(5, t.together());
      new TrainingLoop(t.g.tf, t.g.session(), t.inputs, t.state, batches(), Others.none())
          .run(plan, Tiny.outputs(folder.resolve("other")), () -> false);
      unbroken = t.g.read(t.trace);
    }
    try (Fixture t = new Fixture()) {
      TrainingLoop.Outcome end = t.run(t.plan(5, t.together()), 3);
      assertEquals(3, end.step());
      assertFalse(end.finished());
      assertEquals(List.of("step-00000002", "step-00000003"), checkpoints());
    }
    try (Fixture t = new Fixture()) {
      TrainingLoop.Outcome one = t.run(t.plan(5, t.together()), 1);
      assertEquals(6.5f, one.last().get(CRITIC_BATCH));
      assertEquals(4, one.step());
    }
    try (Fixture t = new Fixture()) {
      TrainingLoop.Outcome end = t.run(t.plan(5, t.together()), 99);
      assertTrue(end.finished());
      assertEquals(5 * 2 * BATCH, end.images());
      assertArrayEquals(unbroken, t.g.read(t.trace));
      assertEquals(5, Files.readAllLines(folder.resolve("metrics.jsonl")).size());
    }
    try (Fixture t = new Fixture()) {
      assertTrue(t.run(t.plan(5, t.together()), 99).finished(), "nothing is left to do");
      assertEquals(List.of(), t.pictures);
      assertArrayEquals(unbroken, t.g.read(t.trace));
    }
  }

  /** Whether the stop comes before the look or while it is made, and also after the last step. */
  @ParameterizedTest
  @CsvSource({"2, false", "2, true", "4, false", "4, true"})
  void aStopDoesNotWaitForALookAndTheNextSessionMakesIt(long at, boolean within)
      throws IOException {
    Path whole = folder.resolve("whole");
    List<Long> unbroken = new ArrayList<>();
    looking(whole, 0, within, unbroken);
    List<Long> seen = new ArrayList<>();
    TrainingLoop.Outcome stopped = looking(folder, at, within, seen);
    assertEquals(at, stopped.step());
    assertFalse(stopped.finished(), "a look is left");
    assertEquals(unbroken.subList(0, (int) at / 2 - 1), seen);
    assertTrue(checkpoints().contains("step-0000000" + at), "its state is saved");
    assertThrows(IllegalStateException.class, () -> looking(folder, FAILS, within, seen));
    assertTrue(looking(folder, 0, within, seen).finished(), "made up all the same");
    assertEquals(unbroken, seen);
    String metrics = Files.readString(whole.resolve("metrics.jsonl"));
    assertEquals(metrics, Files.readString(folder.resolve("metrics.jsonl")));
    assertTrue(looking(folder, 0, within, seen).finished());
    assertEquals(unbroken, seen, "none is made twice");
  }

  private static final long FAILS = -1;

  /**
   * Four steps with a look after every other, asked to stop at that of a step, or where it fails.
   */
  private TrainingLoop.Outcome looking(Path run, long stop, boolean within, List<Long> seen)
      throws IOException {
    boolean[] stopped = new boolean[1];
    TrainingLoop.Look before =
        new TrainingLoop.Look(
            2,
            (step, log) -> {
              stopped[0] = !within && step == stop;
              return Map.of();
            });
    TrainingLoop.Look look =
        TrainingLoop.Look.mayBeLeft(
            2,
            (step, log) -> {
              if (step == stop) {
                stopped[0] = true;
                throw new LeftLook();
              }
              if (stop == FAILS) {
                throw new IllegalStateException();
              }
              seen.add(step);
              return Map.of("look/step", step);
            });
    try (Fixture t = new Fixture()) {
      return new TrainingLoop(t.g.tf, t.g.session(), t.inputs, t.state, batches(), Others.none())
          .run(t.plan(4, t.together()), Tiny.outputs(run, before, look), () -> stopped[0]);
    }
  }

  @Test
  void aRunThatWentFurtherThanAskedIsRefused() throws IOException {
    try (Fixture t = new Fixture()) {
      t.run(t.plan(3, t.together()), 99);
      String message =
          assertThrows(InputException.class, () -> t.run(t.plan(2, t.together()), 99)).getMessage();
      assertTrue(message.contains("steps=3"), message);
    }
  }

  @Test
  void aNumberThatIsNoneIsToldOnce() throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try (Fixture t = new Fixture()) {
      Expr number = Expr.cast(t.g.tf, t.inputs.step());
      Map<Reading, Expr> loss = Map.of(Reading.LOSS, number.minus(1).log());
      Turn lost =
          new Turn(
              Turn.Kind.CRITIC,
              List.of(Turn.Run.ofEachPart(t.critic.runs().get(0).target(), loss)));
      t.run(t.plan(4, List.of(List.of(lost))), 99);
    } finally {
      System.setErr(before);
    }
    String text = said.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("Step 0: loss is NaN; updates"), text);
    assertFalse(text.contains("Step 1"), text);
  }

  @Test
  void aRunThatHasNoNumbersEndsAndSaysWhereTheyWereLost() throws IOException {
    try (Fixture t = new Fixture()) {
      Expr number = Expr.cast(t.g.tf, t.inputs.step());
      // A number until step 3, and none from then on.
      Expr root = number.times(-1).plus(3).sqrt();
      Op target = t.critic.runs().get(0).target();
      Turn lost =
          new Turn(
              Turn.Kind.CRITIC,
              List.of(
                  Turn.Run.once(t.g.tf.noOp(), Map.of()), // Such as a sum over workers.
                  Turn.Run.ofEachPart(target, Map.of(Reading.LOSS, root.times(0)))));
      String message =
          assertThrows(InputException.class, () -> t.run(t.plan(20, List.of(List.of(lost))), 99))
              .getMessage();
      assertTrue(message.contains("step 6"), message);
      assertTrue(message.contains("loss is NaN, in 3 steps in a row"), message);
      assertTrue(message.contains("not finite: " + root.op().name()), message);
      assertTrue(message.contains("checkpoint of step 6 is whole"), message);
      assertEquals(List.of("step-00000002", "step-00000004", "step-00000006"), checkpoints());
    }
  }

  @Test
  void aDiskThatTakesNoCheckpointEndsTheRun() throws IOException {
    try (Fixture t = new Fixture()) {
      t.besides =
          (step, log) -> {
            AtomicFolder.delete(folder.resolve("checkpoints"));
            Files.writeString(folder.resolve("checkpoints"), "a file where the folder should be");
            return Map.of();
          };
      String message =
          assertThrows(InputException.class, () -> t.run(t.plan(5, t.together()), 99)).getMessage();
      assertTrue(message.matches("(?s).*checkpoint of step [24] cannot be written.*"), message);
      assertTrue(message.contains("MB more"), message);
    }
  }

  @Test
  void aPlanWhoseStepsLackAReadingThatIsLookedAtIsRefused() {
    try (Fixture t = new Fixture()) {
      List<List<Turn>> steps = t.alternate();
      FloatVariable factor = t.state.trained(t.g.tf, "rate_factor", 1);
      TrainingLoop.Watch watch =
          new TrainingLoop.Watch(0, Optional.of(new Rollback(factor, 0.5, 1, 0, 3)));
      String unwatched =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new TrainingLoop.Plan("test", steps, 9, 3, watch, List.of()))
              .getMessage();
      assertTrue(unwatched.contains("the watchdog needs [fake_score_loss, "), unwatched);
      List<Reading> headline = List.of(CRITIC_BATCH, Reading.ACCURACY);
      assertThrows(
          IllegalArgumentException.class,
          () -> new TrainingLoop.Plan("test", steps, 9, 3, WATCH, headline));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 41, 0", "40, 41, 0", "41, 41, 1", "47, 47, 1", "50000003, 5, 10000000"})
  void theRunsStepIsTheWholePartOfBatchesOverBatchesPerStep(long batch, int perStep, float step) {
    try (Toy toy = new Toy()) {
      toy.step = batch;
      assertEquals(step, toy.run(toy.in.runStep(toy.tf, perStep)).get(0)[0]);
    }
  }
}
