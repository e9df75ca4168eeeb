package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.Moments;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** FID against a mean and a covariance, as references are published. */
class PublishedMomentsTest {
  @TempDir Path folder;

  @Test
  void theDistanceIsThatOfTheMoments() throws IOException {
    Workplace place = Workplace.create(folder);
    place.columnFeatures("features", Workplace.SIDE, "features");
    ImageSource images = ImageSources.open(place.path("data"), Split.TRAIN);
    Moments own;
    try (FeatureNetwork network = FeatureNetwork.load(place.path("features"))) {
      own = Moments.of(network.see("data", images, 24, n -> {}).features());
    }
    write(place.path("same.npz"), own.mean(), own.covariance());
    assertEquals(0, fid(place, "same.npz"), 1e-6);

    // Of equal covariances it is the squared distance of the means.
    double[] moved = own.mean().clone();
    moved[0] += 3;
    moved[2] -= 4;
    write(place.path("moved.npz"), moved, own.covariance());
    assertEquals(25, fid(place, "moved.npz"), 1e-4);
    assertTrue(place.read("found.json").contains("\"features_sha256\""));

    // Of several sets each is told, and the lowest, which is what is published.
    String said = evaluated(place, "moved.npz", "--samples", "8", "--repeats", "3").done();
    String[] each = said.replaceAll("(?s).*of each +([^\n]+)\n.*", "$1").split(", ");
    double[] fids = Arrays.stream(each).mapToDouble(Double::parseDouble).toArray();
    assertEquals(3, fids.length, said);
    double lowest = Arrays.stream(fids).min().orElseThrow();
    assertTrue(fids[0] + fids[1] + fids[2] > 3.01 * lowest, said);
    assertEquals(lowest, number(said, "lowest"), said);
    assertEquals((fids[0] + fids[1] + fids[2]) / 3, number(said, "FID"), 1e-2 * lowest, said);
    JsonObject json = JsonParser.parseString(place.read("found.json")).getAsJsonObject();
    assertEquals(3, json.getAsJsonArray("fid_of_each").size());
    assertEquals(lowest, json.get("fid_lowest").getAsDouble(), 1e-3 * lowest);
    assertEquals(number(said, "FID"), json.get("fid").getAsDouble(), 1e-3 * lowest);

    for (int i = 0; i < 3; i++) {
      place.picture("few/" + i + ".png", i);
    }
    place.damage("few/0.png"); // None is looked at.
    evaluatedOf(place, "few", "moved.npz").failed("FID, samples: 3 images for 3 features");
    evaluated(place, "moved.npz", "--samples", "25").failed("--samples: '25'", "from 1 to 24");
    evaluated(place, "moved.npz", "--samples", "9", "--repeats", "3")
        .failed("--samples: '9'", "from 1 to 8");
    evaluated(place, "moved.npz", "--repeats", "25").failed("--repeats: '25'", "at most 24");

    write(place.path("other.npz"), new double[] {1, 2}, new double[] {1, 0, 0, 1});
    evaluated(place, "other.npz").failed("the mean of 2 features", "3, as ");
    write(place.path("odd.npz"), new double[] {1, 2, 3}, new double[] {1, 0, 0, 1});
    evaluated(place, "odd.npz").failed("mu of 3 numbers, sigma of 4");
    // Of a model that draws it is told which classes.
    DrawnClassesTest.writePerfect(place, "perfect");
    said = evaluatedOf(place, "perfect", "same.npz", "--steps", "2", "--samples", "9").done();
    String drawn = "same.npz, a mean and a covariance, by features\nClasses drawn: 3 classes, all";
    assertTrue(said.contains(drawn), said);
    json = JsonParser.parseString(place.read("found.json")).getAsJsonObject();
    assertTrue(json.getAsJsonArray("notes").get(0).getAsString().startsWith("Classes drawn"));
    assertEquals("features", json.get("features").getAsString());

    String[] without = {"--kid-subsets", "--references"};
    for (String flag : without) {
      place
          .run("evaluate", "data", "--against", "same.npz", "--features", "features", flag, "4")
          .failed(flag + ": '4'", "it has no effect");
    }
    place
        .run("evaluate", "data", "--quiet", "--against", "same.npz")
        .failed("the features network that same.npz is of");
  }

  private static Workplace.Outcome evaluated(Workplace place, String against, String... more) {
    return evaluatedOf(place, "data", against, more);
  }

  private static Workplace.Outcome evaluatedOf(
      Workplace place, String images, String against, String... more) {
    List<String> words = new ArrayList<>(List.of("evaluate", images, "--quiet"));
    words.addAll(List.of("--against", against, "--features", "features", "--json", "found.json"));
    words.addAll(List.of(more));
    return place.run(words.toArray(String[]::new));
  }

  private static double fid(Workplace place, String against) {
    return number(evaluated(place, against).done(), "FID");
  }

  /** What stands behind a word. */
  private static double number(String said, String word) {
    return Double.parseDouble(said.replaceAll("(?s).*" + word + " +([-+0-9.e]+).*", "$1"));
  }

  private static void write(Path npz, double[] mean, double[] covariance) throws IOException {
    try (OutputStream file = Files.newOutputStream(npz);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      int side = (int) Math.sqrt(covariance.length);
      entry(zip, "mu.npy", "(" + mean.length + ",)", mean);
      entry(zip, "sigma.npy", "(" + side + ", " + side + ")", covariance);
    }
  }

  private static void entry(ZipOutputStream zip, String name, String shape, double[] values)
      throws IOException {
    String text = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    String header = text + " ".repeat(117 - text.length()) + "\n";
    ByteBuffer npy = ByteBuffer.allocate(128 + 8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    npy.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1);
    npy.put((byte) 0).putShort((short) 118).put(header.getBytes(StandardCharsets.US_ASCII));
    for (double value : values) {
      npy.putDouble(value);
    }
    zip.putNextEntry(new ZipEntry(name));
    zip.write(npy.array());
    zip.closeEntry();
  }
}
