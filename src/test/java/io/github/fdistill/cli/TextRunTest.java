package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.run.DistillInputs;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.TokenizerFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From pictures with captions to a student that draws what is said. */
class TextRunTest {
  private static final List<String> CAPTIONS = List.of("a red square", "a blue square", "nothing");

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void teacherAndStudent() throws IOException {
    place = Workplace.create(folder);
    pictures();
    Path tokenizer = Files.createDirectories(place.path("tokenizer"));
    TokenizerFiles.write(BytePairTraining.train(CAPTIONS, TextForm.CLIP, 530, 77), tokenizer);
    place.write(
        "teacher/network.pbtxt",
        """
        image { height: 8 width: 8 channels: 3 }
        unet { channels: 8 multiplier: [1] attention_resolution: 8 }
        text { tokenizer: "tokenizer" length: 8 width: 8 layers: 1 heads: 2 }
        """);
    String pretrained = place.pretrain("dataset.path=captioned").done();
    assertTrue(pretrained.contains("(a row for each caption;"), pretrained);
    assertTrue(pretrained.contains("savedmodels/teacher --prompt "), pretrained);
    String trained = place.train("dataset.path=captioned", "guidance=2").done();
    assertTrue(trained.contains("sample savedmodels/student --prompt "), trained);
    assertFalse(trained.contains("evaluate"), "no features are of this size: " + trained);
    assertFalse(trained.contains("--measure"), trained);
    place.doNext(trained);
  }

