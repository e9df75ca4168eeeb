package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.DamagedPng;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TUint8;

/** A working directory with small images and settings, and the program run in it. */
record Workplace(Path root) {
  static final int SIDE = 8;
  static final int CLASSES = 3;

  private static final Pattern NEXT = Pattern.compile("\\./fdistill ([^#\n]+)");

  /** As a shell reads it; only quotes are looked at. */
  private static final Pattern WORD = Pattern.compile("'[^']*'|\"[^\"]*\"|\\S+");

  /** What came of a command line. */
  record Outcome(int code, String out, String err) {

    /** It was done; returns what it said. */
    String done() {
      assertEquals(0, code, err);
      return out;
    }

    /** The input was refused with a message that has these parts, and without a stack trace. */
    void failed(String... parts) {
      refused(1, parts);
    }

    /** The command line was refused. */
    void misused(String... parts) {
      refused(2, parts);
    }

    private void refused(int expected, String... parts) {
      assertEquals(expected, code, out + err);
      for (String part : parts) {
        assertTrue(err.contains(part), () -> "no \"" + part + "\" in:\n" + err);
      }
      assertFalse(err.contains("\tat ") || err.contains("Exception"), err);
    }
  }

  /** A dataset {@code data} of 24 images, a network, and settings of two runs of two steps. */
  static Workplace create(Path root) throws IOException {
    Workplace place = new Workplace(root);
    place.dataset("data", SIDE, CLASSES);
    place.write("teacher/network.pbtxt", network(SIDE, CLASSES));
    place.write(
        "teacher/pretrain.pbtxt",
        """
        name: "teacher"
        dataset { path: "data" }
        steps: 2
        batch_size: 4
        """);
    place.write(
        "distill.pbtxt",
        """
        name: "student"
        teacher: "savedmodels/teacher"
        dataset { path: "data" }
        steps: 2
        batch_size: 4
        schedule { critic_steps: 2 }
        discriminator { channels: 8 }
        average { decay: 0.9 }
        """);
    return place;
  }

  /** The same, with a network of convolutions. */
  static Workplace withUnet(Path root) throws IOException {
    Workplace place = create(root);
    place.write("teacher/network.pbtxt", unet(SIDE, CLASSES));
    return place;
  }

  /** The same, with a network of two levels. */
  static Workplace withTwoLevels(Path root) throws IOException {
    Workplace place = create(root);
    place.write("teacher/network.pbtxt", twoLevels(SIDE, CLASSES));
    return place;
  }

  static String twoLevels(int side, int classes) {
    return unet(side, classes).replace("[1]", "[1, 2]");
  }

  /** As small as a network can be: most of a short run's time is its graph's preparation. */
  static String network(int side, int classes) {
    return network(side, classes, "mlp { hidden: [8] }");
  }

  /** Of convolutions, whose graph takes five times as long to prepare. */
  static String unet(int side, int classes) {
    return network(side, classes, "unet { channels: 8 multiplier: [1] }");
  }

  private static String network(int side, int classes, String body) {
    return """
    image { height: %d width: %d channels: 1 }
    classes: %d
    %s
    """
        .formatted(side, side, classes, body);
  }

