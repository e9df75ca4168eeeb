package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.data.Relabelled;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network is one that Python wrote: resources' features_network.py. */
class FeatureNetworkTest {
  private static final int IMAGE = 6 * 5 * 3;
  private static Path folder;
  private static FeatureNetwork network;

  @TempDir Path temporary;

  @BeforeAll
  static void load() throws URISyntaxException {
    folder = Path.of(FeatureNetworkTest.class.getResource("features-network").toURI());
    network = FeatureNetwork.load(folder);
  }

  @AfterAll
  static void close() {
    network.close();
  }

  /** The function `images` of the script. */
  private static byte[] images(int count) {
    byte[] bytes = new byte[count * IMAGE];
    for (long i = 0; i < bytes.length; i++) {
      bytes[(int) i] = (byte) ((37 * i * i + 11 * i) % 256);
    }
    return bytes;
  }

  private static float[] recorded(String name) {
    return Recorded.numbers("features-network.properties", name);
  }

  @Test
  void itGivesWhatItGaveInPython() {
    Seen seen = network.see("three images", images(3));
    assertArrayEquals(recorded("features"), seen.features().values(), 1e-6f);
    assertArrayEquals(recorded("logits"), seen.logits().orElseThrow().values(), 1e-6f);
  }

  @Test
  void itsSignatureTellsItsSizes() {
    assertEquals("6x5x3", network.height() + "x" + network.width() + "x" + network.channels());
    assertEquals(4, network.dimension());
    assertEquals(OptionalInt.of(3), network.classes());
  }

  @Test
  void anImageHasTheSameFeaturesInAnyBatch() {
    byte[] many = images(250);
    float[] features = network.see("many", many).features().values();
    assertEquals(250 * 4, features.length);
    for (int i : new int[] {0, 99, 100, 249}) {
      byte[] one = Arrays.copyOfRange(many, i * IMAGE, (i + 1) * IMAGE);
      assertArrayEquals(
          network.see("one", one).features().values(),
          Arrays.copyOfRange(features, i * 4, (i + 1) * 4),
          1e-6f);
    }
  }

  /** The image whose bytes are those of {@link #images}, in data units. */
  private static void make(long index, float[] into, int offset) {
    byte[] bytes = images((int) index + 1);
    for (int i = 0; i < IMAGE; i++) {
      int level = Byte.toUnsignedInt(bytes[(int) index * IMAGE + i]);
      into[offset + i] = level / 127.5f - 1;
    }
  }

  @Test
  void aDatasetIsSeenAsItsBytes() {
    float[] expected = network.see("bytes", images(130)).features().values();
    long[] done = new long[1];
    MadeImages dataset = new MadeImages(200, 6, 5, 3, 1, FeatureNetworkTest::make);
    Seen seen = network.see("dataset", dataset, 130, d -> done[0] = d);
    assertArrayEquals(expected, seen.features().values());
    assertEquals(130, done[0]);
  }

  /** Of ImageNet's training images Inception's features are more numbers than an array holds. */
  @Test
  void aReferenceOfManyImagesIsMeasuredInPart() {
    assertEquals(200, Evaluation.references(200, List.of(network)));
    assertEquals(60_000, Evaluation.references(60_000, 64 + 10));
    assertEquals(50_000, Evaluation.references(50_000, 2048 + 1008));
    assertEquals(50_000, Evaluation.references(1_281_167, 2048 + 1008));
    assertEquals(40_000, Evaluation.references(40_000, 8192));
    assertEquals(Optional.empty(), Evaluation.part(200, 200, "it"));
    String said = Evaluation.part(50_000, 1_281_167, "it").orElseThrow();
    assertTrue(said.startsWith("Against 50,000 of 1,281,167 images"), said);
    MadeImages dataset = new MadeImages(200, 6, 5, 3, 1, FeatureNetworkTest::make);
    InputException refused =
        assertThrows(
            InputException.class,
            () -> network.see("dataset", dataset, Integer.MAX_VALUE, n -> {}));
    assertTrue(refused.getMessage().contains("--references"), refused.getMessage());
  }

