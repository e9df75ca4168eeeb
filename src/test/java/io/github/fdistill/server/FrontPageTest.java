package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.NativeHandles;
import io.github.fdistill.hosting.HostedModel;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** What the page asks for. */
@Timeout(120)
class FrontPageTest {
  @TempDir Path folder;

  /** A denoiser that is no student. */
  static void writeTeacher(Path version) throws IOException {
    Files.createDirectories(version);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      TinyStudent.model(5).asStudent(0).addTo(builder);
      builder.write(version);
    }
    TinyStudent.model(5).asStudent(0).writeInfo(version);
  }

  /** What a model says of the names of its classes. */
  static String named(String... classes) {
    return "class_name: \"" + String.join("\" class_name: \"", classes) + "\"\n";
  }

  private static JsonObject object(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static JsonArray images(HttpResponse<String> response) {
    return object(response).getAsJsonArray("images");
  }

  private static int[] pixels(String png) throws IOException {
    var picture = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(png)));
    return picture.getRaster().getPixels(0, 0, 8, 8, (int[]) null);
  }

  /** As a student is exported {@code --without png}. */
  private static void removePng(Path version) throws IOException {
    Path file = version.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    saved.getMetaGraphsBuilder(0).removeSignatureDef("png");
    Files.write(file, saved.build().toByteArray());
  }

  @Test
  void moreImagesThanABatchHoldsAreDrawnInOrderAndDoNotFillTheQueue() throws Exception {
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    Files.writeString(
        folder.resolve("tiny/batching_parameters.pbtxt"),
        "max_batch_size { value: 2 } max_enqueued_batches { value: 1 }");
    long[] seeds = {3, 4, 5, 6, 7};
    byte[][] expected =
        TinyStudent.images(folder.resolve("tiny/1"), seeds, new int[] {1, 1, 1, 1, 1});
    TinyStudent.write(folder.resolve("bare/1"), 1);
    removePng(folder.resolve("bare/1"));
    try (Asked asked = new Asked(folder.resolve("tiny"), folder.resolve("bare"))) {
      JsonArray drawn =
          images(asked.get("/page/images?model=tiny&seed=3&class=1&class-name=cat&count=5"));
      assertEquals(5, drawn.size());
      for (int i = 0; i < 5; i++) {
        int[] found = pixels(drawn.get(i).getAsString());
        for (int k = 0; k < found.length; k++) {
          assertEquals(expected[i][k] & 0xff, found[k], "seed " + seeds[i]);
        }
      }
      // Without its signature of PNGs it is a student all the same.
      JsonArray bare = images(asked.get("/page/images?model=bare&seed=3&class=1&count=5"));
      for (int i = 0; i < 5; i++) {
        assertArrayEquals(pixels(drawn.get(i).getAsString()), pixels(bare.get(i).getAsString()));
      }
      JsonArray models = object(asked.get("/page/models")).getAsJsonArray("models");
      assertEquals(2, models.size());
      models.forEach(model -> assertEquals(1, ((JsonObject) model).get("evaluations").getAsInt()));
    }
  }

  /** The model, which has no time to draw more than one image. */
  private static HostedModel hurried(HostedModel model) {
    return before(
        model,
        "draw",
        arguments -> {
          Duration within = (Duration) arguments[3];
          assertTrue(within.compareTo(Asked.LIMITS.time()) <= 0, "longer than a request may");
          arguments[3] = ((long[]) arguments[0]).length > 1 ? Duration.ofNanos(1) : within;
        });
  }

  /** The model, with something done before each call of a method. */
  private static HostedModel before(HostedModel model, String name, Consumer<Object[]> done) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals(name)) {
            done.accept(arguments);
          }
          try {
            return method.invoke(model, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    Class<?>[] type = {HostedModel.class};
    return (HostedModel) Proxy.newProxyInstance(type[0].getClassLoader(), type, handler);
  }

  /** Also where most of it is over when the last batch begins. */
  @Test
  void allImagesOfAStudentHaveTheTimeOfOneRequest() throws Exception {
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    Files.writeString(
        folder.resolve("tiny/batching_parameters.pbtxt"), "max_batch_size { value: 1 }");
    Duration limit = Duration.ofMillis(1_500);
    List<Long> runs = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch answered = new CountDownLatch(1);
    Consumer<Object[]> slowly =
        arguments -> {
          runs.add(System.nanoTime());
          try {
            answered.await(runs.size() == 1 ? 1_000 : 60_000, TimeUnit.MILLISECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Hosting hosting = (version, heard) -> before(Hosting.HERE.load(version, heard), "run", slowly);
    try (Asked asked = new Asked(hosting, new Limits(1 << 20, limit, 8), folder.resolve("tiny"))) {
      assertEquals(504, asked.get("/page/images?model=tiny&class=1&count=2").statusCode());
      long last = System.nanoTime() - runs.get(runs.size() - 1);
      answered.countDown();
      boolean busy = runs.size() < 2; // The machine: the first took all of it.
      assertTrue(
          busy || last < 0.8 * limit.toNanos(), "the last batch had " + last / 1_000_000 + " ms");
    }
  }

  @Test
  void teachersAreDrawnOneAfterAnotherAndTooManyAreRefused() throws Throwable {
    writeTeacher(folder.resolve("teacher/1"));
    NativeHandles.assertNoneLeft(
        () -> {
          Hosting hosting = (version, heard) -> hurried(Hosting.HERE.load(version, heard));
          try (Asked asked = new Asked(hosting, Asked.LIMITS, folder.resolve("teacher"))) {
            String two = "/page/images?model=teacher&seed=7&class=2&count=2";
            HttpResponse<String> late = asked.get(two);
            assertEquals(504, late.statusCode());
            String words = "2 images take longer than a request may: ask for fewer, or serve it";
            assertTrue(late.body().contains(words + " with a longer --timeout"), late.body());
            int[] alone = pixels(images(ask(asked)).get(0).getAsString());
            ExecutorService threads = Executors.newFixedThreadPool(12);
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
              answers.add(threads.submit(() -> ask(asked)));
            }
            threads.shutdown();
            int drawn = 0;
            for (Future<HttpResponse<String>> answer : answers) {
              if (answer.get().statusCode() == 503) {
                assertTrue(answer.get().body().contains("others' images are being drawn"));
              } else {
                assertArrayEquals(alone, pixels(images(answer.get()).get(0).getAsString()));
                drawn++;
              }
            }
            assertTrue(drawn >= 5, drawn + " of twelve: one is drawn while four wait");
            String seven = "/page/images?model=teacher&seed=7&class=2&count=1&teacher-guidance=";
            int[] guided = pixels(images(asked.get(seven + "3")).get(0).getAsString());
            assertFalse(Arrays.equals(alone, guided));
            assertArrayEquals(alone, pixels(images(ask(asked)).get(0).getAsString()));
            HttpResponse<String> refused = asked.get(seven + "NaN");
            assertEquals(400, refused.statusCode());
            assertTrue(refused.body().contains("guidance is 'NaN'"), refused.body());
          }
        });
  }

  private static HttpResponse<String> ask(Asked asked) throws Exception {
    return asked.get("/page/images?model=teacher&seed=7&class=2&count=1");
  }

  /** A stranger's, which says that it draws, but not in batches that there can be. */
  private void writeOfRows(String name, long rows) throws IOException {
    Path version = Files.createDirectories(folder.resolve(name + "/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TInt64> seed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(rows)));
      builder.signature("png", Map.of("seed", seed), Map.of("image_bytes", tf.identity(seed)));
      builder.write(version);
    }
  }

  /** Asked for one image after the other, and told of the first that it does not take. */
  @Test
  void aModelOfRowsThatNoBatchHasIsAskedForImagesOneByOne() throws Exception {
    writeOfRows("none", 0);
    writeOfRows("many", 1L << 30);
    try (Asked asked = new Asked(folder.resolve("none"), folder.resolve("many"))) {
      for (String model : List.of("none", "many")) {
        String said = asked.get("/page/images?seed=3&count=4&model=" + model).body();
        assertTrue(said.contains("input seed has shape [1], expected ["), said);
      }
    }
  }

  /** A teacher of points, which are no pictures. */
  static void writePoints(Path version) throws IOException {
    Path points = Files.createDirectories(version);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1, 1, 2)));
      Operand<TFloat32> sigma = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      builder.signature(
          "denoise", Map.of("x", x, "sigma", sigma), Map.of("denoised", tf.identity(x)));
      builder.write(points);
    }
  }

  @Test
  void whatIsNoPictureIsNamedWithTheReason() throws Exception {
    writeTeacher(folder.resolve("teacher/1"));
    writePoints(folder.resolve("points/1"));
    Path encoded = Files.createDirectories(folder.resolve("encoded/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TInt64> seed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
      Operand<TFloat32> context =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6, 8)));
      builder.signature(
          "png",
          Map.of("seed", seed, "context", context),
          Map.of("image_bytes", tf.identity(seed)));
      builder.write(encoded);
    }
    Path info = folder.resolve("teacher/1/assets.extra/denoiser.pbtxt");
    Files.writeString(
        info, Files.readString(info) + "learnt_no_class: false\n" + named("dog", "cat", "eel"));
    writeTeacher(folder.resolve("numbers/1"));
    Path numbered = folder.resolve("numbers/1/assets.extra/denoiser.pbtxt");
    Files.writeString(numbered, Files.readString(numbered) + named("0", "1", "10"));
    try (Asked asked =
        new Asked(
            encoded.getParent(),
            folder.resolve("points"),
            folder.resolve("teacher"),
            folder.resolve("numbers"))) {
      String teacher = "/page/images?model=teacher&seed=3&count=1&class=";
      assertTrue(asked.get(teacher + "none").body().contains("has never learnt"));
      String third = asked.get(teacher + "3").body();
      assertTrue(third.contains("class is '3', expected 0 to 2\""), third);
      assertEquals(200, asked.get(teacher + "1").statusCode());
      assertTrue(asked.get(teacher + "1&teacher-guidance=2").body().contains("guidance"));
      JsonObject cat = object(asked.get(teacher + "0&class-name=Cat"));
      assertEquals(1, cat.get("class").getAsInt());
      assertEquals(new JsonPrimitive("1"), cat.get("version"), "exact in a browser, as text");
      JsonArray first = images(asked.get(teacher + "1"));
      assertEquals(first, cat.getAsJsonArray("images"));
      assertNotEquals(images(asked.get(teacher + "0")), first);
      int numbers =
          object(asked.get("/page/images?model=numbers&count=1&class=10&class-name=10"))
              .get("class")
              .getAsInt();
      assertEquals(2, numbers, "its own number of the class that is called 10");
      HttpResponse<String> owl = asked.get(teacher + "0&class-name=owl");
      assertEquals(400, owl.statusCode());
      assertTrue(owl.body().contains("'owl', expected one of 0 dog, 1 cat, 2 eel"), owl.body());
      String models = asked.get("/page/models").body();
      assertTrue(models.contains("\"class_names\":[\"dog\",\"cat\",\"eel\"]"), models);
      assertTrue(models.contains("\"version\":\"1\""), models);
      JsonObject other =
          object(asked.get("/page/models")).getAsJsonArray("others").get(0).getAsJsonObject();
      assertEquals("points", other.get("name").getAsString(), models);
      assertTrue(other.get("said").getAsString().contains("./fdistill sample FOLDER"), models);
      assertTrue(models.contains("./fdistill request encoded --prompt"), models);
      assertTrue(models.indexOf("points") > models.indexOf("\"others\""), models);
      HttpResponse<String> drawn = asked.get("/page/images?model=points&seed=3&count=4");
      assertEquals(400, drawn.statusCode(), drawn.body());
      assertTrue(drawn.body().contains("no picture"), drawn.body());
    }
  }
}
