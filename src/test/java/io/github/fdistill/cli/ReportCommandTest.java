package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir Path folder;

  @Test
  void aRunIsOnOnePage() throws IOException {
    Workplace place = Workplace.create(folder);
    place.pretrain().done();
    List<String> before =
        List.of("best/7/saved_model.pb", "samples.png", "measures.pbtxt", "pictures/step-9.png");
    for (String file : before) {
      place.write("runs/student/" + file, "of a run whose checkpoints were removed");
    }
    place.train("picture_every_steps=1", "accumulation_steps=4").done();
    for (String file : before) {
      assertFalse(Files.exists(place.path("runs/student/" + file)), file + ": another run's");
    }
    place.run("report", "runs/student").done();
    String page = place.read("runs/student/report.html");
    for (String part :
        new String[] {
          "fake score loss",
          "logit fake, logit real",
          "divergence:",
          "no curve of diversity: batches"
        }) {
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
  void aRunThatIsNoneLeavesNoFolder() {
    Workplace place = new Workplace(folder);
    place.run("report", "runs/none").failed("runs/none");
    assertFalse(Files.exists(place.path("runs")));
    place.run("report", "runs/none", "--out", "new/page.html").failed("runs/none");
    assertFalse(Files.exists(place.path("new")));
  }

  /** What learnt from prompts alone cannot be compared with images: nothing is said to do so. */
  @Test
  void noCommandIsNamedThatWouldRefuse() throws IOException {
    Workplace place = new Workplace(folder);
    String run = "runs/alone/";
    place.write(run + "record.json", "{\"program\": \"fdistill 1\", \"command\": \"train\"}");
    place.write(
        run + "metrics.jsonl", "{\"step\":1,\"diversity\":0.5}\n{\"step\":2,\"diversity\":0.3}\n");
    place.write(run + "config.pbtxt", "name: \"alone\" dataset { path: \"prompts.txt\" }");
    place.write(run + "inputs", "dataset " + "0".repeat(64) + "  prompts.txt\n");
    place.write(run + "exported", "2\nsavedmodels/alone/1\n");
    place.run("report", run).done();
    String page = place.read(run + "report.html");
    assertFalse(page.contains("--measure") || page.contains("How good it is"), page);
    assertTrue(page.contains("by the standard deviation of their pixels"), "beside no real ones");
    place.run("report", run, "--measure").failed("learnt from no images", "./fdistill evaluate");

    Files.createDirectory(place.path(run + "measures.pbtxt")); // Refused before minutes of work.
    place.run("report", run, "--measure").failed("measures.pbtxt: cannot be written: a folder");
    Files.delete(place.path(run + "measures.pbtxt"));

    String going = "elsewhere/going/"; // Measured on the way, and nothing exported yet.
    place.write(going + "record.json", place.read(run + "record.json"));
    place.write(going + "config.pbtxt", "name: 'going' evaluation { features: 'eyes' }");
    place.write(
        going + "metrics.jsonl",
        "{\"step\":1,\"average_0/fid\":0.5,\"gan_loss\":1,\"diversity\":1}\n");
    place.run("report", going).done();
    page = place.read(going + "report.html");
    assertTrue(page.contains("FID of 5,000 images was 0.500 after step 2, by eyes"), page);
    assertFalse(page.contains("--measure"), page);
    assertTrue(page.contains("beside real ones: 1 is as much"), page);
    place.run("report", going, "--measure").failed("has exported no model yet");

    String measured = "measured { images: 'drawn' samples: 9 fid: 2 ";
    place.write(run + "measures.pbtxt", measured + "}");
    place.run("report", run).done();
    assertFalse(place.read(run + "report.html").contains("CLIP score"));
    place.write(run + "measures.pbtxt", measured + "} " + measured + "clip_score: 27.5 }");
    place.run("report", run).done();
    page = place.read(run + "report.html");
    assertTrue(page.contains("CLIP score") && page.contains(">27.50<"), "of what has one");

    String each = "kid_x1000: 3 kid_x1000_error: 0.25 precision: 0.1 recall: 0.3 density: 0.5";
    String more = " coverage: 0.7 accuracy: 0.9 images_per_second: 12";
    place.write(run + "measures.pbtxt", measured + each + more + " features: 'net' }");
    place.run("report", run).done();
    page = place.read(run + "report.html");
    assertTrue(page.contains("classes or captions where the models take any"), page);
    assertTrue(page.contains("± is KID&#39;s standard error over its subsets"), page);
    String columns =
        "images features FID KID x1000 precision recall density coverage accuracy images/s drawn net";
    String numbers = " 2.000 3.00 ± 0.25 0.100 0.300 0.500 0.700 ";
    assertEquals(columns + numbers + "0.900 12", cells(page, "Measures"));
    String older = " coverage: 0.7 accuracy: 0 clip_score: 0 images_per_second: 0";
    place.write(run + "measures.pbtxt", measured + each + older + " features: 'net' }");
    place.run("report", run).done();
    assertEquals(columns + numbers + "- -", cells(place.read(run + "report.html"), "Measures"));
  }

  /** What stands in the cells of the first table after a heading, one after another. */
  private static String cells(String page, String heading) {
    String table = page.substring(page.indexOf(">" + heading + "<")).split("</table>")[0];
    return table
        .substring(table.indexOf("<table>"))
        .replaceAll("<[^>]*>", " ")
        .replaceAll("\\s+", " ")
        .strip();
  }

  /** An array with its channels first, which is refused unless the settings say to turn it. */
  @Test
  void whatAModelWasTrainedOnIsReadAsItsRunReadIt() throws IOException {
    Workplace place = Workplace.create(folder);
    place.columnFeatures("features", Workplace.SIDE, "features");
    ImageSource source = IdxDataset.open(place.path("data"), Split.TRAIN);
    int count = (int) source.size();
    float[] values = new float[count * source.valuesPerImage()];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      source.copy(i, values, i * source.valuesPerImage());
      labels[i] = source.label(i);
    }
    long[] shape = {count, 1, Workplace.SIDE, Workplace.SIDE};
    NpyFile.writeFloat32(place.path("turned.npy"), shape, values);
    NpyFile.writeLabels(place.path("turned.npy"), labels);
    place.pretrain("name=turned", "dataset.path=turned.npy", "dataset.convert=true").done();
    String drawn = " --features features --samples 20 --quiet";
    String[] evaluate = ("evaluate savedmodels/turned --steps 2" + drawn).split(" ");
    String said = place.run(evaluate).done();
    assertTrue(said.contains("against turned.npy, 24 images"), said);
    assertFalse(place.read("runs/turned/config.pbtxt").contains("layout"), "none was said");
    place.run(("report runs/turned --measure" + drawn).split(" ")).done();
    assertTrue(place.read("runs/turned/measures.pbtxt").contains("references: 24"));
    place
        .run("evaluate", "turned.npy", "--against", "data", "--features", "features")
        .failed("channels first");
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    Workplace place = new Workplace(folder);
    place.run("report", "nowhere").failed("nowhere", "no such file", "a run's folder");
    place.run("report").misused("one RUN is needed");
    Files.createDirectories(place.path("runs/empty"));
    Files.writeString(place.path("runs/empty/metrics.jsonl"), "");
    place.run("report", "runs/empty").failed("metrics.jsonl", "no step");
    place.run("report", "nowhere", "--measure").failed("no such file", "in runs there are [empty]");
    place.run("report", "savedmodels/empty").failed("folder that it lies in: runs/empty");
  }
}
