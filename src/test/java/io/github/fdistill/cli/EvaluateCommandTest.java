package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.run.FeaturesOnDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
                Stream.of(words), Stream.of("--features", "features", "--against", "data")));
    return place.run(all.toArray(String[]::new));
  }

  @Test
  void imagesAgainstThemselvesAreAsGoodAsCanBe() {
    String said = evaluate("data").done();
    assertTrue(said.contains("against data, 24 images, by features\n"), said);
    double fid = Double.parseDouble(said.replaceAll("(?s).*FID +([-+0-9.e]+).*", "$1"));
    assertEquals(0, fid, 1e-6);
    for (String measure : new String[] {"precision", "recall", "coverage"}) {
      assertTrue(said.replaceAll(" +", " ").contains(measure + " 1.000"), said);
    }
    assertTrue(said.contains("accuracy"), said);
    String spaced = said.replaceAll(" +", " ");
    assertTrue(spaced.contains("\n class KL 0.000 (1 set)\n least class 1.000 (1 set)\n"), said);
  }

  /** An image of which a third is black, which those features take for a class's. */
  private static float[] dark(int label, int seed) {
    float[] values = new float[Workplace.SIDE * Workplace.SIDE];
    for (int p = 0; p < values.length; p++) {
      boolean black = p % Workplace.SIDE * 3 / Workplace.SIDE == label;
      values[p] = black ? -1 : 0.5f + (float) Math.sin(seed + p) / 10;
    }
    return values;
  }

  /** Ten, six and four of the classes there, half of each here but for the last. */
  @Test
  void classesThatAreMissedAreTold() throws IOException {
    int[] labels = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2};
    Images zeroth = new Images(dark(0, 0), Workplace.SIDE, Workplace.SIDE, 1);
    float[] all = new float[8 * Workplace.SIDE * Workplace.SIDE];
    for (int i = 0; i < labels.length; i++) {
      float[] values = dark(labels[i], i);
      String name = "class-" + labels[i] + "-seed-" + i + ".png";
      Images one = new Images(values, Workplace.SIDE, Workplace.SIDE, 1);
      PngFile.write(place.path("thirds").resolve(name), one, 0);
      PngFile.write(place.path("untold").resolve(name), labels[i] == 2 ? zeroth : one, 0);
      if (i % 2 == 0 && i < 16) {
        System.arraycopy(values, 0, all, i / 2 * values.length, values.length);
      }
    }
    NpyFile.writeFloat32(
        place.path("lost.npy"), new long[] {8, Workplace.SIDE, Workplace.SIDE, 1}, all);
    String[] line = {
      "evaluate",
      "--quiet",
      "lost.npy",
      "--features",
      "features",
      "--against",
      "thirds",
      "--json",
      "lost.json"
    };
    String said = place.run(line).done();
    String least = "Least served by features: class 2, 0.00 % of the images, 20.00 % of the";
    assertTrue(said.contains(least), said);
    JsonObject found = json("lost.json");
    assertEquals(0, found.getAsJsonObject("least_class").get("mean").getAsDouble());
    // (5/8) ln((5/8) / (10/20)) + (3/8) ln((3/8) / (6/20))
    double divergence = Math.log(1.25);
    double told = found.getAsJsonObject("class_kl").get("mean").getAsDouble();
    assertEquals(divergence, told, 1e-9);
    JsonObject second = found.getAsJsonArray("classes").get(1).getAsJsonObject();
    assertEquals(0.375, second.get("share").getAsDouble(), 1e-9);
    assertEquals(0.3, second.get("reference_share").getAsDouble(), 1e-9);
    assertEquals(said, place.run(line).done(), "what was kept of the reference says the same");
    String untold = "each as half an image there, and least class leaves them out: 2\n";
    assertFalse(said.contains("half an image"), said);
    line[6] = "untold";
    said = place.run(line).done();
    assertTrue(said.contains(untold), said);
  }

  @Test
  void aModelIsDrawnFromSeedsAndTheNumbersAreKept() throws IOException {
    String[] words = {
      "savedmodels/teacher",
      "--steps",
      "2",
      "--samples",
      "20",
      "--repeats",
      "2",
      "--json",
      "found.json"
    };
    String said = evaluate(words).done();
    assertTrue(said.contains("Heun, 2 steps") && said.contains("(2 sets)"), said);
    String json = place.read("found.json");
    assertTrue(json.contains("\"fid\"") && json.contains("half_width_95"), json);
    assertFalse(json.contains(folder.toString()), "no path of this machine");
    assertEquals(withoutSpeed(said), withoutSpeed(evaluate(words).done()), "the same seeds");
  }

  /** Each says of the same images what it says alone. */
  @Test
  void severalFeaturesMeasureImagesThatAreDrawnOnce() throws IOException {
    place.write("pixels.pbtxt", "name: 'pixels' dataset { path: 'data' } principal_components: 4");
    place.run("features", "--config", "pixels.pbtxt").done();
    String[] line = {
      "evaluate",
      "--quiet",
      "savedmodels/teacher",
      "--against",
      "data",
      "--steps",
      "2",
      "--samples",
      "20",
      "--kid-subsets",
      "3",
      "--json",
      "found.json",
      "--features",
      ""
    };
    Map<String, JsonObject> alone = new LinkedHashMap<>();
    for (String features : List.of("features", "savedmodels/pixels")) {
      line[line.length - 1] = features;
      String said = place.run(line).done();
      assertTrue(said.matches("(?s).*KID x1000.*standard error [^ ]+ over 3 subsets.*"), said);
      alone.put(features, json("found.json"));
    }
    line[line.length - 1] = "features, savedmodels/pixels";
    String said = place.run(line).done();
    assertTrue(said.contains("features  savedmodels/pixels\n"), said);
    assertTrue(said.matches("(?s).*  features +3 +4\n  FID .*"), said);
    JsonObject both = json("found.json");
    alone.forEach((name, one) -> assertEquals(name, one.get("features").getAsString()));
    JsonArray by = both.getAsJsonArray("by_features");
    assertEquals(2, by.size());
    for (JsonElement one : by) {
      JsonObject found = one.getAsJsonObject();
      JsonObject expected = alone.get(found.get("features").getAsString());
      for (String name : List.of("fid", "kid_x1000", "recall", "features_sha256")) {
        assertEquals(expected.get(name), found.get(name), name);
      }
    }
    assertEquals(alone.get("features").get("fid"), both.get("fid"), "the first stands as alone");
    assertTrue(both.getAsJsonObject("kid_x1000").has("standard_error"));
  }

  private static JsonObject json(String file) throws IOException {
    return JsonParser.parseString(place.read(file)).getAsJsonObject();
  }

  @Test
  void featuresThatCannotMeasureTogetherAreRefused() throws IOException {
    place.columnFeatures("wide", 16, "features");
    String[] line = {"evaluate", "--quiet", "data", "--against", "data", "--features", ""};
    line[6] = "features,wide";
    place.run(line).failed("features", "8x8x1", "16x16x1");
    String measure = " --quiet --against data --features wide --resize";
    place
        .run(("evaluate savedmodels/teacher" + measure).split(" "))
        .failed("8x8x1", "16x16x1", "./fdistill sample savedmodels/teacher ... --out FOLDER");
    place
        .run(("evaluate savedmodels/teacher" + measure.replace("--resize", "")).split(" "))
        .failed(
            "teacher: images of 8x8x1", " --set dataset.path=data --set", "--against REFERENCE");
    place.run("sample savedmodels/teacher --steps 2 --seeds 0-2 --out small".split(" ")).done();
    place.run(("evaluate small" + measure).split(" ")).done();
    line[6] = "features,./features/";
    place.run(line).failed("features", "each once");
    line[6] = "features,";
    place.run(line).failed("features", "A,B,C");
  }

  private static String withoutSpeed(String said) {
    return said.replaceAll("images/s.*", "");
  }

  /** What the model was trained on, and the network that learnt the same images. */
  @Test
  void referenceAndFeaturesAreFoundByTheRecords() throws IOException {
    place.images("data", "t10k", 10, Workplace.SIDE, Workplace.CLASSES);
    place.write(
        "features.pbtxt",
        """
        name: "learnt" dataset { path: "data" } steps: 2 batch_size: 4
        classifier { level { channels: 8 blocks: 1 } features: 6 }
        """);
    place.features().done();
    String[] words = {"evaluate", "savedmodels/teacher", "--steps", "2", "--samples", "20"};
    String said = place.run(words).done();
    assertTrue(said.contains("against data, 24 images"), said);
    assertTrue(said.contains("24 references, 6 features each"), said);
    said = place.run("evaluate", "runs/teacher", "--steps", "2", "--samples", "20").done();
    assertTrue(said.contains("savedmodels/teacher/1 (Heun, 2 steps)"), said);
    said = place.run("evaluate", "data:test").done();
    assertTrue(said.contains("against data, 24 images"), said);
    assertFalse(said.contains("trained on other images"), said);
    DrawnClassesTest.uneven(place, "others");
    String record = "savedmodels/learnt/1/assets.extra/record.json";
    place.write(
        record,
        place
            .read(record)
            .replaceFirst("(?<=test_accuracy\": )[0-9.]+", "0.92")
            .replaceFirst("(?<=test_class_mean\": )[0-9.]+", "0.5"));
    String[] others = {
      "evaluate", "data", "--against", "others", "--features", "savedmodels/learnt"
    };
    said = place.run(others).done();
    assertTrue(said.contains("The features were trained on other images, data\n"), said);
    assertTrue(said.contains("they know 50 % of their test images, each class counted"), said);
    place.run("evaluate", "data").failed("data: no record", "--against");
    place.run("evaluate", "nowhere").failed("nowhere: there is no such thing", "a model or images");
    place.run("evaluate", "data:tst").failed("no such thing", "its test images are data:test");
  }

  @Test
  void aTeacherIsShownAndMeasuredOnTheWay() throws IOException {
    place
        .pretrain(
            "name=watched",
            "picture_every_steps=1",
            "evaluation.every_steps=1",
            "evaluation.features=features",
            "evaluation.samples=12")
        .done();
    assertTrue(Files.exists(place.path("runs/watched/pictures/step-00000001.png")));
    String metrics = place.read("runs/watched/metrics.jsonl");
    assertEquals(2, metrics.split("average_0/fid").length - 1, metrics);
    // What it was measured by is what it is measured by.
    String said = place.run("evaluate", "runs/watched", "--steps", "2", "--samples", "12").done();
    assertTrue(said.contains("24 references, 3 features each"), said);
    String gone = "The features that measured it on the way are not there, features\n";
    assertFalse(said.contains(gone), said);
    String record = "savedmodels/watched/1/assets.extra/record.json";
    String kept = place.read(record);
    Files.move(place.path("features"), place.path("moved"));
    try {
      String[] line = "evaluate savedmodels/watched --steps 2 --samples 12".split(" ");
      place.columnFeatures(FeaturesOnDisk.USUAL, Workplace.SIDE, "features");
      said = place.run(line).done();
      assertTrue(said.contains("\n" + gone), said);
      place.write(record, kept.replace("\"path\": \"data\"", "\"path\": \"lost\""));
      place.run(line).failed("it was trained on lost, which is not there", "--against IMAGES");
    } finally {
      Files.move(place.path("moved"), place.path("features"));
      AtomicFolder.delete(place.path(FeaturesOnDisk.USUAL));
    }
    place.pretrain("name=poor", "evaluation.every_steps=1").failed("evaluation.features");
  }

  /** Pictures in folders that are called as the classes, which then stand in another order. */
  @Test
  void classesAreMatchedByTheirNames() throws IOException {
    place.write("data/classes.txt", "T-shirt/top\ntrouser\nankle boot\n");
    try {
      String upright = evaluate("data").done();
      String right = upright.replaceAll("(?s).*(accuracy +[0-9.]+).*", "$1");
      ImageSource source = IdxDataset.open(place.path("data"), Split.TRAIN);
      assertEquals(List.of("T-shirt/top", "trouser", "ankle boot"), source.classNames());
      String[] folders = {"T-shirt", "Trouser", "Ankle_boot"};
      for (int i = 0; i < source.size(); i++) {
        Path png = place.path("named/" + folders[source.label(i)] + "/" + i + ".png");
        float[] values = new float[source.valuesPerImage()];
        source.copy(i, values, 0);
        PngFile.write(png, new Images(values, Workplace.SIDE, Workplace.SIDE, 1), 0);
      }
      Path eyes = Files.createDirectories(place.path("features/1/assets.extra"));
      Files.copy(place.path("data/classes.txt"), eyes.resolve("classes.txt"));
      String named = evaluate("named").done();
      assertTrue(named.contains(right), right + " in " + named);
      Files.writeString(eyes.resolve("classes.txt"), "cat\ndog\nowl\n");
      String other = evaluate("named").done();
      assertTrue(other.contains("No accuracy: the features know other classes, 0 cat"), other);
      assertFalse(other.contains("accuracy  "), other);
    } finally {
      Files.delete(place.path("data/classes.txt"));
      Files.deleteIfExists(place.path("features/1/assets.extra/classes.txt"));
    }
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
      return files.filter(file -> file.toString().endsWith(".statistics")).count();
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
    Workplace.Outcome folder = evaluate("data", "--json", "features");
    folder.failed("features: cannot be written: a folder");
    assertEquals("", folder.out(), "nothing was measured before");
    evaluate("data", "--steps", "2").failed("--steps", "data is no model", "leave it out");
    evaluate("data", "--prompt", "a hat").failed("--prompt", "data is no model");
    evaluate("data", "--uniform-classes").failed("--uniform-classes", "data is no model");
    String away = "evaluate data --features features --against savedmodels/teacher --steps 2";
    place
        .run((away + " --guidance 2 --negative-prompt blue").split(" "))
        .failed("--negative-prompt", "data is no model", "leave it out");
    evaluate("data", "--kid-subsets", "0").failed("--kid-subsets", "from 1 to 10000");
    place.dataset("large", 16, Workplace.CLASSES);
    evaluate("large").failed("large", "16x16x1", "8x8x1", "remedy: have them resized (--resize)");
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