  /** Runs a command line here; progress is not shown. */
  Outcome run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(List.of(words), new Workspace(root), printer(out), printer(err));
    return new Outcome(code, text(out), text(err));
  }

  /** Runs each command that is named as next: a run is but tried, and nothing is served. */
  void doNext(String said) {
    assertTrue(said.contains("Next:"), said);
    Matcher command = NEXT.matcher(said.substring(said.indexOf("Next:")));
    int count = 0;
    while (command.find()) {
      List<String> words = new ArrayList<>();
      Matcher word = WORD.matcher(command.group(1));
      while (word.find()) {
        words.add(word.group().replaceAll("^(['\"])(.*)\\1$", "$2"));
      }
      switch (words.get(0)) {
        case "train", "pretrain" -> words.add("--dry-run");
        case "evaluate" -> words.addAll(List.of("--samples", "30", "--quiet"));
        default -> {}
      }
      if (!words.get(0).equals("serve")) {
        Outcome outcome = run(words.toArray(String[]::new));
        assertEquals(0, outcome.code(), () -> command.group() + "\n" + outcome.err());
        count++;
      }
    }
    assertTrue(count > 0, said);
  }

  /** Draws one image of each class of a model in two steps, or as more is said. */
  Outcome drawn(String model, String... more) {
    List<String> words = new ArrayList<>(List.of("sample", "savedmodels/" + model));
    words.addAll(List.of("--seeds", "0", "--steps", "2"));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  Outcome pretrain(String... more) {
    return run(words(List.of("pretrain", "--config", "teacher/pretrain.pbtxt", "--quiet"), more));
  }

  Outcome train(String... more) {
    return run(words(List.of("train", "--config", "distill.pbtxt", "--quiet"), more));
  }

  Outcome features(String... more) {
    return run(words(List.of("features", "--config", "features.pbtxt", "--quiet"), more));
  }

  /** A flag {@code --set} for each setting after the flags that are there already. */
  private static String[] words(List<String> first, String... more) {
    List<String> words = new ArrayList<>(first);
    for (String word : more) {
      if (!word.startsWith("--")) {
        words.add("--set");
      }
      words.add(word);
    }
    return words.toArray(String[]::new);
  }

  /** A text with the paths in it seen from here. */
  String withoutRoot(String text) throws IOException {
    return text.replace(root.toRealPath() + "/", "").replace(root + "/", "");
  }

  Path path(String name) {
    return root.resolve(name);
  }

  String read(String name) throws IOException {
    return Files.readString(path(name));
  }

  void write(String name, String text) throws IOException {
    Files.createDirectories(path(name).getParent());
    Files.writeString(path(name), text);
  }

  /** Writes square training images of noise, as IDX files. */
  void dataset(String name, int side, int classes) throws IOException {
    images(name, "train", 24, side, classes);
  }

  /** Writes square images of noise, as IDX files of the part {@code train} or {@code t10k}. */
  void images(String name, String part, int count, int side, int classes) throws IOException {
    byte[] pixels = new byte[count * side * side];
    new Random(7).nextBytes(pixels);
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % classes);
    }
    Path folder = Files.createDirectories(path(name));
    Files.write(folder.resolve(part + "-images-idx3-ubyte"), idx(pixels, count, side, side));
    Files.write(folder.resolve(part + "-labels-idx1-ubyte"), idx(labels, count));
  }

  /** Writes a grey picture of noise, as a PNG. */
  void picture(String name, int seed) throws IOException {
    Files.createDirectories(path(name).getParent());
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    new Random(seed).nextBytes(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
    ImageIO.write(image, "png", path(name).toFile());
  }

  /** Damages it so that only a look at its pixels tells. */
  void damage(String picture) throws IOException {
    Files.write(path(picture), DamagedPng.of(Files.readAllBytes(path(picture))));
  }

  /**
   * Writes a features network: the means of an image's left, middle and right columns.
   *
   * @param signature "features", or another one, which breaks the contract
   */
  void columnFeatures(String name, int side, String signature) throws IOException {
    Path version = Files.createDirectories(path(name + "/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TUint8> images =
          tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, side, side, 1)));
      Expr x = Expr.cast(tf, images).over(255).mean(1).reshape(-1, side);
      float[][] table = new float[side][3];
      for (int column = 0; column < side; column++) {
        table[column][column * 3 / side] = 1;
      }
      Expr features = Expr.of(tf, tf.linalg.matMul(x, tf.constant(table)));
      Map<String, Operand<?>> outputs = new LinkedHashMap<>();
      outputs.put("features", features);
      outputs.put("logits", features.negated());
      builder.signature(signature, Map.of("images", images), outputs);
      builder.write(version);
    }
  }

  private static byte[] idx(byte[] values, int... dimensions) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * dimensions.length + values.length);
    file.putInt(0x0800 + dimensions.length);
    for (int dimension : dimensions) {
      file.putInt(dimension);
    }
    return file.put(values).array();
  }

  /** Lines of numbers, all of them finite. */
  List<String> finiteMetrics(String run) throws IOException {
    List<String> lines = Files.readAllLines(path("runs/" + run + "/metrics.jsonl"));
    for (String line : lines) {
      assertFalse(line.contains("NaN") || line.contains("Infinity"), line);
    }
    return lines;
  }

  private static PrintStream printer(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream from) {
    return from.toString(StandardCharsets.UTF_8);
  }
}
