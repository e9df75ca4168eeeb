package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.DamagedPng;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
  private static final String[] CLASSES = {"cats", "dogs", "owls"};

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void pictures() throws IOException {
    place = Workplace.create(folder);
    pictures("pictures", 5, CLASSES);
  }

  /** Pictures of noise, so many of each class. */
  private void pictures(String name, int count, String... classes) {
    int values = Workplace.SIDE * Workplace.SIDE;
    Random random = new Random(name.hashCode());
    for (String c : classes) {
      for (int i = 0; i < count; i++) {
        float[] image = new float[values];
        for (int j = 0; j < values; j++) {
          image[j] = 2 * random.nextFloat() - 1;
        }
        PngFile.write(
            place.path(name + "/" + c + "/" + i + ".png"),
            new Images(image, Workplace.SIDE, Workplace.SIDE, 1),
            0);
      }
    }
  }

  @Test
  void saysWhatThereIs() {
    String said = place.run("data", "pictures").done();
    assertTrue(
        said.matches(
            "pictures: 15 images of 8x8x1, 3 classes\n"
                + "     0: 5  cats\n     1: 5  dogs\n     2: 5  owls\nSHA-256: [0-9a-f]{64}\n"),
        said);
    assertTrue(place.run("data", "data").done().contains("     2: 8\nSHA-256: "));
    assertTrue(place.run("data", "pictures/cats").done().contains("8x8x1, without classes\n"));
    pictures("one", 2, "cats");
    assertTrue(place.run("data", "one").done().contains("8x8x1, 1 class\n     0: 2  cats\n"));
  }

  /** The same images in three forms train the same bits. */
  @Test
  void whatIsPackedTrainsTheSameModel() throws IOException {
    String few = place.run("data", "pictures", "--out", "packed/a.npy", "--quiet").done();
    assertFalse(few.contains("Next:"), "init wants ten of a class: " + few);
    place.run("data", "packed/a.npy", "--out", "packed/b.npy", "--quiet").done();
    assertArrayEquals(
        Files.readAllBytes(place.path("packed/a.npy")),
        Files.readAllBytes(place.path("packed/b.npy")));
    place.pretrain("dataset.path=pictures", "name=folder").done();
    place.pretrain("dataset.path=packed/a.npy", "name=array").done();
    assertEquals(place.read("runs/folder/metrics.jsonl"), place.read("runs/array/metrics.jsonl"));
    assertArrayEquals(weights("folder"), weights("array"));
    String[] train = {"teacher=savedmodels/array", "dataset.path=packed/a.npy", "name=s"};
    String config = "name: \"f\" principal_components: 2 dataset { path: \"%s\" }";
    place.write("features.pbtxt", String.format(config, "data"));
    String said = place.train(train).done();
    assertFalse(
        said.contains("--config features.pbtxt") || said.contains("evaluate "),
        "of others: " + said);
    place.write("features.pbtxt", String.format(config, "packed/a.npy"));
    said = place.train(train).done();
    assertTrue(said.contains("features --config features.pbtxt\n"), said);
    assertTrue(said.contains("evaluate savedmodels/s\n"), said);
  }

  private byte[] weights(String model) throws IOException {
    String data = "savedmodels/" + model + "/1/variables/variables.data-00000-of-00001";
    return Files.readAllBytes(place.path(data));
  }

  @Test
  void aClassifierLearnsFromFoldersOfClasses() throws IOException {
    place.write(
        "features.pbtxt",
        """
        name: "features"
        dataset { path: "pictures" }
        steps: 2
        batch_size: 4
        classifier { level { channels: 8 blocks: 1 } features: 6 }
        """);
    place
        .features()
        .failed("features.pbtxt: test_dataset.path", "pictures has no test images of its own");
    pictures("other", 2, "cats", "lions");
    place
        .features("test_dataset.path=other")
        .failed("0 cats, 1 lions", "pictures: 0 cats, 1 dogs, 2 owls");
    pictures("test", 2, "Cats", "owls");
    String said = place.features("test_dataset.path=test").done();
    assertTrue(said.contains("of the 4 test images"), said);
    assertEquals(
        "cats\ndogs\nowls\n", place.read("savedmodels/features/1/assets.extra/classes.txt"));
  }

  @Test
  void aPictureThatIsDamagedIsFoundBeforeTheRun() throws IOException {
    place.write("pictures/owls/4.png", "no picture");
    place.run("data", "pictures").failed("pictures/owls/4.png: no picture", "copy the file again");
    place.write("taken.npy", "of others");
    place.write("free.classes.txt", "cats\n");
    for (String[] wrong :
        new String[][] {
          {"a.png", "ends in .npy"},
          {"taken.npy", "is there already"},
          {"taken.npy/a.npy", "cannot be written"}
        }) {
      place.run("data", "pictures", "--check", "--out", wrong[0]).failed(wrong[1]);
    }
    place
        .run("data", "pictures/owls", "--check", "--out", "free.npy")
        .failed("free.classes.txt", "these images have none");
    place
        .pretrain("dataset.path=pictures", "name=a", "steps=5")
        .failed("pictures/owls/4.png: no picture of a form that is read", "copy the file again");
    assertFalse(Files.exists(place.path("savedmodels/a")));
  }

  /** The run ends at a picture that only decoding shows to be damaged; the remedy mends it. */
  @Test
  void aRunGoesOnWhenTheDamagedPictureIsReplaced() throws IOException {
    Path picture = place.path("pictures/owls/4.png");
    byte[] whole = Files.readAllBytes(picture);
    place.pretrain("dataset.path=pictures", "name=unbroken", "steps=4").done();
    Files.write(picture, DamagedPng.of(whole));
    place.run("data", "pictures").done();
    place.run("data", "pictures", "--check").failed("owls/4.png: damaged");
    String[] run = {"dataset.path=pictures", "name=a", "steps=4", "checkpoint.every_steps=1"};
    place.pretrain(run).failed("pictures/owls/4.png: damaged", "copy the file again");
    Files.write(picture, whole);
    place.pretrain(run).done();
    assertArrayEquals(weights("unbroken"), weights("a"));
    Files.write(place.path("pictures/owls/3.png"), DamagedPng.of(whole));
    place.pretrain("dataset.path=pictures", "name=a", "steps=5").failed("other images");
    String said =
        place
            .pretrain("dataset.path=pictures", "dataset.skip_damaged=true", "name=b", "steps=1")
            .done();
    assertTrue(
        said.contains("1 picture that cannot be read is skipped: owls/3.png: damaged"), said);
  }

  @Test
  void whatCannotBeIsRefused() throws IOException {
    place.run("data").misused("one IMAGES is needed");
    place.run("data", "a", "b").misused("one IMAGES is needed", "[a, b]");
    place.run("data", "nowhere").failed("nowhere: no such folder", "pictures/");
    place.run("data", "pictures", "--out", "a.png").failed("--out", "'a.png'", "ends in .npy");
    for (String size : new String[] {"64", "0x8", "8x0", "8x8x2", "8x8x", "x", "123456x1"}) {
      place.run("data", "pictures", "--resize", size).failed("--resize", "'" + size + "'", "64x64");
    }
    place
        .run("data", "pictures", "--levels", "0..9")
        .failed("--levels: 0..9", "leave --levels out");
    place
        .run("data", "data", "--layout", "NCHW")
        .failed("--layout: NCHW", "an array", "layout out");
    place.run("data", "data", "--convert").failed("--convert", "pictures, or an array");
    place.run("data", "pictures", "--out", "a.npy", "--quiet").done();
    place.run("data", "a.npy", "--levels", "0..255", "--layout", "NHWC", "--convert").done();
    for (String set : new String[] {"a.npy", "data"}) {
      String told = place.run("data", set, "--check").done();
      assertTrue(told.contains("Nothing to decode for --check"), told);
    }
    for (String flag : new String[] {"--skip-damaged", "--background=white"}) {
      String name = flag.replaceAll("=.*", "");
      place.run("data", "a.npy", flag).failed(name, "pictures", "leave " + name + " out");
      place.run("data", "data", flag).failed(name, "data is read as it lies");
    }
    place.run("data", "pictures", "--out", "a.npy").failed("a.npy", "is there already");
    place.write("file", "in the way");
    place.run("data", "pictures", "--out", "file/a.npy").failed("file", "cannot be written");
  }

  @Test
  void resizedImagesAreOfTheSizeAskedFor() {
    String said = place.run("data", "pictures", "--resize", "4x6x3", "--out", "a.npy").done();
    assertTrue(said.startsWith("pictures: 15 images of 4x6x3, 3 classes\n"), said);
    assertTrue(
        place.run("data", "a.npy").done().startsWith("a.npy: 15 images of 4x6x3, 3 classes"));
    PngFile.write(place.path("pictures/owls/9.png"), new Images(new float[12], 2, 2, 3), 0);
    String[] packed = {"data", "pictures", "--resize", "4x6", "--out", "b.npy"};
    place.run(packed).failed("pictures in colour, where the first is grey", "data --resize 4x6x3");
  }
}
