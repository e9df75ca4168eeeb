package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Split;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.TensorBundle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** A teacher of latents with classes learns from pictures, by an autoencoder, or from latents. */
class LatentTeacherTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");
  private static final Shape LATENT = Shape.of(8, 8, 4);

  /** The teacher's, in its order. */
  private static final List<String> NAMES = List.of("tench", "goldfish", "shark", "ray", "cock");

  private static final int CLASSES = NAMES.size();
  private static final int SIDE = 16;

  @TempDir Path scratch;
  private Workspace workspace;

  @BeforeEach
  void workspace() {
    workspace = new Workspace(scratch);
  }

  private static Path source(String name) {
    return FOLDER.resolve(name).toAbsolutePath();
  }

  private DenoiserModel imported(String name, Importing.Options options) throws IOException {
    String dit = source("dit").toString();
    return DenoiserModel.read(ImportJob.run(workspace, List.of(), dit, options, name).version());
  }

  /** Two pictures of each class. */
  private void pictures() throws IOException {
    for (int i = 0; i < 2 * CLASSES; i++) {
      BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < SIDE * SIDE; p++) {
        picture.setRGB(p % SIDE, p / SIDE, (p * (i + 1) * 2654435) & 0xffffff);
      }
      Path folder = scratch.resolve("pictures").resolve(NAMES.get(i / 2));
      PngFile.write(folder.resolve(i + ".png"), picture);
    }
  }

  /** Latents of each class, channels first or last. */
  private void latents(String file, boolean first) {
    int size = (int) LATENT.size();
    Random random = new Random(1);
    float[] values = new float[CLASSES * size];
    for (int i = 0; i < values.length; i++) {
      int image = i / size;
      int inside = i % size;
      int place = first ? inside : inside % 4 * 64 + inside / 4;
      random.setSeed(1000L * image + place);
      random.nextInt();
      values[i] = (float) (2 * random.nextGaussian());
    }
    long[] shape = first ? new long[] {CLASSES, 4, 8, 8} : new long[] {CLASSES, 8, 8, 4};
    NpyFile.writeFloat32(scratch.resolve(file), shape, values);
    NpyFile.writeLabels(scratch.resolve(file), new int[] {0, 1, 2, 3, 4});
  }

  private DistillConfig config(String dataset, String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "name=student",
                "teacher=savedmodels/teacher",
                "dataset.path=" + dataset,
                "student_sigma=20",
                "steps=1",
                "batch_size=4",
                "schedule.critic_steps=1",
                "picture_every_steps=1",
                "checkpoint.every_steps=1"));
    settings.addAll(List.of(more));
    return Configs.with(DistillConfig.getDefaultInstance(), settings);
  }

  private ImageSource images(String dataset) throws IOException {
    return DistillInputs.open(workspace, Path.of("here"), config(dataset)).images();
  }

  private static float[] values(ImageSource images, long index) {
    float[] values = new float[images.valuesPerImage()];
    images.copy(index, values, 0);
    return values;
  }

  @Test
  @Tag("trial")
  void itsStudentDrawsPicturesByTheAutoencoderThatWasNamed() throws IOException {
    DenoiserModel teacher = imported("teacher", Importing.Options.NONE.with(source("sd")));
    pictures();
    ImageSource encoded = images("pictures");
    assertEquals(LATENT, encoded.shape());
    assertEquals(CLASSES, encoded.classes());
    ImageSource seen = encoded.pictures();
    Pipeline pipeline = teacher.pipeline().orElseThrow();
    try (PartSession encoder = new PartSession(pipeline.encoder(List.of(Autoencoder.MEAN)));
        TFloat32 input = TensorBundle.tensor(seen.shape().prepend(1), values(seen, 3))) {
      float[] mean = encoder.run(input, Map.of(Autoencoder.MEAN, LATENT)).get(Autoencoder.MEAN);
      assertArrayEquals(mean, values(encoded, 3), 1e-5f);
    }
    assertEquals(NAMES.indexOf("goldfish"), encoded.label(3)); // Of folders in order.

    DistillJob.run(workspace, config("pictures", measuredByPixels("pictures")));
    Path version = scratch.resolve("savedmodels/student/1");
    assertTrue(new Yardstick(workspace).measures(version, "pictures", true));
    String metrics = Files.readString(scratch.resolve("runs/student/metrics.jsonl"));
    assertTrue(metrics.contains("average_0/fid"), metrics);
    assertTrue(picture("student-and-teacher.png").getWidth() >= 10 * SIDE);
    DenoiserModel student = DenoiserModel.read(scratch.resolve("savedmodels/student/1"));
    float[] drawn = samples(student).decoded(student).values();
    try (SavedModelBundle bundle = Sessions.load(Path.of(student.origin()));
        Result result = served(bundle)) {
      TUint8 image = (TUint8) result.get("image").orElseThrow();
      assertEquals(Shape.of(1, SIDE, SIDE, 3), image.shape());
      byte[] bytes = new byte[drawn.length];
      image.asRawTensor().data().read(bytes);
      for (int i = 0; i < bytes.length; i++) {
        double level = Math.max(0, Math.min(255, drawn[i] * 127.5 + 127.5));
        assertEquals(level, bytes[i] & 0xff, 0.51 + 1e-3, "value " + i);
      }
    }
  }

  /** Settings by which the student's pictures are measured on the way. */
  private String[] measuredByPixels(String dataset) throws IOException {
    FeaturesConfig features =
        Configs.with(
            FeaturesConfig.getDefaultInstance(),
            List.of("name=pixels", "dataset.path=" + dataset, "principal_components=2"));
    PixelFeaturesJob.run(RunOrder.of(workspace), features);
    return new String[] {
      "evaluation.every_steps=1", "evaluation.features=savedmodels/pixels", "evaluation.samples=6"
    };
  }

  private BufferedImage picture(String name) throws IOException {
    try (Stream<Path> all = Files.walk(scratch.resolve("runs/student"))) {
      Path file = all.filter(path -> path.endsWith(name)).findFirst().orElseThrow();
      return ImageIO.read(file.toFile());
    }
  }

  /** Seed 3 of class 2. */
  private static Samples samples(DenoiserModel student) {
    SampleGrid each = SampleGrid.of(student);
    return Samples.ofStudent(
        student, new SampleGrid(new long[] {3}, each.conditions().range(2, 3)));
  }

  private static Result served(SavedModelBundle bundle) {
    try (TInt64 seed = TInt64.vectorOf(3);
        TInt32 label = TInt32.vectorOf(2)) {
      return bundle.function("serving_default").call(Map.of("seed", seed, "label", label));
    }
  }

  @Test
  void withoutADecoderItLearnsFromLatentsAndItsStudentGivesSuch() throws IOException {
    imported("teacher", Importing.Options.NONE);
    latents("latents.npy", true);
    DistillJob.run(workspace, config("latents.npy"));
    Path version = scratch.resolve("savedmodels/student/1");
    for (boolean features : new boolean[] {true, false}) {
      assertFalse(new Yardstick(workspace).measures(version, "latents.npy", features));
    }
    assertTrue(picture("step-00000001.png").getWidth() >= 10 * LATENT.get(1));
    DenoiserModel student = DenoiserModel.read(scratch.resolve("savedmodels/student/1"));
    assertFalse(
        SavedModel.read(scratch.resolve("savedmodels/student")).signatures().contains("png"));
    Samples drawn = samples(student);
    assertArrayEquals(drawn.values(), drawn.inRange().values());
    try (SavedModelBundle bundle = Sessions.load(Path.of(student.origin()));
        Result result = served(bundle)) {
      TFloat32 image = (TFloat32) result.get("image").orElseThrow();
      assertEquals(LATENT.prepend(1), image.shape());
      float[] served = TensorBundle.floats(image);
      assertArrayEquals(drawn.values(), served, 1e-4f);
      boolean beyond = false;
      for (float value : served) {
        beyond |= Math.abs(value) > 1;
      }
      assertTrue(beyond, "latents were cut to -1 and 1: " + Arrays.toString(served));
    }
  }

  @Test
  void latentsAreTheSameWithTheChannelsFirst() throws IOException {
    imported("teacher", Importing.Options.NONE);
    latents("first.npy", true);
    latents("last.npy", false);
    for (int i = 0; i < CLASSES; i++) {
      assertArrayEquals(values(images("last.npy"), i), values(images("first.npy"), i));
    }
  }

  @Test
  void onlyPicturesAreMeasuredAndAFolderWithoutAnAutoencoderIsRefused() throws IOException {
    imported("teacher", Importing.Options.NONE);
    latents("latents.npy", true);
    DistillConfig measured =
        config("latents.npy", "evaluation.every_steps=1", "evaluation.features=none");
    String message =
        assertThrows(
                InputException.class,
                () -> DistillInputs.open(workspace, Path.of("here"), measured))
            .getMessage();
    assertTrue(message.contains("--autoencoder"), message);
    Files.createDirectories(scratch.resolve("empty"));
    Importing.Options none = Importing.Options.NONE.with(scratch.resolve("empty"));
    message = assertThrows(InputException.class, () -> imported("other", none)).getMessage();
    assertTrue(message.contains("config.json"), message);
    Importing.Options other = Importing.Options.NONE.with(scratch.resolve("savedmodels/teacher"));
    message = assertThrows(InputException.class, () -> imported("other", other)).getMessage();
    assertTrue(message.contains("signature"), message);
  }

  @Test
  void itGoesOnTrainingWithItsAutoencoder() throws IOException {
    imported("first", Importing.Options.NONE.with(source("sd/vae")));
    Path first = scratch.resolve("savedmodels/first");
    DenoiserModel start = imported("start", Importing.Options.NONE.with(first));
    Path record = scratch.resolve("savedmodels/start/1/assets.extra/record.json");
    for (String part : List.of("encoder", "decoder")) {
      String file = "first/1/assets.extra/" + part + "/variables/variables.data-00000-of-00001";
      assertTrue(Files.readString(record).contains(file + "\": \""), part);
    }
    pictures();
    PretrainConfig config =
        Configs.with(
            PretrainConfig.getDefaultInstance(),
            List.of(
                "name=further",
                "start=savedmodels/start",
                "dataset.path=pictures",
                "steps=1",
                "batch_size=2",
                "checkpoint.every_steps=1"));
    NetworkConfig texts =
        NetworkConfig.newBuilder().setContext(ContextConfig.getDefaultInstance()).build();
    String message =
        assertThrows(InputException.class, () -> PretrainJob.run(workspace, config, texts))
            .getMessage();
    assertTrue(message.contains("of texts"), message);
    NetworkConfig described = PretrainJob.describedBy(Path.of(start.origin()));
    NetworkConfig.Builder large = described.toBuilder();
    large.getImageBuilder().setHeight(32);
    assertRefusedBeforeEncoding(config, large.build(), "image");
    assertRefusedBeforeEncoding(config, described, "augment", "augment.probability=0.1");
    assertRefusedBeforeEncoding(config, described, "noise.sigma_min", "noise.sigma_min=0.002");
    assertRefusedBeforeEncoding(
        config, described, "steps", "noise.distribution=TIME_UNIFORM", "noise.ddpm.betas=LINEAR");
    String features = Path.of("savedmodels/fashion-mnist-features").toAbsolutePath().toString();
    assertRefusedBeforeEncoding(
        config,
        described,
        "evaluation.features",
        "evaluation.every_steps=1",
        "evaluation.features=" + features);
    PretrainJob.run(workspace, config, described);
    String written = Files.readString(scratch.resolve("runs/further/config.pbtxt"));
    assertTrue(written.contains("sigma_min: 0.01000"), "as its schedule begins: " + written);
    // One that was begun with other levels goes on with these.
    Path settings = scratch.resolve("runs/further/config.pbtxt");
    Files.writeString(settings, written.replaceFirst("sigma_min: 0.01\\S*", "sigma_min: 0.002"));
    PretrainJob.run(workspace, config, described);
    Files.writeString(settings, written);
    DenoiserModel further = DenoiserModel.read(scratch.resolve("savedmodels/further/1"));
    Pipeline before = start.pipeline().orElseThrow();
    List<String> all = List.of(Autoencoder.MEAN, Autoencoder.DEVIATION);
    assertEquals(all, List.copyOf(before.encoder(all).function().outputs().keySet()));
    Pipeline after = further.pipeline().orElseThrow();
    assertEquals(before.info(), after.info());
    for (String part : List.of(before.info().getDecoder(), before.info().getEncoder())) {
      assertEquals(
          Sha256.ofFolder(before.folder().resolve(part)),
          Sha256.ofFolder(after.folder().resolve(part)),
          part);
    }
    float[] latents = values(images(further), 0);
    assertArrayEquals(
        before.decoded(latents, LATENT),
        after.decoded(latents, LATENT),
        1e-5f); // Another session: on busy cores its sums were seen to be others in the last bit.
  }

  private void assertRefusedBeforeEncoding(
      PretrainConfig config, NetworkConfig network, String found, String... more) {
    PretrainConfig wrong = Configs.with(config, List.of(more));
    String message =
        assertThrows(InputException.class, () -> PretrainJob.run(workspace, wrong, network))
            .getMessage();
    assertTrue(message.contains(found), message);
    assertFalse(Files.exists(scratch.resolve("runs/encoded")), message);
  }

  private ImageSource images(DenoiserModel model) throws IOException {
    ImageSource pictures = ImageSources.open(scratch.resolve("pictures"), Split.TRAIN);
    return Encoding.in(workspace, DatasetConfig.getDefaultInstance(), true)
        .told(model, pictures, false);
  }
}