  private static void pictures() throws IOException {
    Path captioned = Files.createDirectories(place.path("captioned"));
    for (int i = 0; i < 12; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; pixel < 64; pixel++) {
        image.setRGB(pixel % 8, pixel / 8, new int[] {0xff0000, 0x0000ff, 0xffffff}[i % 3]);
      }
      ImageIO.write(image, "png", captioned.resolve(i + ".png").toFile());
      Files.writeString(captioned.resolve(i + ".txt"), CAPTIONS.get(i % 3));
    }
  }

  private static byte[] drawn(String model, String... more) throws IOException {
    String[] words = {"sample", "savedmodels/" + model, "--seeds", "5", "--out", "out.npy"};
    String[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    Files.deleteIfExists(place.path("out.npy"));
    place.run(all).done();
    return Files.readAllBytes(place.path("out.npy"));
  }

  /** A picture of those in a file of numbers. */
  private static byte[] row(byte[] drawn, int index) {
    int size = 8 * 8 * 3 * 4;
    int first = drawn.length % size; // A header of less than a picture goes before them.
    return Arrays.copyOfRange(drawn, first + index * size, first + (index + 1) * size);
  }

  private static float[] numbers(byte[] drawn) {
    ByteBuffer after = ByteBuffer.wrap(drawn, 128, drawn.length - 128);
    float[] numbers = new float[after.remaining() / Float.BYTES];
    after.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }

  @Test
  void bothDrawWhatIsSaidAndCarryTheTokenizer() throws IOException {
    String[] prompts = {
      "--prompt", "a red square", "--prompt", " A  RED square ", "--prompt", "a blue square"
    };
    for (String model : List.of("teacher", "student")) {
      byte[] all = drawn(model, prompts);
      byte[] red = row(all, 0);
      assertArrayEquals(red, row(all, 1), "its letters are small");
      assertFalse(Arrays.equals(red, row(all, 2)), model);
      assertTrue(
          Files.exists(
              place.path("savedmodels/" + model + "/1/assets.extra/tokenizer/vocab.json")));
    }
    assertFalse(
        Arrays.equals(
            drawn("teacher", "--steps", "2", "--guidance", "3", "--prompt", "a red square"),
            drawn(
                "teacher",
                "--steps",
                "2",
                "--guidance",
                "3",
                "--negative-prompt",
                "blue",
                "--prompt",
                "a red square")));
  }

  @Test
  void aFileOfPromptsIsARowForEach() throws IOException {
    place.write("prompts.txt", "a red square\n\na blue square\n");
    byte[] both = drawn("student", "--prompts", "prompts.txt");
    assertEquals(2 * 8 * 8 * 3 * 4 + 128, both.length);
  }

  @Test
  void aFolderHasAPictureForEachPromptAndSeed() {
    String[] words = {"sample", "savedmodels/student", "--prompt", "", "--prompt", "a red square"};
    String[] all = Arrays.copyOf(words, words.length + 4);
    System.arraycopy(new String[] {"--seeds", "1-2", "--out", "all/"}, 0, all, words.length, 4);
    place.run(all).done();
    for (String name : List.of("1-seed-1", "1-seed-2", "2-seed-1", "2-seed-2")) {
      assertTrue(Files.exists(place.path("all/prompt-" + name + ".png")), name);
    }
  }

  @Test
  void anExportDrawsTheSame() throws IOException {
    byte[] before = drawn("student", "--prompt", "nothing");
    place.run("export", "savedmodels/student", "--name", "served").done();
    assertArrayEquals(numbers(before), numbers(drawn("served", "--prompt", "nothing")), 1e-5f);
  }

  /** These stand in the order of the files' names: 0.png, 1.png, 10.png and so on. */
  @Test
  void picturesOfARunAreToldByTheirCaptions() throws IOException {
    String rows = "\"picture_rows\": [\n    \"a red square\",\n    \"a blue square\",\n";
    for (String run : List.of("teacher", "student")) {
      String record = place.read("runs/" + run + "/record.json");
      assertTrue(record.contains(rows), record);
    }
  }

  @Test
  void aTeacherTeachesAwayFromANegativePrompt() throws IOException {
    DistillConfig config =
        Configs.read(
            place.path("distill.pbtxt"),
            DistillConfig.getDefaultInstance(),
            List.of("dataset.path=captioned", "guidance=2", "negative_prompt=blue square"));
    DistillConfig noted =
        Configs.parse(Path.of("noted"), Configs.print(config), DistillConfig.getDefaultInstance());
    assertEquals("blue square", noted.getNegativePrompt());
    var models = DistillInputs.open(new Workspace(folder), Path.of("here"), config).models();
    double[] tokens =
        Arrays.stream(models.teacher().tokenizer().orElseThrow().row("blue square").numbers())
            .asDoubleStream()
            .toArray();
    assertArrayEquals(tokens, none(models.teacher()));
    assertFalse(Arrays.equals(tokens, none(models.fakeScore())));
  }

  private static double[] none(DenoiserModel model) {
    return model.conditioning().input(CaptionTokens.TOKENS).orElseThrow().none().stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  /** A run goes on, and is repeated, with the captions that it was begun with. */
  @Test
  void otherCaptionsAreAnotherDataset() throws IOException {
    String[] more = {"dataset.path=captioned", "guidance=2"};
    String begun = place.read("runs/student/inputs");
    place.write("captioned/1.txt", CAPTIONS.get(0));
    try {
      place.train(more).failed("runs/student/inputs", "'dataset ", "the same SHA-256");
      place.run("rerun", "runs/student/record.json").failed("dataset: captioned", "bring it back");
    } finally {
      place.write("captioned/1.txt", CAPTIONS.get(1));
    }
    place.train(more).done();
    String images = ImageSources.open(place.path("captioned"), Split.TRAIN).fingerprint();
    assertFalse(begun.contains(images), begun);
    place.write("runs/student/inputs", begun.replaceFirst("^dataset \\w+", "dataset " + images));
    place.train(more).done(); // As it was noted once, without captions.
    place.write("runs/student/inputs", begun);
  }

  @Test
  void wrongInput() throws IOException {
    place.run("sample", "savedmodels/student").failed("--prompt", "what to draw");
    place
        .run("sample", "savedmodels/student", "--class", "bag")
        .failed("--class", "knows no classes", "leave the flag out");
    place.run("sample", "savedmodels/teacher", "--steps", "1").failed("--steps", "from 2 to");
    place.run("sample", "savedmodels/student", "--prompts", "none.txt").failed("none.txt");
    String tokens = "tokens=1,2,3,4,5,6,7,8";
    place
        .run("sample", "savedmodels/student", "--prompt", "red", "--condition", tokens)
        .failed("--condition: 'tokens'", "not made of the prompts");
    place.pretrain("name=other").failed("caption");
    place.write(
        "teacher/other.pbtxt",
        place.read("teacher/network.pbtxt").replace("length: 8", "length: 8 start: 3"));
    place
        .run(
            "pretrain",
            "--config",
            "teacher/pretrain.pbtxt",
            "--set",
            "dataset.path=captioned",
            "--network",
            "teacher/other.pbtxt",
            "--set",
            "name=other")
        .failed("text.start: 3", "as the tokenizer has");
    String said = place.run("sample", "savedmodels/student", "--prompt", "red ".repeat(40)).done();
    assertTrue(said.contains("Wrote 10 images"), said);
    assertTrue(said.contains("1 prompt has more than 8 tokens"), said);
    String guided = "sample savedmodels/teacher --steps 2 --seeds 5 --guidance 3 --prompt red";
    List<String> words = new ArrayList<>(List.of(guided.split(" ")));
    words.addAll(List.of("--negative-prompt", "red ".repeat(40)));
    String told = place.run(words.toArray(String[]::new)).done();
    assertTrue(told.contains("1 negative prompt has more than 8 tokens"), told);
    place
        .run("sample", "savedmodels/teacher", "--prompt", "red", "--negative-prompt", "blue")
        .failed("--negative-prompt: 'blue'", "--guidance");
    place
        .run("sample", "savedmodels/student", "--prompt", "red", "--negative-prompt", "blue")
        .failed("--negative-prompt: 'blue'", "nothing: a student has its guidance built in");
  }
}
