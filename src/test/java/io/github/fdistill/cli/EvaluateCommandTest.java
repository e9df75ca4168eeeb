package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void models() throws IOException {
    place = Workplace.create(folder);
    place.pretrain().done();
    place.columnFeatures("features", Workplace.SIDE, "features");
  }

  private static Workplace.Outcome evaluate(String... words) {
    Stream<String> all =
        Stream.concat(
            Stream.of("evaluate", "--quiet"),
            Stream.concat(
                Stream.of(words),
                Stream.of("--features", "features", "--against", "data", "--steps", "2")));
    return place.run(all.toArray(String[]::new));
  }

  @Test
  void imagesAgainstThemselvesAreAsGoodAsCanBe() {
    String said = evaluate("data").done();
    assertTrue(said.contains("against data, 24 images"), said);
    double fid = Double.parseDouble(said.replaceAll("(?s).*FID +([-+0-9.e]+).*", "$1"));
    assertEquals(0, fid, 1e-6);
    for (String measure : new String[] {"precision", "recall", "coverage"}) {
      assertTrue(said.replaceAll(" +", " ").contains(measure + " 1.000"), said);
    }
    assertTrue(said.contains("accuracy"), said);
  }

  @Test
  void aModelIsDrawnFromSeedsAndTheNumbersAreKept() throws IOException {
    String[] words = {
      "savedmodels/teacher", "--samples", "20", "--repeats", "2", "--json", "found.json"
    };
    String said = evaluate(words).done();
    assertTrue(said.contains("Heun, 2 steps") && said.contains("(2 seeds)"), said);
    String json = place.read("found.json");
    assertTrue(json.contains("\"fid\"") && json.contains("half_width_95"), json);
    assertFalse(json.contains(folder.toString()), "no path of this machine");
    assertEquals(withoutSpeed(said), withoutSpeed(evaluate(words).done()), "the same seeds");
  }

  private static String withoutSpeed(String said) {
    return said.replaceAll("images/s.*", "");
  }

  @Test
  void imagesAreReadFromFilesToo() {
    ImageSource source = IdxDataset.open(place.path("data"), Split.TRAIN);
    int size = source.valuesPerImage();
    float[] values = new float[(int) source.size() * size];
    for (int i = 0; i < source.size(); i++) {
      source.copy(i, values, i * size);
    }
    NpyFile.writeFloat32(
        place.path("drawn.npy"),
        new long[] {source.size(), source.height(), source.width(), 1},
        values);
    Images images = new Images(values, source.height(), source.width(), 1);
    for (int i = 0; i < images.count(); i++) {
      PngFile.write(place.path("drawn/%02d.png".formatted(i)), images, i);
    }
    String numbers = measures(evaluate("drawn.npy").done());
    assertEquals(numbers, measures(evaluate("drawn").done()), "the same images as pictures");
    assertEquals(numbers, measures(evaluate("data").done()), "and in the dataset");
  }

  /** FID to coverage: only pictures' names tell classes. */
  private static String measures(String said) {
    return said.replaceAll("(?s).*(FID.*coverage[^\n]*).*", "$1");
  }

  @Test
  void theReferenceIsComputedOnce() throws IOException {
    evaluate("data").done();
    Path cache = place.path("runs/reference-statistics");
    long files = count(cache);
    evaluate("data").done();
    assertEquals(files, count(cache));
    evaluate("data", "--references", "20").done();
    assertEquals(files + 1, count(cache), "fewer images are another reference");
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void wrongInput() throws IOException {
    Files.createDirectories(place.path("empty"));
    evaluate("empty").failed("empty");
    evaluate("nowhere").failed("nowhere");
    evaluate("data", "--samples", "2").failed("2 images");
    evaluate("data", "--samples", "99").failed("--samples", "'99'", "24");
    evaluate("data", "--repeats", "30").failed("--repeats");
    place.dataset("large", 16, Workplace.CLASSES);
    evaluate("large").failed("large", "16x16x1", "8x8x1", "--resize");
    evaluate("large", "--resize").done();
    place
        .run("evaluate", "data", "--features", "savedmodels/teacher", "--against", "data")
        .failed("gives no features", "images [N,H,W,C] uint8");
    place.columnFeatures("silent", Workplace.SIDE, "other");
    place
        .run("evaluate", "data", "--features", "silent", "--against", "data")
        .failed("no signature 'features'");
    place.run("evaluate").misused("one IMAGES is needed");
  }
}
