package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.SomeImages;
import io.github.fdistill.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The classifier in this repository knows Fashion-MNIST as well as its record says. */
class BundledFeaturesTest {
  private static final Path VERSION = Path.of("savedmodels", "fashion-mnist-features", "1");
  private static final Path DATASET = Path.of("datasets", "fashion-mnist");

  private static String recorded(String pattern) throws IOException {
    String record = Files.readString(VERSION.resolve("assets.extra").resolve("record.json"));
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(record);
    assertTrue(matcher.find(), pattern + " in " + record);
    return matcher.group(1);
  }

  @Test
  @Tag("trial")
  void itsTestAccuracyIsAboveNinetyTwoPercentAndAsRecorded() throws IOException {
    ImageSource test = IdxDataset.open(DATASET, Split.TEST);
    Accuracy accuracy = Accuracy.of(VERSION, test);
    assertEquals(10_000, accuracy.images());
    assertTrue(accuracy.share() > 0.92, accuracy.toString());
    // Another processor may round a tie of two classes the other way.
    double recorded = Double.parseDouble(recorded("\"test_accuracy\": ([0-9.]+)"));
    assertEquals(recorded, accuracy.share(), 5e-4);
  }

  /** Four standard errors of a share over so many images are 0.035. */
  @Test
  void ofAThousandTestImagesItKnowsAsManyAsItShould() throws IOException {
    ImageSource test =
        new SomeImages(IdxDataset.open(DATASET, Split.TEST), IntStream.range(0, 1000).toArray());
    Accuracy accuracy = Accuracy.of(VERSION, test);
    assertEquals(1000, accuracy.images());
    double recorded = Double.parseDouble(recorded("\"test_accuracy\": ([0-9.]+)"));
    assertEquals(recorded, accuracy.share(), 0.035);
  }

  @Test
  void itLearntFromTheTrainingImagesOfThisRepository() throws IOException {
    String sha256 = "\": \\{[^}]*\"sha256\": \"([0-9a-f]{64})\"";
    assertEquals(
        IdxDataset.open(DATASET, Split.TRAIN).fingerprint(), recorded("\"dataset" + sha256));
    assertEquals(
        IdxDataset.open(DATASET, Split.TEST).fingerprint(), recorded("\"test_images" + sha256));
  }

  @Test
  void itHasAtMostFourMegabytes() throws IOException {
    try (Stream<Path> files = Files.walk(VERSION)) {
      long bytes = files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
      assertTrue(bytes <= 4_000_000, bytes + " bytes");
    }
  }
}
