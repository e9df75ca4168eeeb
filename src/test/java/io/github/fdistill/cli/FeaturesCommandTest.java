package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.NpyFile;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeaturesCommandTest {
  private static final String SETTINGS =
      """
      name: "features"
      dataset { path: "data" }
      steps: 2
      batch_size: 4
      classifier {
        level { channels: 8 blocks: 1 }
        level { channels: 16 blocks: 1 }
        features: 6
      }
      """;

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void bothPartsAndSettings() throws IOException {
    place = Workplace.create(folder);
    place.images("data", "t10k", 10, Workplace.SIDE, Workplace.CLASSES);
    place.write("features.pbtxt", SETTINGS);
  }

  @Test
  void saysWhatWasWrittenAndHowGoodItIs() throws IOException {
    String said = place.features().done();
    assertTrue(
        said.matches(
            "Features: savedmodels/features/1  \\(6 numbers an image\\)\n"
                + "Accuracy: [0-9]+\\.00 % of the 10 test images\n"
                + "(Mean: +[0-9.]+ % over their classes, each counted alike\n)?"
                + "(Warning:  weak features: [^\n]+\n +train longer, or with more images\n)?"),
        said);
    String record = place.read("savedmodels/features/1/assets.extra/record.json");
    double percent = Double.parseDouble(said.replaceAll("(?s).*Accuracy: ([0-9.]+) %.*", "$1"));
    assertTrue(record.contains("\"test_accuracy\": " + percent / 100 + ","), said + record);
    double mean = Double.parseDouble(record.replaceAll("(?s).*class_mean\": ([0-9.E-]+).*", "$1"));
    String told = String.format("Mean:     %.2f %%", 100 * mean);
    assertEquals(Math.abs(100 * mean - percent) > 0.01, said.contains(told), said + record);
    assertEquals(mean < 0.6, said.contains("weak features"), said + record);
    for (String entry :
        new String[] {"\"dataset\"", "\"test_images\"", "\"images\": 8", "\"loss\": "}) {
      assertTrue(record.contains(entry), entry + " in " + record);
    }
    assertFalse(record.contains(folder.toString()), record);
    assertEquals(2, place.finiteMetrics("features").size());
    assertEquals(said, place.features().done(), "exported once");
    assertFalse(Files.exists(place.path("savedmodels/features/2")));
    place.images("data", "t10k", 10, Workplace.SIDE, 2);
    said = place.features("name=tried", "--dry-run").done();
    String unknown = "Note:     Classes without test images, of which nothing tells whether the";
    assertTrue(said.startsWith(unknown + " features know them: 2\n"), said);
  }

  @Test
  void aRunThatGoesOnEqualsOneThatNeverStopped() throws IOException {
    place.features("steps=3", "name=unbroken").done();
    for (int steps = 1; steps <= 3; steps++) {
      place.features("steps=" + steps, "name=broken").done();
    }
    assertEquals(
        place.read("runs/unbroken/metrics.jsonl"), place.read("runs/broken/metrics.jsonl"));
    assertArrayEquals(values("savedmodels/unbroken/1"), values("savedmodels/broken/3"));
    place
        .features("steps=4", "name=broken", "augmentation.shift=1")
        .failed(
            "runs/broken/config.pbtxt",
            "'augmentation.shift: 2' then, 'augmentation.shift: 1' now");
  }

  /** Of test images before the first step; of training images as it is used. */
  @Test
  void aDamagedPictureIsReplacedAndTheRunGoesOn() throws IOException {
    for (int i = 0; i < 8; i++) {
      place.picture("pictures/train/" + i % 2 + "/" + i + ".png", i);
      place.picture("pictures/test/" + i % 2 + "/" + i + ".png", 100 + i);
    }
    String[] words = {"dataset.path=pictures", "checkpoint.every_steps=1"};
    place.damage("pictures/test/0/4.png");
    place.features(words).failed("pictures/test/0/4.png: damaged");
    nothingWasBegun();
    place.picture("pictures/test/0/4.png", 204);
    place.damage("pictures/train/1/3.png"); // Of the second batch.
    place.features(words).failed("pictures/train/1/3.png: damaged");
    assertTrue(Files.exists(place.path("runs/features/checkpoints/step-00000001")), "one step");
    place.picture("pictures/train/1/3.png", 203);
    place.features(words).done();
  }

  /** Which follow from the images: no run, and the same again from the record. */
  @Test
  void principalComponentsOfPixelsAreWritten() throws IOException {
    String config = "name: 'pixels' dataset { path: 'data' } principal_components: 5";
    place.write("pixels.pbtxt", config);
    String tried = place.run("features", "--config", "pixels.pbtxt", "--dry-run").done();
    assertTrue(tried.contains("Would write savedmodels/pixels/1: 5"), tried);
    assertFalse(Files.exists(place.path("savedmodels/pixels")));
    String said = place.run("features", "--config", "pixels.pbtxt").done();
    assertTrue(said.startsWith("Features: savedmodels/pixels/1  (5 numbers an image)\n"), said);
    assertTrue(said.matches("(?s).*Variance: [0-9.]+ % of that of the pixels\n"), said);
    assertFalse(Files.exists(place.path("runs/pixels")), "nothing to go on with");
    String record = "savedmodels/pixels/1/assets.extra/record.json";
    assertFalse(place.read(record).contains(folder.toString()));
    place.run("rerun", record, "--set", "name=again").done();
    assertArrayEquals(values("savedmodels/pixels/1"), values("savedmodels/again/1"));
    assertEquals(64 + 64 * 5, values("savedmodels/again/1").length);
    place
        .run("features", "--config", "pixels.pbtxt", "--set", "principal_components=65")
        .failed("principal_components", "'65'", "1 to 64");
    place
        .run("features", "--config", "pixels.pbtxt", "--set", "principal_components=-1")
        .failed("principal_components", "-1");
    place.features("principal_components=3").failed("3 beside a classifier", "one of the two");
  }

  private float[] values(String version) {
    SavedModel model = SavedModel.read(place.path(version));
    NetworkFunction function = model.function("features");
    return WeightArrays.of(model.weights(function.parameters()));
  }

  @Test
  void aDatasetWithoutATestPartIsRefused() throws IOException {
    Files.delete(place.path("data/t10k-images-idx3-ubyte"));
    place.features().failed("data", "no file t10k-images-idx3-ubyte");
    Files.delete(place.path("data/t10k-labels-idx1-ubyte"));
    place.features().failed("test_dataset.path", "data has no test images of its own");
    nothingWasBegun();
  }

  @Test
  void testImagesThatDoNotFitTheTrainingImagesAreRefused() throws IOException {
    place.images("data", "t10k", 10, 16, Workplace.CLASSES);
    place.features().failed("data: its test images are 16x16x1", "8x8x1, as its training images");
    place.images("data", "t10k", 10, Workplace.SIDE, 5);
    place.features().failed("t10k-labels-idx1-ubyte", "a label 4", "labels up to 2");
    place.images("data", "t10k", 10, Workplace.SIDE, Workplace.CLASSES);
    long[] shape = {5, Workplace.SIDE, Workplace.SIDE, 1};
    NpyFile.writeUint8(
        place.path("plain.npy"),
        shape,
        out -> out.write(new byte[5 * (int) (shape[1] * shape[2])]));
    place
        .features("test_dataset.path=plain.npy")
        .failed("plain.npy: all test images have the label 0");
    NpyFile.writeLabels(place.path("plain.npy"), new int[] {0, 1, 2, 0, 1});
    place.features("test_dataset.path=plain.npy", "augmentation.shift=8").failed("found 8");
    nothingWasBegun();
  }

  @Test
  void imagesOfOneClassAreRefused() throws IOException {
    place.images("data", "train", 24, Workplace.SIDE, 1);
    place.images("data", "t10k", 10, Workplace.SIDE, 1);
    place.features().failed("data: all training images have the label 0", "2 classes or more");
    nothingWasBegun();
  }

  @Test
  void settingsThatCannotBeAreRefused() throws IOException {
    place.features("name=").failed("--set name=", "found nothing");
    place.features("--name=").failed("--name: found nothing");
    place.features("dataset.path=").failed("--set dataset.path=", "found nothing");
    place.features("dataset.path=nowhere").failed("nowhere: no such folder");
    place.features("steps=0").failed("--set steps=", "found 0");
    place.features("batch_size=0").failed("--set batch_size=", "found 0");
    place.features("batch_size=2000000000").failed("--set batch_size=", "at most");
    place.features("label_smoothing=1").failed("label_smoothing", "found 1.0", "from 0 to below 1");
    place.features("augmentation.shift=-1").failed("augmentation.shift", "found -1");
    place.features("augmentation.shift=8").failed("augmentation.shift", "found 8", "side, 8");
    place.features("optimiser.learning_rate=0").failed("optimiser.learning_rate", "found 0");
    place.features("average.decay=1").failed("average.decay", "found 1.0", "from 0 to below 1");
    place
        .features("classifier.level[1].channels=12")
        .failed("features.pbtxt: classifier.group_channels", "8 with a level of 12 channels");
    place.features("classifier.features=0").failed("--set classifier.features=");
    place.run("features").failed("features.pbtxt", "no other is named", "--config FILE");
    assertFalse(Files.exists(place.path("savedmodels/features")), "nothing was exported");
  }

  private void nothingWasBegun() {
    assertFalse(Files.exists(place.path("runs")), "nothing was begun");
  }
}
