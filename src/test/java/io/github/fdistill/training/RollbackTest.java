package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Batches;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/** A student whose images become alike from some step on, unless its rates are lower. */
class RollbackTest {
  private static final int EVERY = 20;
  private static final int NEVER_STOPPED = 999;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream before = System.err;
  @TempDir Path folder;

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void listenNoMore() {
    System.setErr(before);
  }

  private String said() {
    String all = said.toString(StandardCharsets.UTF_8);
    said.reset();
    return all;
  }

  /**
   * A stage of a run.
   *
   * @param collapse the step that its images become alike from
   * @param rollbacks how often it may go back
   * @param keep checkpoints
   */
  private record Stage(long first, long end, long collapse, int rollbacks, int keep) {}

  /** A run of one stage that collapses at step 100. */
  private static Stage run(int rollbacks, int keep) {
    return new Stage(0, 200, 100, rollbacks, keep);
  }

  /** Runs until so many steps are made in this session. */
  private TrainingLoop.Outcome train(Stage stage, int most) throws IOException {
    try (TestGraph g = new TestGraph()) {
      StepInputs in = Tiny.inputs(g.tf, 2, 1, Shape.of(1, 1, 1), Conditioning.ofClasses(0), 1);
      State state = Tiny.state(g.tf);
      FloatVariable factor = state.trained(g.tf, "rate_factor", 1);
      int[] loaded = {0};
      state.frozen("frozen", counted(loaded));
      Expr late =
          Expr.cast(g.tf, g.tf.math.greaterEqual(in.step(), g.tf.constant(stage.collapse())));
      Expr high = factor.read(g.tf).minus(0.5).times(2).reshape();
      Map<Reading, Expr> readings = new EnumMap<>(Reading.class);
      Watchdog.READINGS.forEach(reading -> readings.put(reading, Expr.constant(g.tf, 0.5)));
      readings.put(Reading.DIVERSITY, late.times(high).times(-0.999).plus(1));
      Turn turn = new Turn(Turn.Kind.STUDENT, List.of(Turn.Run.ofEachPart(g.tf.noOp(), readings)));
      Rollback rollback = new Rollback(factor, 0.5, stage.rollbacks(), stage.first(), EVERY);
      TrainingLoop.Plan plan =
          new TrainingLoop.Plan(
              "test",
              List.of(List.of(turn)),
              stage.end(),
              EVERY,
              new TrainingLoop.Watch(0, Optional.of(rollback)),
              List.of());
      int[] made = {0};
      TrainingLoop.Outputs usual = Tiny.outputs(folder);
      TrainingLoop loop =
          new TrainingLoop(
              g.tf,
              g.session(),
              in,
              state,
              new Batches(PlainImages.of(10, 1, 1, 10), 2, 5),
              Others.none());
      TrainingLoop.Outcome outcome =
          loop.run(
              plan,
              new TrainingLoop.Outputs(
                  new Checkpoints(usual.checkpoints().folder(), stage.keep()),
                  usual.log(),
                  usual.progress(),
                  List.of(new TrainingLoop.Look(EVERY, this::draw))),
              () -> made[0]++ == most);
      assertEquals(1, loaded[0], "what is frozen is loaded at the beginning, however it goes back");
      return outcome;
    }
  }

  private Map<String, Double> draw(long step, RunLog log) throws IOException {
    Files.createDirectories(folder.resolve("pictures"));
    Files.writeString(folder.resolve("pictures").resolve(RunFiles.picture(step)), "");
    return Map.of();
  }

  /** A weight, and how often it was read. */
  private static Weights counted(int[] count) {
    Weights one = WeightArrays.vector(new float[] {1});
    return new Weights() {
      @Override
      public Parameters parameters() {
        return one.parameters();
      }

      @Override
      public void copy(int parameter, FloatDataBuffer into) {
        count[0]++;
        one.copy(parameter, into);
      }
    };
  }

  private String metrics() throws IOException {
    return Files.readString(folder.resolve("metrics.jsonl"));
  }

  private void clear() throws IOException {
    Files.delete(folder.resolve("metrics.jsonl"));
    AtomicFolder.delete(folder.resolve("checkpoints"));
  }

