package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainCommandTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void imagesAndSettings() throws IOException {
    place = Workplace.create(folder);
  }

  @Test
  void saysWhatWasWrittenAndWhatToDoNext() throws IOException {
    String said = place.pretrain().done();
    assertEquals(
        """
        Teacher:  savedmodels/teacher/1
        Picture:  runs/teacher/samples.png  (a row for each class; Heun's method, 18 steps)
        Next:     ./fdistill sample savedmodels/teacher --out samples.png
                  ./fdistill train --set name=student --set dataset.path=data --set teacher=savedmodels/teacher
        """,
        said);
    var picture = ImageIO.read(place.path("runs/teacher/samples.png").toFile());
    int cell = 64 + 2;
    assertEquals(10 * cell - 2, picture.getWidth());
    assertEquals(Workplace.CLASSES * cell - 2, picture.getHeight());
  }

  @Test
  void ofAModelWithoutClassesThePictureHasNoRowForEach() throws IOException {
    place.write(
        "teacher/network.pbtxt",
        "image { height: %1$d width: %1$d channels: 1 } mlp {}".formatted(Workplace.SIDE));
    String said = place.pretrain().done();
    assertTrue(said.contains("samples.png  (Heun's method, 18 steps)\n"), said);
  }

  @Test
  void theNextStepTakesTheDistillationBesideTheConfig() throws IOException {
    place.write("teacher/distill.pbtxt", place.read("distill.pbtxt"));
    String next = "train --config teacher/distill.pbtxt --set teacher=savedmodels/teacher";
    assertTrue(place.pretrain().done().contains("./fdistill " + next + "\n"));

    // That is of another model and other images.
    String other = place.read("distill.pbtxt").replace("/teacher", "/other");
    Files.move(place.path("teacher"), place.path("my own"));
    place.write("my own/distill.pbtxt", other.replace("\"data\"", "\"more\""));
    next =
        "train --config 'my own/distill.pbtxt' --set name=student --set dataset.path=data"
            + " --set teacher=savedmodels/teacher";
    String again = place.run("pretrain", "--config", "my own/pretrain.pbtxt", "--quiet").done();
    assertTrue(again.contains("./fdistill " + next + "\n"), again);
  }

  /** By rates so small that the weights stay where they began. */
  @Test
  void aModelGoesOnLearningFromItsWeights() throws IOException {
    place.pretrain().done();
    String[] further = {
      "start=savedmodels/teacher", "optimiser.learning_rate=1e-12", "optimiser.weight_decay=0"
    };
    place.pretrain(with("name=further", further)).done();
    float[] first = weights("teacher");
    assertArrayEquals(first, weights("further"), 1e-6f);
    String record = place.read("runs/further/record.json");
    assertTrue(record.contains("\"start\": {"), record);
    assertTrue(record.contains("\"path\": \"savedmodels/teacher/1\""), record);

    // Images of other classes: all but what is known of classes goes on.
    place.dataset("more", Workplace.SIDE, 5);
    place.pretrain(with("name=others", further, "dataset.path=more")).done();
    assertTrue(place.read("runs/others/network.pbtxt").contains("classes: 5"));
    place.pretrain(with("name=wrong", further, "--network=distill.pbtxt")).failed("distill.pbtxt");
    place.pretrain("start=savedmodels/absent", "name=none").failed("savedmodels/absent");
    place.pretrain("augment.probability=0.1", "name=none").failed("augmentation_labels: 9");
  }

  private static String[] with(String name, String[] settings, String... more) {
    List<String> all = new ArrayList<>(List.of(name));
    all.addAll(List.of(settings));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private float[] weights(String model) {
    return WeightArrays.of(DenoiserModel.read(place.path("savedmodels/" + model)).weights());
  }

  @Test
  void theRecordSaysHowTheModelCameToBe() throws IOException {
    String config = place.path("teacher/pretrain.pbtxt").toAbsolutePath().toString();
    place.run("pretrain", "--config=" + config, "--quiet", "--set", "seed=5").done();
    String record = place.read("runs/teacher/record.json");
    for (String entry :
        new String[] {
          "\"--config=teacher/pretrain.pbtxt\"",
          "\"processor\": \"",
          "\"seed\": 5",
          "\"path\": \"data\"",
          "\"steps\": 2",
          "\"images\": 8",
          "\"loss\": ",
          "\"model\": \"savedmodels/teacher/1\"",
        }) {
      assertTrue(record.contains(entry), entry + " in " + record);
    }
    assertTrue(record.matches("(?s).*\"sha256\": \"[0-9a-f]{64}\".*"), record);
    assertFalse(record.contains(folder.toString()), record);
    String copy = place.read("savedmodels/teacher/1/assets.extra/record.json");
    assertEquals(withoutTime(record), withoutTime(copy));
  }

  @Test
  void aFinishedRunExportsOnceUnlessItIsGivenMoreSteps() throws IOException {
    String said = place.pretrain().done();
    String record = place.read("runs/teacher/record.json");
    assertEquals(said, place.pretrain().done());
    place.pretrain("steps=1").failed("has made 2 steps already");
    assertEquals(record, place.read("runs/teacher/record.json"));
    assertFalse(Files.exists(place.path("savedmodels/teacher/2")));

    assertTrue(place.pretrain("steps=3").done().contains("savedmodels/teacher/2"));
    String longer = place.read("runs/teacher/record.json");
    assertTrue(longer.contains("\"images\": 12"), longer);
    assertTrue(seconds(longer) > seconds(record), "the time of both sessions counts");
    assertEquals(3, place.finiteMetrics("teacher").size());
  }

  @Test
  void aModelThatWasLostIsExportedAgain() throws IOException {
    place.pretrain().done();
    try (var files = Files.walk(place.path("savedmodels/teacher/1"))) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    assertTrue(place.pretrain().done().contains("savedmodels/teacher/1"));
    assertTrue(Files.exists(place.path("savedmodels/teacher/1/saved_model.pb")));
  }

  @Test
  void theNetworkStandsBesideTheConfigOrIsNamed() throws IOException {
    Files.move(place.path("teacher/network.pbtxt"), place.path("net.pbtxt"));
    place.pretrain().failed("teacher/network.pbtxt", "no such file", "pretrain.pbtxt");
    place.pretrain("--network=net.pbtxt").done();
  }

  @Test
  void theNetworkMustFitTheImages() throws IOException {
    place.write("net.pbtxt", Workplace.network(16, 3));
    place
        .pretrain("--network=net.pbtxt")
        .failed("net.pbtxt: image", "16x16x1", "8x8x1, as the dataset has");
    place.write("net.pbtxt", Workplace.network(8, 4));
    place
        .pretrain("--network=net.pbtxt")
        .failed("net.pbtxt: classes", "4 classes", "3 classes, as the dataset has");
  }

  @Test
  void anImpossibleNetworkIsRefused() throws IOException {
    String network = Workplace.unet(8, 3);
    place.write("net.pbtxt", network.replace("channels: 8", "channels: 12"));
    place.pretrain("--network=net.pbtxt").failed("unet.group_channels", "8 with a level of 12");
    place.write("net.pbtxt", network.replace("[1]", "[1, 2, 2, 2, 2]"));
    place.pretrain("--network=net.pbtxt").failed("unet.multiplier", "divide by 16");
    place.write("net.pbtxt", network.replace("[1]", "[]"));
    place.pretrain("--network=net.pbtxt").failed("unet.multiplier", "nothing");
    place.write("net.pbtxt", network.replace("unet { channels: 8 ", "unet { chanels: 8 "));
    place.pretrain("--network=net.pbtxt").failed("net.pbtxt:3:8", "chanels", "unet.channels");
  }

  private static String withoutTime(String record) {
    return record.replaceAll("\"(ended|elapsed_seconds)\": .*", "");
  }

  private static double seconds(String record) {
    Matcher matcher = Pattern.compile("\"elapsed_seconds\": ([0-9.]+)").matcher(record);
    assertTrue(matcher.find(), record);
    return Double.parseDouble(matcher.group(1));
  }
}
