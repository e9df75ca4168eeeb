package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What classes are called goes with a model, from its data to whoever draws from it. */
class ClassNamesRunTest {
  @TempDir static Path folder;
  private static final String UNLEARNT = "learnt_no_class: false";
  private static Workplace place;

  @BeforeAll
  static void aTeacherOfCatsAndDogs() throws IOException {
    place = Workplace.create(folder);
    place.write("teacher/network.pbtxt", Workplace.network(Workplace.SIDE, 2));
    pictures("ord1", "cat", "small dog");
    place.pretrain("dataset.path=ord1").done();
  }

  private static void pictures(String set, String... classes) {
    for (String name : classes) {
      for (int i = 0; i < 4; i++) {
        float[] values = new float[Workplace.SIDE * Workplace.SIDE];
        java.util.Arrays.fill(values, name.contains("cat") ? 0.5f : -0.5f + i / 10f);
        Images one = new Images(values, Workplace.SIDE, Workplace.SIDE, 1);
        PngFile.write(place.path(set + "/" + name + "/" + i + ".png"), one, 0);
      }
    }
  }

  private static String info(String model) throws IOException {
    return place.read("savedmodels/" + model + "/1/assets.extra/denoiser.pbtxt");
  }

  @Test
  void classesInAnotherOrderAreMatchedByName() throws IOException {
    String names = "class_name: \"cat\"\nclass_name: \"small dog\"\n";
    assertTrue(info("teacher").contains(names), info("teacher"));
    pictures("ord2", "Small_Dog", "cat");
    String network = "student=teacher/network.pbtxt";
    place.train("dataset.path=ord2", "name=by-name", network).done();
    assertTrue(info("by-name").contains(names), info("by-name"));
    assertFalse(info("teacher").contains(UNLEARNT), info("teacher"));
    assertTrue(info("by-name").contains(UNLEARNT), "each of its images has a class");
    place.run("sample", "savedmodels/by-name", "--class", "none").failed("'none'", "not learnt");
    String[] guided = {"dataset.path=ord2", "name=g", "teacher=savedmodels/by-name", "guidance=2"};
    place.train(guided).failed("guidance", "by-name/1 has not learnt \"no class\"");
    assertTrue(place.read("runs/by-name/record.json").contains("\"picture_rows\": [\n    \"cat\""));
    pictures("ord3", "bird", "cat");
    place
        .train("dataset.path=ord3", "name=birds")
        .failed("the classes of the dataset: 0 bird, 1 cat", "0 cat, 1 small dog");
    place.run("export", "savedmodels/by-name", "--name", "served").done();
    assertTrue(info("served").contains(names), info("served"));
    String kit = place.read("savedmodels/served/README.md");
    assertTrue(kit.contains("`label` is a class from 0 to 1: 0 cat, 1 small dog."), kit);

    // What the command makes of the run calls them as the run's own model does.
    place.run("export", "runs/by-name", "--name", "of-run").done();
    assertTrue(info("of-run").contains(names), info("of-run"));
    assertTrue(info("of-run").contains(UNLEARNT), info("of-run"));
    String teacher = "savedmodels/teacher/1/assets.extra/denoiser.pbtxt";
    String named = place.read(teacher);
    place.write(teacher, named.replace(names, ""));
    place.run("export", "runs/by-name", "--name", "of-own").done();
    place.write(teacher, named);
    assertTrue(info("of-own").contains(names), info("of-own"));
  }

  @Test
  void imagesAreAskedForByName() throws IOException {
    String[] sample = {"sample", "savedmodels/teacher", "--steps", "2", "--seeds", "3", "--out"};
    Workplace.Outcome byName = sampled(sample, "a/", "small-dog");
    byName.done();
    sampled(sample, "b/", "1").done();
    String file = "class-1-small-dog-seed-3.png";
    assertArrayEquals(
        Files.readAllBytes(place.path("a/" + file)), Files.readAllBytes(place.path("b/" + file)));
    assertEquals(1, ImageSources.open(place.path("a"), Split.TRAIN).label(0), "read back");
    sampled(sample, "c/", "none").done();
    assertTrue(Files.exists(place.path("c/class-none-seed-3.png")));
    sampled(sample, "d/", "2").failed("--class: '2'", "one of 0 cat, 1 small dog", "or none");
    sampled(sample, "d/", "bird").failed("--class: 'bird'", "one of 0 cat, 1 small dog");
    String said = place.run("sample", "runs/teacher", "--steps", "2", "--seeds", "1").done();
    assertEquals("Wrote 2 images: samples.png (rows: cat, small dog)\n", said);
    said = place.run("sample", "runs/teacher", "--steps", "2", "--seeds", "1").done();
    assertTrue(said.startsWith("Wrote 2 images: samples-2.png"), said);
  }

  private static Workplace.Outcome sampled(String[] words, String out, String classes) {
    List<String> all = new java.util.ArrayList<>(List.of(words));
    all.addAll(List.of(out, "--class", classes));
    return place.run(all.toArray(String[]::new));
  }

  @Test
  void anArrayKeepsTheNames() throws IOException {
    place.run("data", "ord1", "--out", "packed.npy", "--quiet").done();
    ImageSource packed = ImageSources.open(place.path("packed.npy"), Split.TRAIN);
    assertEquals(List.of("cat", "small dog"), packed.classNames());
    Files.move(place.path("packed.classes.txt"), place.path("names"));
    place.pretrain("dataset.path=packed.npy", "start=savedmodels/teacher", "name=further").done();
    assertTrue(info("further").contains("class_name: \"cat\"\nclass_name: "), info("further"));
    Files.move(place.path("names"), place.path("packed.classes.txt"));
    place.run("data", "packed.npy").done();
    place.write("packed.classes.txt", "cat\n");
    place.run("data", "packed.npy").failed("packed.classes.txt: 1 names, of 2 classes");
  }
}
