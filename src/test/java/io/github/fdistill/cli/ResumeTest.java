package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.network.DenoiserModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run that was stopped and went on equals, bit for bit, one that never stopped. */
class ResumeTest {
  private static final int STEPS = 200;

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
      System.exit(Main.run(words, new Place(Path.of(args[0]), System.out), System.err));
    }
  }

  @Test
  @Timeout(180)
  void afterASignal() throws Exception {
    String flags =
        "--config=distill.pbtxt --set=steps=%d --set=ratio.decay=0.5 --set=picture_every_steps=0"
            .formatted(STEPS);
    String[] words = ("train --quiet " + flags).split(" ");

    place.run(words).done();
    float[] unbroken = student();
    String metrics = place.read("runs/student/metrics.jsonl");
    assertEquals(STEPS, place.finiteMetrics("student").size());

    Files.move(place.path("runs"), place.path("runs-unbroken"));
    Object[] child = new Object[words.length + 1];
    child[0] = folder;
    System.arraycopy(words, 0, child, 1, words.length);
    try (ChildJvm run = ChildJvm.start(Program.class, child)) {
      awaitLines(3);
      run.terminate();
      run.awaitLine("of " + STEPS + " and saved in runs/student");
      run.awaitLine("./fdistill train --quiet " + flags);
      run.assertExitCode(143);
    }
    long done = place.finiteMetrics("student").size();
    assertTrue(3 <= done && done < STEPS, done + " steps");

    assertTrue(place.run(words).done().contains("savedmodels/student/2"));
    assertEquals(metrics, place.read("runs/student/metrics.jsonl"));
    assertArrayEquals(unbroken, student());
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
    place.write(
        "teacher/network.pbtxt", place.read("teacher/network.pbtxt").replace("unet {", dropout));
    place.pretrain("steps=3", "name=unbroken").done();
    for (int steps = 1; steps <= 3; steps++) {
      place.pretrain("steps=" + steps, "name=broken").done();
    }
    assertEquals(
        place.read("runs/unbroken/metrics.jsonl"), place.read("runs/broken/metrics.jsonl"));
    assertArrayEquals(values("savedmodels/unbroken"), values("savedmodels/broken"));
  }

  private float[] student() {
    return values("savedmodels/student");
  }

  /** The weights of a model's newest version. */
  private float[] values(String model) {
    return DenoiserModel.read(place.path(model)).values();
  }
}