  @Test
  void aCollapseIsToldAndTheRunGoesBackWhereItMay() throws IOException {
    assertTrue(train(run(0, 99), NEVER_STOPPED).finished());
    String warned = said();
    assertTrue(warned.contains("images have become alike"), warned);
    assertFalse(warned.contains("Back from"), warned);
    clear();
    assertTrue(train(run(2, 99), NEVER_STOPPED).finished());
    String back = said();
    assertTrue(back.contains("Back from step 126 to step 60"), back);
    assertTrue(back.contains("0.5 of the learning rates (1 of 2"), back);
    assertEquals(200, metrics().lines().count(), "each step once");
    assertFalse(metrics().contains("\"diversity\":0.00"), "what it went back from is gone");
  }

  /** Of the newest one checkpoint is kept, and those that it may go back to. */
  @Test
  void whereItGoesBackToDependsNeitherOnStopsNorOnHowManyCheckpointsAreKept() throws IOException {
    assertTrue(train(run(2, 1), NEVER_STOPPED).finished());
    String unbroken = said();
    assertTrue(unbroken.contains("Back from step 126 to step 60"), unbroken);
    String metrics = metrics();

    clear();
    // Steps 0 to 69, to 109, and to 125, from which it goes back to 60 and on to 69 again.
    for (int steps : new int[] {70, 40, 16 + 10}) {
      assertFalse(train(run(2, 1), steps).finished());
    }
    String back = said();
    assertTrue(back.contains("Back from step 126 to step 60"), back);
    assertTrue(
        Files.exists(folder.resolve("checkpoints/step-00000070")),
        "the last session saved, although it began at 110");
    try (Stream<Path> pictures = Files.list(folder.resolve("pictures"))) {
      assertEquals(3, pictures.count(), "of the steps 20, 40 and 60: later ones are yet to come");
    }
    assertTrue(train(run(2, 1), NEVER_STOPPED).finished());
    assertFalse(said().contains("Back from"), "its rates are lower still");
    assertEquals(metrics, metrics());
  }

  /** As where checkpoints were written every 30 steps before, or one was taken away. */
  @Test
  void whereNoPlaceIsThereItGoesBackToAnotherCheckpointAndNeverToTheBeginning() throws IOException {
    assertFalse(train(run(2, 99), 70).finished());
    for (String step : List.of("20", "40", "60")) {
      AtomicFolder.delete(folder.resolve("checkpoints/step-000000" + step));
    }
    said();
    assertTrue(train(run(2, 99), NEVER_STOPPED).finished());
    String back = said();
    assertTrue(back.contains("Back from step 126 to step 70"), back);
    clear();
    assertFalse(train(run(2, 99), 90).finished());
    try (Stream<Path> all = Files.list(folder.resolve("checkpoints"))) {
      for (Path each : all.toList()) {
        if (!each.endsWith("step-00000090")) {
          AtomicFolder.delete(each);
        }
      }
    }
    said();
    train(run(2, 99), NEVER_STOPPED);
    assertFalse(said().contains("Back from"), "of before the collapse there is none");
  }

  @Test
  void aStageGoesBackToItsBeginningAtMost() throws IOException {
    Stage first = new Stage(0, 110, 999, 1, 1);
    assertTrue(train(first, NEVER_STOPPED).finished());
    // From 100 on images would be alike; the second stage knows no others.
    assertTrue(train(new Stage(110, 200, 100, 1, 1), NEVER_STOPPED).finished());
    String said = said();
    assertFalse(said.contains("Back from"), said);

    clear();
    assertTrue(train(first, NEVER_STOPPED).finished());
    assertTrue(train(new Stage(110, 200, 115, 1, 1), NEVER_STOPPED).finished());
    String back = said();
    assertTrue(back.contains("Back from step 163 to step 110"), back);
    assertEquals(200, metrics().lines().count());
  }

  @Test
  void aStageWithNothingToGoBackToGoesOn() throws IOException {
    assertTrue(train(new Stage(0, 110, 999, 1, 1), NEVER_STOPPED).finished());
    Stage second = new Stage(110, 200, 115, 1, 1);
    assertFalse(train(second, 45).finished());
    AtomicFolder.delete(folder.resolve("checkpoints/step-00000110"));
    assertTrue(train(second, NEVER_STOPPED).finished());
    String said = said();
    assertTrue(said.contains("No checkpoint of steps 110 to 113"), said);
  }
}
