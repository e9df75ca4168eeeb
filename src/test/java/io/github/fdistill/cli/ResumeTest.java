package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run that was stopped and went on equals, bit for bit, one that never stopped. */
class ResumeTest {
  /** More than are made before a run is stopped. */
  private static final long MANY = 100_000;

  private static String[] words(long steps) {
    return ("train --quiet --config=distill.pbtxt --set=steps=" + steps)
        .concat(" --set=ratio.decay=0.5 --set=picture_every_steps=0")
        .split(" ");
  }

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void aTeacher() throws IOException {
    place = Workplace.create(folder);
    Path teacher = place.path("savedmodels/teacher/1");
    ForeignModel.write(teacher, "denoise", Workplace.SIDE, Workplace.CLASSES, true);
  }

  /** The program in a JVM of its own, as a user starts it; the first word is where. */
  static final class Program {
    public static void main(String[] args) {
      List<String> words = List.of(args).subList(1, args.length);
      System.exit(Main.run(words, new Workspace(Path.of(args[0])), System.out, System.err));
    }
  }

  /** A second run in the folder is refused meanwhile, and disturbs nothing. */
  @Test
  @Timeout(600)
  void afterSigterm() throws Exception {
    goesOnAfter(
        run -> {
          place
              .run(words(MANY))
              .failed("runs/student: a run is already", "process " + run.pid() + " on");
          run.terminate();
        },
        143);
  }

  @Tag("trial")
  @Test
  @Timeout(600)
  @DisabledOnOs(OS.WINDOWS)
  void afterCtrlC() throws Exception {
    assumeTrue(ChildJvm.hearsInterrupts(), "SIGINT is ignored by what was started like this");
    goesOnAfter(ChildJvm::interrupt, 130);
  }

  /** What ends a run. */
  private interface Ending {
    void of(ChildJvm run) throws Exception;
  }

  private void goesOnAfter(Ending ending, int code) throws Exception {
    List<Object> child = new ArrayList<>(List.of(folder));
    child.addAll(List.of(words(MANY)));
    try (ChildJvm run = ChildJvm.start(Program.class, child.toArray())) {
      awaitLines(3);
      ending.of(run);
      run.awaitLine("of " + MANY + " and saved in runs/student");
      run.awaitLine("./fdistill " + String.join(" ", words(MANY)));
      run.assertExitCode(code);
    }
    long done = place.finiteMetrics("student").size();
    assertTrue(3 <= done, done + " steps");

    place.run(words(done + 2)).done();
    float[] broken = student();
    String metrics = place.read("runs/student/metrics.jsonl");
    Files.move(place.path("runs"), place.path("runs-broken"));
    assertTrue(place.run(words(done + 2)).done().contains("savedmodels/student/2"));
    assertEquals(done + 2, place.finiteMetrics("student").size());
    assertEquals(place.read("runs/student/metrics.jsonl"), metrics);
    assertArrayEquals(student(), broken);
  }

  private void awaitLines(int count) throws IOException, InterruptedException {
    Path metrics = place.path("runs/student/metrics.jsonl");
    while (!Files.exists(metrics) || Files.readAllLines(metrics).size() < count) {
      Thread.sleep(5);
    }
  }

  @Test
  void afterEveryStepOfATeacher() throws IOException {
    String dropout = "unet { dropout: 0.3 ";
    String network = Workplace.unet(Workplace.SIDE, Workplace.CLASSES);
    place.write("teacher/network.pbtxt", network.replace("unet {", dropout));
    place.pretrain("steps=3", "name=unbroken").done();
    for (int steps = 1; steps <= 3; steps++) {
      place.pretrain("steps=" + steps, "name=broken").done();
    }
    assertEquals(
        place.read("runs/unbroken/metrics.jsonl"), place.read("runs/broken/metrics.jsonl"));
    assertArrayEquals(values("savedmodels/unbroken"), values("savedmodels/broken"));
  }

  /** As to another machine: all of the working directory, into a directory of another name. */
  @Test
  void afterAMoveOfTheWorkingDirectory() throws Exception {
    String[] settings = {"ratio.decay=0.5", "checkpoint.every_steps=1"};
    place.train(settings).done();
    Path moved = Files.move(folder, folder.resolveSibling(folder.getFileName() + "-moved"));
    try {
      Workplace there = new Workplace(moved);
      there.train("steps=4", settings[0], settings[1]).done();
      float[] broken =
          WeightArrays.of(DenoiserModel.read(there.path("savedmodels/student")).weights());
      String metrics = there.read("runs/student/metrics.jsonl");
      AtomicFolder.delete(there.path("runs"));
      there.train("steps=4", settings[0], settings[1]).done();
      assertEquals(there.read("runs/student/metrics.jsonl"), metrics);
      assertArrayEquals(
          WeightArrays.of(DenoiserModel.read(there.path("savedmodels/student")).weights()), broken);
    } finally {
      Files.move(moved, folder);
    }
  }

  private float[] student() {
    return values("savedmodels/student");
  }

  /** The weights of a model's newest version. */
  private float[] values(String model) {
    return WeightArrays.of(DenoiserModel.read(place.path(model)).weights());
  }
}
