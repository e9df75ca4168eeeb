package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.server.BlockingModel;
import io.github.fdistill.server.Limits;
import io.github.fdistill.server.LocalServer;
import io.github.fdistill.server.TinyStudent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

class RequestCommandTest {
  @TempDir static Path folder;
  private static Workplace place;
  private static LocalServer server;
  private static String grpc;
  private static String rest;

  @BeforeAll
  static void serve() throws IOException {
    place = new Workplace(folder);
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    TinyStudent.writeOfTexts(folder.resolve("savedmodels/texts/1"), 1);
    writeOfRows(folder.resolve("rows/1"));
    BlockingModel.write(folder.resolve("nothing/1"));
    writeVersions(folder.resolve("savedmodels/pets"));
    server =
        LocalServer.start(
            List.of(
                folder.resolve("tiny"),
                folder.resolve("savedmodels/texts"),
                folder.resolve("savedmodels/pets"),
                folder.resolve("nothing"),
                folder.resolve("rows")),
            new LocalServer.Address("127.0.0.1", 0, 0),
            new Limits(1 << 20, Duration.ofSeconds(30), 64),
            Hosting.HERE);
    grpc = "127.0.0.1:" + server.grpcPort();
    rest = "http://127.0.0.1:" + server.restPort();
  }

  /** Its pictures are what it is told: a row of pixels. */
  private static void writeOfRows(Path version) throws IOException {
    Files.createDirectories(version);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Map<String, Operand<?>> in = new LinkedHashMap<>();
      in.put("seed", tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1))));
      Operand<TFloat32> level = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      Operand<TInt32> kind = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Operand<TFloat32> box = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 2)));
      in.put("level", level);
      in.put("kind", kind);
      in.put("box", box);
      Expr all =
          Expr.concat(
              1,
              Expr.of(tf, level).times(100).reshape(-1, 1),
              Expr.cast(tf, kind).reshape(-1, 1),
              Expr.of(tf, box).reshape(-1, 4));
      Operand<TUint8> pixels = tf.dtypes.cast(all.reshape(-1, 1, 6, 1), TUint8.class);
      builder.signature("png", in, Map.of("image_bytes", tf.image.encodePng(pixels)));
      builder.write(version);
    }
  }

  /** Their pictures are a pixel, the label; each has its classes in another order. */
  private static void writeVersions(Path model) throws IOException {
    String[][] orders = {{"cat", "dog", "owl"}, {"dog", "cat", "owl"}, {"owl", "dog", "cat"}};
    for (int i = 0; i < orders.length; i++) {
      Path version = Files.createDirectories(model.resolve((i + 1) + "/assets.extra")).getParent();
      try (SavedModelBuilder builder = new SavedModelBuilder()) {
        Ops tf = builder.tf();
        Map<String, Operand<?>> in = new LinkedHashMap<>();
        in.put("seed", tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1))));
        Operand<TInt32> label = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        in.put("label", label);
        Expr pixel = Expr.cast(tf, label).reshape(-1, 1, 1, 1);
        Operand<TUint8> pixels = tf.dtypes.cast(pixel, TUint8.class);
        builder.signature("png", in, Map.of("image_bytes", tf.image.encodePng(pixels)));
        builder.write(version);
      }
      StringBuilder info = new StringBuilder("classes: 3\n");
      for (String name : orders[i]) {
        info.append("class_name: \"" + name + "\"\n");
      }
      Files.writeString(version.resolve("assets.extra/denoiser.pbtxt"), info);
    }
    Files.writeString(
        model.resolve("models.config"),
        """
        model_config_list { config {
          name: "pets" base_path: "/models/pets" model_platform: "tensorflow"
          model_version_policy { specific { versions: 1 versions: 2 } }
          version_labels { key: "stable" value: 1 }
        } }
        """);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Test
  void bothProtocolsWriteTheSamePictures() throws IOException {
    place
        .run("request", "tiny", "--server", grpc, "--seeds", "3-20", "--class", "2", "--out", "a")
        .done();
    String said =
        place
            .run(
                "request",
                "tiny",
                "--server",
                rest,
                "--seeds",
                "3-20",
                "--class",
                "2",
                "--out",
                "b")
            .done();
    assertTrue(said.startsWith("Wrote 18 images: b ("), said);
    try (Stream<Path> pictures = Files.list(folder.resolve("a"))) {
      for (Path picture : pictures.toList()) {
        assertEquals(8, ImageIO.read(picture.toFile()).getWidth());
        assertArrayEquals(
            Files.readAllBytes(picture),
            Files.readAllBytes(folder.resolve("b").resolve(picture.getFileName())));
      }
    }
    assertTrue(Files.exists(folder.resolve("a/class-2-seed-20.png")));
  }

  /** Whole numbers and others, one of each image or several, as the server says that they are. */
  @Test
  void conditionsAreOfTheTypesAndShapesThatTheModelTakes() throws IOException {
    String told = " --condition level=0.5 --condition kind=3 --condition box=1,2,3,4 --out ";
    for (String server : List.of(grpc, rest)) {
      String words = "request rows --seeds 4 --server " + server;
      String out = server.equals(grpc) ? "rows-grpc" : "rows-rest";
      place.run((words + told + out).split(" ")).done();
      assertArrayEquals(
          new int[] {50, 3, 1, 2, 3, 4},
          ImageIO.read(folder.resolve(out + "/seed-4.png").toFile())
              .getRaster()
              .getPixels(0, 0, 6, 1, (int[]) null));
      place
          .run((words + " --condition seed=1").split(" "))
          .failed("--condition", "box [N,2,2] float32, kind [N] int32, level [N] float32");
      place
          .run((words + " --condition box=1,2").split(" "))
          .failed("--condition", "'box=1,2'", "4 numbers, commas between them");
      place
          .run((words + " --condition kind=0.5").split(" "))
          .failed("condition 'kind'", "a whole number");
    }
  }

  /** Version 3 is not named in models.config: the newest that is served is 2. */
  @Test
  void classesAreCalledAsInTheVersionThatIsAsked() throws IOException {
    String[][] asked = {
      {"", "1"}, {" --version 1", "0"}, {" --version 2", "1"}, {" --label stable", "0"}
    };
    for (String[] one : asked) {
      String out = "pets" + one[0].replaceAll("\\W", "");
      String words = "request pets --seeds 4 --class cat --server " + grpc + one[0];
      place.run((words + " --out " + out).split(" ")).done();
      Path picture = folder.resolve(out + "/class-" + one[1] + "-cat-seed-4.png");
      int label = ImageIO.read(picture.toFile()).getRaster().getSample(0, 0, 0);
      assertEquals(one[1], "" + label, words);
    }
    String pets = "request pets --seeds 4 --server " + grpc;
    place.run((pets + " --class none --out none").split(" ")).done();
    Path none = folder.resolve("none/class-none-seed-4.png");
    assertEquals(3, ImageIO.read(none.toFile()).getRaster().getSample(0, 0, 0));
    place.run((pets + " --class 3").split(" ")).failed("one of 0 dog, 1 cat, 2 owl", "or none");
    String canary = pets + " --class cat --label canary";
    place.run(canary.split(" ")).failed("--label: 'canary'", "needed: stable", "--version N");
  }

  private static byte[] drawn(String out, String... more) throws IOException {
    String[] words = {"request", "texts", "--seeds", "5", "--out", out};
    String[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    place.run(all).done();
    return Files.readAllBytes(folder.resolve(out + "/prompt-1-seed-5.png"));
  }

  /** By the tokenizer of the model that lies here, or of a folder; as sample draws it. */
  @Test
  void promptsAreToldInTheModelsTokens() throws IOException {
    byte[] red = drawn("c", "--server", grpc, "--prompt", "a red square", "--prompt", "nothing");
    assertTrue(Files.exists(folder.resolve("c/prompt-2-seed-5.png")));
    String tokenizer = "savedmodels/texts/1/assets.extra/tokenizer";
    assertArrayEquals(
        red, drawn("d", "--server", rest, "--prompt", "A red square", "--tokenizer", tokenizer));
    assertArrayEquals(red, drawn("e", "--server", rest, "--prompts", prompts()));
    place
        .run(
            "sample",
            "savedmodels/texts",
            "--prompt",
            "a red square",
            "--seeds",
            "5",
            "--out",
            "sampled/")
        .done();
    assertArrayEquals(
        ImageIO.read(folder.resolve("sampled/prompt-1-seed-5.png").toFile())
            .getRaster()
            .getPixels(0, 0, 8, 8, (int[]) null),
        ImageIO.read(folder.resolve("c/prompt-1-seed-5.png").toFile())
            .getRaster()
            .getPixels(0, 0, 8, 8, (int[]) null));
    String said =
        place.run("request", "texts", "--server", grpc, "--prompt", "red ".repeat(20)).done();
    assertTrue(said.startsWith("1 prompt has more than 8 tokens"), said);
    place
        .run("request", "texts", "--server", grpc, "--load", "1", "--prompts", "prompts.txt")
        .done();
  }

  private static String prompts() throws IOException {
    Files.writeString(folder.resolve("prompts.txt"), "a red square\nnothing\n");
    return "prompts.txt";
  }

  @Test
  void promptsThatCannotBeToldAreRefused() throws IOException {
    for (String server : List.of(grpc, rest)) {
      place
          .run("request", "tiny", "--server", server, "--prompt", "red")
          .failed("--prompt: 'red'", "takes no texts, but label, seed");
      place
          .run("request", "nothing", "--server", server)
          .failed("makes no PNGs: its signatures are give, serving_default", "--without png");
      place.run("request", "tiny2", "--server", server, "--prompt", "red").failed("Latest(tiny2)");
      place
          .run("request", "texts", "--server", server)
          .failed("--prompt: 'nothing'", "what to draw, such as", "--condition tokens=NUMBERS");
    }
    place.run("request", "texts", "--server", grpc, "--prompts", "none.txt").failed("none.txt");
    place
        .run("request", "texts", "--server", grpc, "--prompt", "red", "--tokenizer", "nowhere")
        .failed("nowhere: no tokenizer");
    String tokens = "tokens=1,2,3,4,5,6,7,8";
    place
        .run("request", "texts", "--server", grpc, "--prompt", "red", "--condition", tokens)
        .failed("--condition: 'tokens'", "not made of the prompts");
    place
        .run("request", "texts", "--server", grpc, "--tokenizer", "nowhere")
        .failed("--tokenizer", "a text that it reads: --prompt");
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    new Workplace(elsewhere)
        .run("request", "texts", "--server", grpc, "--prompt", "red")
        .failed("--tokenizer", "assets.extra/tokenizer");
  }

  @Test
  void aLoadTestEndsWhenItShouldAndSaysHowFast() {
    for (String address : List.of(grpc, rest)) {
      long start = System.nanoTime();
      String said =
          place
              .run(
                  "request",
                  "tiny",
                  "--server",
                  address,
                  "--load",
                  "1",
                  "--clients",
                  "3",
                  "--rows",
                  "2")
              .done();
      assertTrue(System.nanoTime() - start < 120e9);
      assertTrue(said.matches("(?s)3 clients, 2 rows a request, .* images/s\nms: 50% .*\n"), said);
      assertTrue(!said.contains("errors"), said);
    }
  }

  @Test
  void whatGoesWrongIsTold() throws IOException {
    place.run("request", "none", "--server", grpc).failed(grpc + ": NOT_FOUND", "Latest(none)");
    place.run("request", "none", "--server", rest).failed("HTTP 404", "Latest(none)");
    place.write("savedmodels/tiny/models.config", "nonsense"); // Another server's, and no matter.
    place
        .run("request", "tiny", "--server", grpc, "--label", "stable")
        .failed("INVALID_ARGUMENT", "Unrecognized servable version label", "change what the");
    for (String server : List.of(grpc, rest)) {
      place
          .run("request", "tiny", "--server", server, "--version", "20250101120000")
          .failed("Specific(tiny, 20250101120000)");
      place
          .run("request", "tiny", "--server", server, "--condition", "label=2")
          .failed("--condition: 'label'", "--class");
    }
    place
        .run("request", "tiny", "--server", rest, "--class", "none")
        .failed("--class: 'none'", "nothing here says which label means none");
    place
        .run("request", "tiny", "--server", "127.0.0.1:1")
        .failed("cannot be reached (nobody listens there)", "--server");
    place.run("request", "tiny", "--server", "http://127.0.0.1:1").failed("cannot be reached");
    Files.writeString(folder.resolve("in-the-way"), "");
    place
        .run("request", "tiny", "--server", "127.0.0.1:1", "--out", "in-the-way")
        .failed("in-the-way is not a folder");
    place.run("request", "tiny", "--server", "nowhere").failed("--server: 'nowhere'");
    place.run("request", "tiny", "--clients", "3").misused("needs --load");
    place
        .run("request", "tiny", "--server", grpc, "--seeds", "0-64", "--rows", "65")
        .failed("Task size 65", "fewer rows at once: --rows 64");
    String wrongPort = "http://" + grpc;
    place
        .run("request", "tiny", "--server", wrongPort)
        .failed(wrongPort, "http://HOST:PORT REST's");
    place
        .run("request", "tiny", "--server", rest.substring("http://".length()))
        .failed("HOST:PORT is gRPC's");
    place.run("request").misused("one MODEL is needed");
  }
}
