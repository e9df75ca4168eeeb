package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private long nanos;

  private Progress start(long firstStep, long totalSteps) {
    return Progress.start(
        "train",
        firstStep,
        totalSteps,
        new Progress.Options(Progress.Display.LINES, Duration.ofSeconds(10), () -> nanos));
  }

  private void pass(double seconds) {
    nanos += Math.round(seconds * 1e9);
  }

  /** 2.5 steps/s of 125 images: 680 steps more take 272 s. */
  @Test
  void aLineSaysWhereHowFastAndHowLong() {
    try (LogLines lines = new LogLines()) {
      try (Progress progress = start(0, 800)) {
        for (int step = 1; step <= 120; step++) {
          pass(0.4);
          progress.stepTo(step, step * 125L, "loss 0.0123");
        }
      }
      String last = lines.get().get(lines.get().size() - 1);
      assertEquals("train  step 120/800  15%  313 images/s  4:32 left  loss 0.0123", last);
    }
  }

  @Test
  void aLineEveryTenSecondsAndOneForTheEnd() {
    try (LogLines lines = new LogLines()) {
      try (Progress progress = start(0, 25)) {
        for (int step = 1; step <= 25; step++) {
          pass(1);
          progress.stepTo(step, 0, "");
        }
      }
      assertEquals(
          List.of(
              "train  step 10/25  40%  1.00 steps/s  0:15 left",
              "train  step 20/25  80%  1.00 steps/s  0:05 left",
              "train  step 25/25  100%  1.00 steps/s  in 0:25"),
          lines.get());
    }
  }

  @Test
  void stepsOfAnEarlierRunDoNotCountAsSpeed() {
    try (LogLines lines = new LogLines();
        Progress progress = start(700, 800)) {
      progress.stepTo(701, 64, "");
      pass(10);
      progress.stepTo(721, 1344, "");
      assertEquals(List.of("train  step 721/800  90%  128 images/s  0:40 left"), lines.get());
    }
  }

  /** Two minutes at a step a second do not take an hour because the first took 17 s. */
  @Test
  void whatComesBeforeTheFirstStepIsNotCountedForTheOthers() {
    try (LogLines lines = new LogLines();
        Progress progress = start(0, 120)) {
      pass(17);
      progress.stepTo(1, 0, "");
      for (int step = 2; step <= 11; step++) {
        pass(1);
        progress.stepTo(step, 0, "");
      }
      assertEquals(
          List.of(
              "train  step 1/120  0%  started", "train  step 11/120  9%  1.00 steps/s  1:49 left"),
          lines.get());
    }
  }

  @Test
  void whatIsCountedIsNamed() {
    Progress.Options options =
        new Progress.Options(Progress.Display.LINES, Duration.ofSeconds(10), () -> nanos);
    try (LogLines lines = new LogLines();
        Progress progress = Progress.start("features", "image", 0, 4, options)) {
      pass(2);
      progress.stepTo(4, 0, "");
      assertEquals(List.of("features  image 4/4  100%  2.00 images/s  in 0:02"), lines.get());
    }
  }

  /** A first step of a minute (graphs being optimised) weighs less than 2% five minutes later. */
  @Test
  void theSpeedIsThatOfTheLastHalfMinute() {
    Rate rate = new Rate();
    rate.reach(1, 60);
    for (int step = 2; step <= 1200; step++) {
      rate.reach(step, 0.25);
    }
    assertEquals(4, rate.perSecond(), 0.08);
  }

  @Test
  void timesReadAsAClock() {
    assertEquals("0:00", Progress.clock(0.4));
    assertEquals("4:32", Progress.clock(272));
    assertEquals("59:59", Progress.clock(3599.4));
    assertEquals("1:02:03", Progress.clock(3723));
    assertEquals("100:00:00", Progress.clock(360_000));
  }

  @Test
  void quietMeansNothing() {
    assertEquals(Progress.Display.NOTHING, Progress.Display.choose(true));
    try (LogLines lines = new LogLines()) {
      try (Progress progress =
          Progress.start("train", 0, 1, Progress.Options.of(Progress.Display.NOTHING))) {
        progress.stepTo(1, 1, "");
      }
      assertEquals(List.of(), lines.get());
    }
  }

  /** A console as Java 22 to 24 have it, whatever takes what is printed. */
  public record AnyConsole(boolean isTerminal) {}

  @Test
  void aConsoleThatIsNoTerminalHasNoBar() {
    assertFalse(Progress.Display.isTerminal(AnyConsole.class, new AnyConsole(false)));
    assertTrue(Progress.Display.isTerminal(AnyConsole.class, new AnyConsole(true)));
    assertTrue(Progress.Display.isTerminal(Object.class, new Object()), "as before Java 22");
    assertFalse(Progress.Display.isTerminal(Object.class, null));
  }

  /** The log's lines stand whole between two drawings of the bar, each on a line of its own. */
  @Test
  void theBarEndsAtItsLastStateAndLetsTheLogThrough() {
    PrintStream terminal = System.out;
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    System.setOut(new PrintStream(drawn, true, StandardCharsets.UTF_8));
    try (LogLines lines = new LogLines()) {
      try (Progress progress =
          Progress.start("train", 10, 20, Progress.Options.of(Progress.Display.BAR))) {
        LogManager.getLogger(ProgressTest.class).info("saved");
        progress.stepTo(20, 640, "loss 0.5");
      }
      assertEquals(List.of("saved"), lines.get());
    } finally {
      System.setOut(terminal);
    }
    String screen = drawn.toString(StandardCharsets.UTF_8);
    String last = screen.substring(screen.lastIndexOf('\r'));
    assertTrue(last.contains("train 100%") && last.contains("20/20"), last);
    assertTrue(screen.endsWith("\n"));
    assertFalse(screen.contains("saved"), "stdout and stderr stay apart");
  }
}