  @Test
  void samplesWithoutNumbersAreRefusedAndNotDrawnAsBlack() {
    float[] values = new float[2 * IMAGE];
    network.see("samples", new Images(values, 6, 5, 3));
    values[IMAGE + 7] = Float.NaN;
    InputException refused =
        assertThrows(
            InputException.class, () -> network.see("samples", new Images(values, 6, 5, 3)));
    assertTrue(refused.getMessage().contains("image 1 has the value NaN"), refused.getMessage());
  }

  @Test
  void imagesOfAnotherSizeAreRefusedAndNotResized() {
    InputException refused =
        assertThrows(
            InputException.class,
            () -> network.see("samples", new Images(new float[28 * 28], 28, 28, 1)));
    assertTrue(refused.getMessage().contains("28x28x1"), refused.getMessage());
    assertTrue(refused.getMessage().contains("6x5x3"), refused.getMessage());
    network.requireSize("one", 6, 5, 3);
    assertThrows(InputException.class, () -> network.requireSize("one", 7, 5, 3));
    assertThrows(InputException.class, () -> network.requireSize("one", 6, 4, 3));
    assertThrows(InputException.class, () -> network.requireSize("one", 6, 5, 1));
  }

  @Test
  void itsFingerprintIsThatOfItsFolder() throws IOException {
    assertEquals(
        new Fingerprint(Sha256.ofFolder(folder), "data", 7, "none"),
        network.fingerprint("data", 7, "none"));
  }

  private void assertUnusable(String found) {
    InputException refused =
        assertThrows(InputException.class, () -> FeatureNetwork.load(temporary));
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
    assertTrue(refused.getMessage().contains("variables.index"), refused.getMessage());
  }

  @Test
  void aModelWithoutItsVariablesOrWithDamagedOnesIsRefusedWhenItIsLoaded() throws IOException {
    Files.copy(folder.resolve("saved_model.pb"), temporary.resolve("saved_model.pb"));
    assertUnusable("no such file");
    Path variables = Files.createDirectory(temporary.resolve("variables"));
    Files.writeString(variables.resolve("variables.index"), "not a table of variables");
    assertUnusable("the variables cannot be read");
  }

  @Test
  void accuracyIsTheShareOfLargestLogitsAtTheLabel() {
    Features logits = new Features("logits", 3, new float[] {1, 3, 2, 5, 0, 0, -3, -2, -1});
    Seen seen = new Seen(new Features("f", 1, new float[3]), Optional.of(logits));
    assertEquals(1, seen.accuracy(new int[] {1, 0, 2}));
    assertEquals(2 / 3.0, seen.accuracy(new int[] {1, 0, 1}));
  }

  /** Images without pixels, of so many classes, with or without names. */
  private static ImageSet classes(int count, String... names) {
    ImageSource made = new MadeImages(6, 1, 1, 1, count, (index, into, offset) -> {});
    int[] same = IntStream.range(0, count).toArray();
    return new StoredImages(
        "made", names.length == 0 ? made : new Relabelled(made, same, List.of(names)));
  }

  /** The network has classes 0, 1, 2 and no names. */
  @Test
  void labelsAreThoseOfTheNetworkOrNone() {
    int[] plain = network.labels(classes(3), 0, 6).orElseThrow();
    int[] named = network.labels(classes(3, "a", "b", "c"), 0, 6).orElseThrow();
    assertArrayEquals(plain, named);
    int[] turned = network.labels(classes(3, "0", "2", "1"), 0, 6).orElseThrow();
    assertArrayEquals(Arrays.stream(plain).map(k -> (3 - k) % 3).toArray(), turned);
    assertTrue(network.knows(classes(3, "0", "2", "1")));
    assertFalse(network.knows(classes(3, "1", "2", "3")), "there is no class 3");
    assertTrue(network.labels(classes(4), 0, 6).isEmpty(), "the fourth would never be right");
    assertFalse(network.knows(classes(4, "a", "b", "c", "d")));
    assertTrue(network.knows(classes(1)));
    assertTrue(network.labels(classes(1), 0, 6).isEmpty(), "images without classes");
    int[] all = {2, 2, 2, 2, 2, 2};
    assertArrayEquals(all, network.labels(classes(1, "2"), 0, 6).orElseThrow(), "of one class");
    assertTrue(network.labels(classes(1, "all"), 0, 6).isEmpty(), "photos/all/ is no class");
  }
}
