package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.evaluation.Asked;
import io.github.fdistill.evaluation.Asking;
import io.github.fdistill.evaluation.StoredImages;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.TextsInGraph;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.training.Models;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** A teacher of latents that takes texts learns from pictures with captions. */
class EncodingTest {
  /** Of five pictures; two are alike. */
  private static final List<String> CAPTIONS =
      List.of("red apple", "a cat", "red apple", "a cat on an apple", "nothing");

  private static final int SIDE = 16;

  @TempDir static Path models;
  @TempDir Path scratch;
  private Path teacher;
  private Workspace workspace;

  @BeforeEach
  void pictures() throws IOException {
    workspace = new Workspace(scratch);
    Path folder = Files.createDirectories(scratch.resolve("pictures"));
    for (int i = 0; i < CAPTIONS.size(); i++) {
      BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < SIDE * SIDE; p++) {
        picture.setRGB(p % SIDE, p / SIDE, (p * (i + 1) * 2654435) & 0xffffff);
      }
      PngFile.write(folder.resolve(i + ".png"), picture);
      Files.writeString(folder.resolve(i + ".txt"), CAPTIONS.get(i));
    }
  }

  /** The teacher of a name, imported once for all tests. */
  private DenoiserModel imported(String name) throws IOException {
    teacher = new ImportedOnce(models).version(name);
    return DenoiserModel.read(teacher);
  }

  private DistillConfig config(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "name=student",
                "teacher=" + teacher,
                "dataset.path=pictures",
                "steps=2",
                "batch_size=4",
                "guidance=2",
                "picture_every_steps=1",
                "checkpoint.every_steps=2"));
    settings.addAll(List.of(more));
    return Configs.with(DistillConfig.getDefaultInstance(), settings);
  }

  private ImageSource images() throws IOException {
    return DistillInputs.open(workspace, Path.of("here"), config()).images();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "sdxl"})
  void imagesAndCaptionsAreWhatThePartsMakeOfThem(String name) throws IOException {
    DenoiserModel teacher = imported(name);
    Pipeline pipeline = teacher.pipeline().orElseThrow();
    ImageSource encoded = images();
    assertEquals(CAPTIONS.size(), encoded.size());
    assertEquals(teacher.image(), encoded.shape());
    ConditionRows expected = pipeline.rows(CAPTIONS, note -> {});
    ConditionRows found = ConditionRows.zeros(encoded.conditioning(), CAPTIONS.size());
    for (int i = 0; i < CAPTIONS.size(); i++) {
      encoded.copyCondition(i, found, i);
      float[] latents = new float[encoded.valuesPerImage()];
      encoded.copy(i, latents, 0);
      assertArrayEquals(mean(pipeline, teacher.image(), i), latents, 1e-5f, "latents of " + i);
    }
    for (var input : teacher.conditioning().inputs()) {
      assertArrayEquals(
          floats(expected, input.name()), floats(found, input.name()), 1e-5f, input.name());
    }
    StoredImages set = new StoredImages("pictures", encoded.pictures());
    Asking asking = Asking.like(set, CAPTIONS.size(), false);
    List<String> many = IntStream.range(0, 70).mapToObj(EncodingTest::prompt).toList();
    assertAsked(teacher, asking, CAPTIONS, 3, 7);
    assertAsked(teacher, asking.told(many, Optional.empty()), many, 60, 20);
    List<Double> away =
        asking
            .told(many, Optional.of("a cat"))
            .prepared(teacher)
            .conditioning()
            .input("context")
            .orElseThrow()
            .none();
    float[] expectedAway = floats(pipeline.rows(List.of("a cat"), note -> {}), "context");
    assertEquals(expectedAway.length, away.size());
    for (int i = 0; i < expectedAway.length; i++) {
      assertEquals(expectedAway[i], away.get(i), 1e-6, "no text, number " + i);
    }
  }

  private static String prompt(int i) {
    List<String> words = List.of("red", "cat", "a", "apple");
    return words.get(i % 4) + " " + words.get(i / 4 % 4) + " " + words.get(i / 16 % 4) + " " + i;
  }

  private static float[] floats(ConditionRows rows, String input) {
    return ((ConditionRows.Floats) rows.columns().get(input)).values();
  }

  /** Images from one on, past the last text and from the first again. */
  private static void assertAsked(
      DenoiserModel teacher, Asking asking, List<String> texts, int first, int count) {
    try (Asked asked = asking.of(asking.prepared(teacher))) {
      assertEquals(texts.stream().sorted().toList(), asked.texts().stream().sorted().toList());
      ConditionRows all = teacher.pipeline().orElseThrow().rows(asked.texts(), note -> {});
      int[] which = IntStream.range(first, first + count).map(i -> i % texts.size()).toArray();
      ConditionRows found = asked.conditions(first, count);
      for (var input : teacher.conditioning().inputs()) {
        String name = input.name();
        assertArrayEquals(floats(all.rows(which), name), floats(found, name), 1e-6f, name);
      }
      assertTrue(found.labels().isEmpty(), "these pictures have no classes");
    }
  }

  /** What the encoder makes of a picture that is read by another program. */
  private float[] mean(Pipeline pipeline, Shape latent, int i) throws IOException {
    return encoded(pipeline, latent, i, Autoencoder.MEAN);
  }

  private float[] encoded(Pipeline pipeline, Shape latent, int i, String what) throws IOException {
    BufferedImage picture = ImageIO.read(scratch.resolve("pictures/" + i + ".png").toFile());
    float[] pixels = new float[SIDE * SIDE * 3];
    for (int p = 0; p < pixels.length; p++) {
      int rgb = picture.getRGB(p / 3 % SIDE, p / 3 / SIDE);
      pixels[p] = ((rgb >> (16 - 8 * (p % 3))) & 0xff) / 127.5f - 1;
    }
    try (PartSession encoder = new PartSession(pipeline.encoder(List.of(what)));
        TFloat32 input = TensorBundle.tensor(Shape.of(1, SIDE, SIDE, 3), pixels)) {
      return encoder.run(input, Map.of(what, latent)).get(what);
    }
  }

  @Test
  void ofLargeImagesFewerGoThroughAtOnce() {
    assertEquals(4, Autoencoder.atOnce(Shape.of(512, 512, 3)));
    assertEquals(1, Autoencoder.atOnce(Shape.of(1024, 1024, 3)));
    assertEquals(1, Autoencoder.atOnce(Shape.of(4096, 4096, 3)));
  }

  @Test
  void theNextRunReadsWhatIsKeptAndOtherCaptionsAreEncodedAlone() throws IOException {
    imported("sd");
    String first = images().fingerprint();
    Map<Path, Object> kept = kept();
    assertEquals(2, kept.size());
    assertEquals(first, images().fingerprint());
    assertEquals(kept, kept());
    Set<String> seen = new HashSet<>();
    for (String colour : List.of("white", "black")) {
      DistillConfig config = config("dataset.background=" + colour);
      ImageSource on = DistillInputs.open(workspace, Path.of("here"), config).images();
      assertEquals(first, on.fingerprint(), "of the files, whose run goes on");
      seen.add(new StoredImages("seen", on.pictures()).identity(0, CAPTIONS.size()));
    }
    assertEquals(2, seen.size(), "what statistics are kept by");
    assertEquals(4, kept().size(), "files of latents on white and on black too");
    Files.writeString(scratch.resolve("pictures/1.txt"), "a dog");
    String other = images().fingerprint();
    assertNotEquals(first, other);
  }

  private Map<Path, Object> kept() throws IOException {
    Map<Path, Object> times = new TreeMap<>();
    try (Stream<Path> all = Files.walk(scratch.resolve("runs/encoded"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        times.put(file, List.of(Files.getLastModifiedTime(file), Files.size(file)));
      }
    }
    return times;
  }

  private static final List<String> WITHOUT_IMAGES =
      List.of("dataset.path=prompts.txt", "divergence=REVERSE_KL", "discriminator.gan_weight=0");

  private ImageSource promptsAlone(List<String> prompts) throws IOException {
    Files.write(scratch.resolve("prompts.txt"), prompts);
    DistillConfig config = config(WITHOUT_IMAGES.toArray(String[]::new));
    return DistillInputs.open(workspace, Path.of("here"), config).images();
  }

  @Test
  void ofPromptsAloneTheTextsAreEncodedAndNothingElse() throws IOException {
    Pipeline pipeline = imported("sd").pipeline().orElseThrow();
    ImageSource prompts = promptsAlone(CAPTIONS);
    assertEquals(CAPTIONS.size(), prompts.size());
    ConditionRows found = ConditionRows.zeros(prompts.conditioning(), CAPTIONS.size());
    for (int i = 0; i < CAPTIONS.size(); i++) {
      prompts.copyCondition(i, found, i);
      assertEquals(List.of(CAPTIONS.get(i)), prompts.captions(i));
    }
    assertArrayEquals(
        floats(pipeline.rows(CAPTIONS, note -> {}), "context"), floats(found, "context"), 1e-5f);
    assertEquals(1, kept().size(), "files of texts, and none of latents");
    assertNotEquals(prompts.fingerprint(), promptsAlone(List.of("a dog")).fingerprint());
  }

  /** By the run that encodes them and by every later one. */
  @Test
  void captionsThatAreCutAreTold() throws IOException {
    imported("sd");
    Files.writeString(scratch.resolve("pictures/1.txt"), "a cat ".repeat(100));
    for (int run = 0; run < 2; run++) {
      String notes = String.join("; ", images().notes());
      assertTrue(notes.contains("3 captions have more than 6 tokens"), notes);
    }
    assertEquals(List.of(), promptsAlone(List.of("a")).notes());
  }

  @Test
  void picturesOfAnotherSizeOrWithoutCaptionsAreRefused() throws IOException {
    imported("sd");
    Files.delete(scratch.resolve("pictures/3.txt"));
    assertTrue(assertThrows(InputException.class, this::images).getMessage().contains("caption"));
    for (int i = 0; i < CAPTIONS.size(); i++) {
      BufferedImage small = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      PngFile.write(scratch.resolve("pictures/" + i + ".png"), small);
    }
    String message = assertThrows(InputException.class, this::images).getMessage();
    String remedy = "dataset.resize=16x16x3";
    assertTrue(message.contains("8x8x3") && message.contains("--set " + remedy), message);
    Files.writeString(scratch.resolve("pictures/3.txt"), "a cat");
    DistillConfig config = config(remedy);
    ImageSource resized = DistillInputs.open(workspace, Path.of("here"), config).images();
    assertEquals(CAPTIONS.size(), resized.size());
  }

  @Test
  void aNegativePromptIsInThePlaceOfNoTextForTheTeacherAlone() throws IOException {
    DenoiserModel plain = imported("sdxl");
    Path here = Path.of("here");
    Models models = DistillInputs.open(workspace, here, config("negative_prompt=a cat")).models();
    ConditionRows away = plain.pipeline().orElseThrow().rows(List.of("a cat"), note -> {});
    assertEquals(plain.info(), models.fakeScore().info());
    assertNotEquals(plain.info().getNoneList(), models.teacher().info().getNoneList());
    assertEquals(plain.info().getNoneList(), models.student().info().getNoneList());
    for (var input : models.teacher().conditioning().inputs()) {
      ConditionRows.Column row = away.columns().get(input.name());
      for (int i = 0; i < row.length(); i++) {
        assertEquals(row.number(i), input.none().get(i), 1e-5, input.name());
      }
    }
    DistillConfig alone = config("negative_prompt=a cat", "guidance=1");
    Executable opening = () -> DistillInputs.open(workspace, here, alone);
    String unguided = assertThrows(InputException.class, opening).getMessage();
    assertTrue(unguided.contains("negative_prompt") && unguided.contains("guidance"), unguided);
  }

  /** Whose headers and ends are whole: pixels alone tell. */
  @Test
  void damagedPicturesAreAllToldBeforeAnyIsEncoded() throws IOException {
    imported("sd");
    String features = Path.of("savedmodels/fashion-mnist-features").toAbsolutePath().toString();
    Map<String, String> told = new LinkedHashMap<>(); // Wrong settings, and what names them.
    told.put("lora.rank=2 lora.targets=nowhere*", "lora.targets");
    told.put("lora.rank=2 frozen=BFLOAT16", "frozen");
    told.put("discriminator.feature=nowhere", "nowhere");
    told.put("noise.sigma_min=20", "less than 14.6"); // The teacher's most.
    told.put("noise.distribution=TIME_UNIFORM noise.ddpm.betas=LINEAR", "ddpm");
    told.put("stage[0].steps=2 stage[0].set=noise.sigma_max=1000", "noise.sigma_max");
    told.put("student=" + Path.of("graphs/mixture/student.pbtxt").toAbsolutePath(), "student");
    told.put("ratio.source=EXACT", "ratio.source");
    told.put("evaluation.every_steps=1 evaluation.features=" + features, features);
    for (String wrong : told.keySet()) {
      DistillConfig config = config(wrong.split(" "));
      Executable opening = () -> DistillInputs.open(workspace, Path.of("here"), config);
      String message = assertThrows(InputException.class, opening, wrong).getMessage();
      assertTrue(message.contains(told.get(wrong)), message);
      assertFalse(Files.exists(scratch.resolve("runs/encoded")), message);
    }
    for (int i = 3; i < CAPTIONS.size(); i++) {
      Path png = scratch.resolve("pictures/" + i + ".png");
      ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
      ImageIO.write(ImageIO.read(png.toFile()), "jpg", jpeg);
      byte[] whole = jpeg.toByteArray();
      byte[] less = Arrays.copyOf(whole, whole.length - 40);
      System.arraycopy(whole, whole.length - 2, less, less.length - 2, 2);
      Files.delete(png);
      Files.write(scratch.resolve("pictures/" + i + ".jpg"), less);
    }
    String message = assertThrows(InputException.class, this::images).getMessage();
    assertTrue(message.contains("2 pictures cannot be read"), message);
    assertEquals(Map.of(), kept());
    ImageSource skipping =
        DistillInputs.open(workspace, Path.of("here"), config("dataset.skip_damaged=true"))
            .images();
    assertEquals(3, skipping.size());
  }

  @Test
  @Tag("trial")
  void theTeacherIsDistilledAndItsStudentDrawsPictures() throws IOException {
    imported("sd");
    DistillJob.run(workspace, config());
    Path run = scratch.resolve("runs/student");
    List<String> pictures = List.of("student-and-teacher.png", "pictures/step-00000002.png");
    for (String name : pictures) {
      try (Stream<Path> all = Files.walk(run)) {
        Path file = all.filter(path -> path.endsWith(name)).findFirst().orElseThrow();
        assertTrue(ImageIO.read(file.toFile()).getWidth() >= 10 * SIDE, name);
      }
    }
    DenoiserModel student = DenoiserModel.read(scratch.resolve("savedmodels/student/1"));
    Pipeline pipeline = student.pipeline().orElseThrow();
    List<String> texts = List.of("red apple", "a cat");
    SampleGrid grid = new SampleGrid(new long[] {3}, pipeline.rows(texts, note -> {}));
    float[] drawn = Samples.ofStudent(student, grid).decoded(student).values();
    byte[] served = served(student, grid, texts);
    assertEquals(2 * SIDE * SIDE * 3, served.length);
    for (int i = 0; i < served.length; i++) {
      double level = Math.max(0, Math.min(255, drawn[i] * 127.5 + 127.5));
      assertEquals(level, served[i] & 0xff, 0.51 + 1e-3, "value " + i);
    }
  }

  /** What a server gives of the exported student: pictures, which the graph decodes. */
  private static byte[] served(DenoiserModel student, SampleGrid grid, List<String> texts) {
    TextsInGraph inGraph = TextsInGraph.of(student.pipeline().orElseThrow()).orElseThrow();
    ConditionRows rows = inGraph.tokenizers().tell(texts).rows();
    try (SavedModelBundle bundle = Sessions.load(Path.of(student.origin()));
        TInt64 seeds = TInt64.vectorOf(grid.seedOfEach());
        ConditionTensors told = rows.tensors(inGraph.asked(student.conditioning()))) {
      Map<String, Tensor> inputs = new TreeMap<>(told.byName());
      inputs.put("seed", seeds);
      try (Result result = bundle.function("serving_default").call(inputs)) {
        TUint8 image = (TUint8) result.get("image").orElseThrow();
        byte[] bytes = new byte[(int) image.size()];
        image.asRawTensor().data().read(bytes);
        return bytes;
      }
    }
  }
}
