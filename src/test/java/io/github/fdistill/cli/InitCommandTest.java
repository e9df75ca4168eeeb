package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Split;
import io.github.fdistill.run.FeaturesOnDisk;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a folder of pictures to a student, by the commands that init names. */
@Tag("trial")
class InitCommandTest {
  @TempDir Path folder;

  private void pictures(int height, int width, String... classes) {
    for (int label = 0; label < classes.length; label++) {
      for (int i = 0; i < 20; i++) {
        float[] values = new float[height * width * 3];
        for (int p = 0; p < values.length; p++) {
          values[p] = (float) Math.sin(p * (1 + label) + i);
        }
        Path png = folder.resolve("pictures/" + classes[label] + "/" + i + ".png");
        PngFile.write(png, new Images(values, height, width, 3), 0);
      }
    }
  }

  /** The words of a command that was printed, in few steps. */
  private static String[] few(String command) {
    String words = command.strip().replaceFirst(" +#.*", "").replace("./fdistill ", "");
    return (words
            + " --quiet --set steps=1 --set batch_size=4 --set optimiser.warmup_steps=0"
            + " --set optimiser.schedule=CONSTANT")
        .split(" +");
  }

  @Test
  void theCommandsThatItNamesRun() throws IOException {
    pictures(21, 30, "cat", "small dog");
    Workplace place = new Workplace(folder);
    place.doNext(place.run("data", "pictures", "--resize", "16x16", "--out", "my own.npy").done());
    assertTrue(Files.exists(place.path("graphs/my-own/pretrain.pbtxt")));
    String said = place.run("init", "mine", "--data", "pictures", "--minutes", "0.02").done();
    assertTrue(said.contains("40 images of 21x30x3, 2 classes"), said);
    assertTrue(
        said.contains("Packed as 20x20x3: 36 to train on, in datasets/mine/train.npy"), said);
    ImageSource test = ImageSources.open(place.path("datasets/mine/test.npy"), Split.TRAIN);
    assertEquals(4, test.size());
    assertEquals("[cat, small dog]", test.classNames().toString());
    String pretrain = place.read("graphs/mine/pretrain.pbtxt");
    assertTrue(pretrain.contains("flip: true"), "few images");
    String network = place.read("graphs/mine/network.pbtxt");
    assertTrue(
        network.contains("classes: 2") && network.contains("attention_resolution: 5"), network);

    place.write("graphs/mine/network.pbtxt", network.replace("channels: 64", "channels: 8"));
    String trained = "";
    for (String line :
        said.lines().filter(l -> l.matches(".*(pretrain|train) --config.*")).toList()) {
      trained = place.run(few(line.replace("Next:", ""))).done();
    }
    assertTrue(trained.contains("./fdistill features --config graphs/mine/features"), trained);
    place.doNext(trained);
    place.run("sample", "savedmodels/mine-student", "--class", "small-dog").done();
    String evaluated = place.run("evaluate", "savedmodels/mine-student", "--samples", "9").done();
    assertTrue(evaluated.contains("against datasets/mine/train.npy, 36 images"), evaluated);
    place
        .run("init", "mine", "--data", "pictures")
        .failed("graphs/mine: is there already", "or remove graphs/mine and datasets/mine");
  }

  @Tag("trial")
  @Test
  void imagesWithoutClassesAreMeasuredByTheirPixels() throws IOException {
    pictures(16, 16, "one");
    Workplace place = new Workplace(folder);
    place.write("pictures/one/list.csv", "");
    String said = place.run("init", "plain", "--data", "pictures/one", "--minutes", "0.02").done();
    assertTrue(said.contains("Note: 1 file is no picture"), said);
    String features = "./fdistill features --config graphs/plain/features.pbtxt";
    assertTrue(said.contains(features) && said.contains("# of pixels, to measure by"), said);
    assertTrue(said.contains("./fdistill evaluate savedmodels/plain-student"), said);
    place.run("features", "--config", "graphs/plain/features.pbtxt", "--quiet").done();
    FeaturesOnDisk onDisk = new FeaturesOnDisk(Workspace.at(folder));
    assertEquals(
        Optional.of("savedmodels/plain-features"), onDisk.ofDataset("datasets/plain/train.npy"));
    assertTrue(place.read("graphs/plain/network.pbtxt").contains("classes: 0"));
    place.run("init", "other", "--data", "pictures/one", "--size", "30x30").failed("--size 32x32");

    Images grey = new Images(new float[9 * 9], 9, 9, 1); // The first, and the others in colour.
    PngFile.write(folder.resolve("pictures/one/0.png"), grey, 0);
    said = place.run("init", "mixed", "--data", "pictures/one", "--minutes", "0.02").done();
    assertTrue(said.contains("20 images of 9x9x3, without classes"), said);
    assertTrue(said.contains("Packed as 8x8x3: 18 to train on"), said);
    Files.createDirectories(folder.resolve("parts/train"));
    Files.move(folder.resolve("pictures/one"), folder.resolve("parts/test"));
    pictures(16, 16, "cat", "dog");
    for (String name : new String[] {"cat", "dog"}) {
      Files.move(folder.resolve("pictures/" + name), folder.resolve("parts/train/" + name));
    }
    said = place.run("init", "parts", "--data", "parts", "--minutes", "0.02").done();
    assertTrue(said.contains("The test images have no classes, and are left out"), said);
    assertTrue(said.contains("Packed as 16x16x3: 36 to train on"), said);
    assertTrue(place.read("graphs/parts/features.pbtxt").contains("datasets/parts/test.npy"));
    place.run("init", "other").misused("--data IMAGES is needed");
    place.run("init", "a/b", "--data", "pictures/one").failed("NAME");
  }
}
