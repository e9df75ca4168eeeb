package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir Path folder;

  @Test
  void aRunIsOnOnePage() throws IOException {
    Workplace place = Workplace.create(folder);
    place.pretrain().done();
    place.train("picture_every_steps=1").done();
    place.run("report", "runs/student").done();
    String page = place.read("runs/student/report.html");
    for (String part : new String[] {"fake score loss", "logit fake, logit real", "divergence:"}) {
      assertTrue(page.contains(part), part);
    }
    assertTrue(page.contains("After 1 steps."), "pictures on the way");
    assertEquals(page.split("<img ").length - 1, page.split("data:image/png").length - 1);
    assertFalse(page.contains("src=\"http"), "needs no network");

    // A run that has not come to its end has curves all the same.
    Files.delete(place.path("runs/student/student-and-teacher.png"));
    place.run("report", "runs/student", "--out", "elsewhere.html").done();
    assertTrue(Files.size(place.path("elsewhere.html")) > 10_000);
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    Workplace place = new Workplace(folder);
    place.run("report", "nowhere").failed("nowhere", "no such file", "runs/");
    place.run("report").misused("one RUN is needed");
    Files.createDirectories(place.path("runs/empty"));
    Files.writeString(place.path("runs/empty/metrics.jsonl"), "");
    place.run("report", "runs/empty").failed("metrics.jsonl", "no step");
  }
}
