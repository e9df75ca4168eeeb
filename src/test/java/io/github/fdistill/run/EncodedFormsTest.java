package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.savedmodel.TensorBundle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** How latents of pictures are kept, and what of them is seen. */
class EncodedFormsTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers").toAbsolutePath();
  private static final int SIDE = 16;

  @TempDir Path scratch;
  private Workspace workspace;
  private DenoiserModel teacher;

  @BeforeEach
  void teacherAndPictures() throws IOException {
    workspace = new Workspace(scratch);
    String dit = FOLDER.resolve("dit").toString();
    Importing.Options options = Importing.Options.NONE.with(FOLDER.resolve("sd"));
    teacher =
        DenoiserModel.read(ImportJob.run(workspace, List.of(), dit, options, "teacher").version());
    for (int i = 0; i < 5; i++) {
      BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < SIDE * SIDE; p++) {
        picture.setRGB(p % SIDE, p / SIDE, (p * (i + 1) * 2654435) & 0xffffff);
      }
      PngFile.write(scratch.resolve("pictures/" + i + "/0.png"), picture);
    }
  }

  private ImageSource images(String... more) throws IOException {
    List<String> settings =
        new ArrayList<>(
            List.of("name=student", "teacher=savedmodels/teacher", "dataset.path=pictures"));
    settings.addAll(List.of(more));
    DistillConfig config = Configs.with(DistillConfig.getDefaultInstance(), settings);
    return DistillInputs.open(workspace, Path.of("here"), config).images();
  }

  private static float[] copied(ImageSource images, long index) {
    float[] values = new float[images.valuesPerImage()];
    images.copy(index, values, 0);
    return values;
  }

  @Test
  void whatIsKeptInHalfPrecisionIsTheSameTo11Bits() throws IOException {
    ImageSource whole = images();
    ImageSource halves = images("dataset.encoded=FLOAT16");
    assertNotEquals(whole.fingerprint(), halves.fingerprint());
    float[] expected = copied(whole, 1);
    float[] found = copied(halves, 1);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], Math.abs(expected[i]) * 0x1p-11 + 0x1p-25, "value " + i);
    }
  }

  /** Pixels that are read otherwise are encoded anew, and the run that was begun goes on. */
  @Test
  void latentsAreKeptByHowFilesAreReadAndRunsAreNot() throws IOException {
    ImageSource latents = images();
    String encoder = teacher.pipeline().orElseThrow().encoderFingerprint();
    String key = Sha256.ofText("latents 1 " + latents.pictures().fingerprint() + " " + encoder);
    assertEquals(key, latents.fingerprint());
    Path kept = scratch.resolve(Encoding.CACHE);
    assertTrue(Files.isDirectory(kept.resolve(Encoding.kept(key, ImageSource.PIXELS, ""))));
    assertNotEquals(Encoding.kept(key, 1, ""), Encoding.kept(key, 2, ""));
    assertNotEquals(Encoding.kept(key, 1, ""), Encoding.kept(key, 1, " background #ffffff"));
  }

  /** As the encoder's distribution has it, by step and row, whoever computes a row. */
  @Test
  void latentsAreDrawnAnewWhereAsked() throws IOException {
    ImageSource means = images();
    ImageSource drawn = images("dataset.latents=DRAWN");
    assertNotEquals(means.fingerprint(), drawn.fingerprint());
    float[] mean = copied(means, 2);
    assertArrayEquals(mean, copied(drawn, 2));
    float[] found = new float[mean.length];
    means.draw(2, 1, found, 0);
    assertArrayEquals(mean, found);
    float[] deviation = deviation(drawn.pictures(), 2);
    int count = 4000;
    double[] sums = new double[mean.length];
    double[] squares = new double[mean.length];
    for (int key = 0; key < count; key++) {
      drawn.draw(2, key, found, 0);
      for (int i = 0; i < mean.length; i++) {
        double n = (found[i] - mean[i]) / deviation[i];
        sums[i] += n / count;
        squares[i] += n * n / count;
      }
    }
    for (int i = 0; i < mean.length; i++) {
      assertEquals(0, sums[i], 5 / Math.sqrt(count), "mean of number " + i);
      assertEquals(1, squares[i], 5 * Math.sqrt(2.0 / count), "variance of number " + i);
    }
    Batches batches = new Batches(drawn, 4, 3);
    float[] whole = batches.at(5).images();
    float[] half = batches.rows(2, 4).at(5).images();
    int from = 2 * mean.length;
    assertArrayEquals(
        Arrays.copyOfRange(whole, from, 2 * from), Arrays.copyOfRange(half, from, 2 * from));
    assertFalse(Arrays.equals(whole, new Batches(means, 4, 3).at(5).images()));
  }

  private float[] deviation(ImageSource pictures, long index) {
    Shape latent = teacher.image();
    PartSession encoder =
        new PartSession(
            teacher
                .pipeline()
                .orElseThrow()
                .encoder(List.of(Autoencoder.MEAN, Autoencoder.DEVIATION)));
    try (encoder;
        TFloat32 input =
            TensorBundle.tensor(pictures.shape().prepend(1), copied(pictures, index))) {
      Map<String, Shape> rows = Map.of(Autoencoder.MEAN, latent, Autoencoder.DEVIATION, latent);
      return encoder.run(input, rows).get(Autoencoder.DEVIATION);
    }
  }

  private Encoding of(DatasetConfig.Latents latents) {
    DatasetConfig config = DatasetConfig.newBuilder().setLatents(latents).build();
    return Encoding.in(workspace, config, true);
  }

  @Test
  void withoutAnEncoderNothingIsDrawn() {
    of(DatasetConfig.Latents.MEAN).requireMeans();
    String message =
        assertThrows(InputException.class, of(DatasetConfig.Latents.DRAWN)::requireMeans)
            .getMessage();
    assertTrue(message.contains("dataset.latents: DRAWN"), message);
    assertTrue(message.contains("dataset.latents=MEAN"), message);
  }
}
