package io.github.fdistill.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.fdistill.Shown;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.hosting.Late;
import io.github.fdistill.hosting.PipedTensors;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.hosting.Teacher;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** The page at /: images of a student, in one evaluation or a few, and beside them a teacher's. */
final class FrontPage implements AutoCloseable {
  private static final String FILE = "page.html";
  private static final int MOST_IMAGES = 64;
  private static final String NOT_ASKED = "the page cannot ask for what it takes";

  /** Teachers' drawings at once: one is drawn, the others wait for it. */
  private static final int MOST_DRAWINGS = 5;

  private final Predictions predictions;
  private final Duration limit;
  private final ExecutorService drawing;
  private final Semaphore drawings = new Semaphore(MOST_DRAWINGS);
  private final String html;

  FrontPage(Predictions predictions, Limits limits, ThreadFactory threads) {
    this.predictions = predictions;
    this.limit = limits.time();
    // Of its own: a teacher draws for seconds, and what the workers answer is not to wait for it.
    this.drawing = Executors.newSingleThreadExecutor(threads);
    try (InputStream in = FrontPage.class.getResourceAsStream(FILE)) {
      html = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Reply html() {
    return new Reply(200, "text/html; charset=utf-8", html);
  }

  /**
   * What can be drawn: {"models": [{"name", "version", "student", "conditional", "classes", "none",
   * "conditions": [{"name", "numbers"}], "tokens", "said"}], "others": [{"name", "version",
   * "said"}]}, the conditions beside a class, where texts are read how many tokens a text has at
   * most, what is to be known of it, and of models that the page does not draw why.
   */
  Reply models() {
    JsonArray list = new JsonArray();
    JsonArray others = new JsonArray();
    for (Model model : predictions.models()) {
      ModelVersion version;
      try {
        version = model.hold(spec(model.name()));
      } catch (ApiException e) {
        continue; // It has no version.
      }
      try {
        JsonObject entry = described(model, version);
        (entry.has("student") ? list : others).add(entry);
      } finally {
        version.letGo();
      }
    }
    JsonObject whole = new JsonObject();
    whole.add("models", list);
    whole.add("others", others);
    return Reply.json(whole + "\n");
  }

  /** As text: a browser's numbers are exact up to 2^53. */
  private static String version(ModelVersion version) {
    return Long.toString(version.number());
  }

  private static JsonObject described(Model model, ModelVersion version) {
    Optional<PageDrawing> drawing = PageDrawing.of(version);
    Optional<Conditioning> conditioning = drawing.flatMap(PageDrawing::conditioning);
    JsonObject entry = new JsonObject();
    entry.addProperty("name", model.name());
    entry.addProperty("version", version(version));
    if (conditioning.isEmpty()) {
      entry.addProperty("said", drawing.isEmpty() ? PageDrawing.why(version) : NOT_ASKED);
      return entry;
    }
    boolean student = drawing.get().student();
    boolean conditional = conditioning.get().input(Conditioning.LABEL).isPresent();
    entry.addProperty("student", student);
    drawing.get().said(model.name()).ifPresent(said -> entry.addProperty("said", said));
    entry.addProperty(
        "evaluations", student ? 1 + version.info().getStudentLevelCount() : Teacher.EVALUATIONS);
    entry.addProperty("conditional", conditional);
    DenoiserInfo info = version.info();
    entry.addProperty("classes", conditional ? info.getClasses() : 0);
    entry.addProperty("none", info.getLearntNoClass());
    JsonArray names = new JsonArray();
    classNames(info).names().forEach(names::add);
    entry.add("class_names", names);
    Optional<PromptTexts> texts = version.texts(drawing.get().signature());
    texts.ifPresent(found -> entry.addProperty("tokens", found.tokenizers().first().length()));
    JsonArray others = new JsonArray();
    for (Conditioning.Input input :
        PromptTexts.others(conditioning.get(), texts.isPresent()).inputs()) {
      if (!input.name().equals(Conditioning.LABEL)) {
        JsonObject other = new JsonObject();
        other.addProperty("name", input.name());
        other.addProperty("numbers", input.each().size());
        others.add(other);
      }
    }
    entry.add("conditions", others);
    return entry;
  }

  /** As the page shows them, and asks for them. */
  private static ClassNames classNames(DenoiserInfo info) {
    return new ClassNames(info.getClassNameList().stream().map(Shown::name).toList());
  }

  private static ModelSpec spec(String model) {
    return ModelSpec.newBuilder().setName(model).build();
  }

  /**
   * Draws: {"images": [PNG in Base64], "milliseconds": for all of them, "version": the one that
   * drew them, "class": as that numbers it, "note": what is to be said of them}.
   */
  CompletableFuture<Reply> images(Map<String, String> query) {
    predictions.requireRoom();
    String model = query.getOrDefault("model", "");
    long seed = number(query, "seed", Long.MIN_VALUE, Long.MAX_VALUE);
    int count = (int) number(query, "count", 1, MOST_IMAGES);
    long[] seeds = new long[count];
    for (int i = 0; i < count; i++) {
      seeds[i] = seed + i;
    }
    Model found =
        predictions.models().stream()
            .filter(m -> m.name().equals(model))
            .findFirst()
            .orElseThrow(() -> Model.notFound(spec(model)));
    ModelVersion version = found.hold(spec(model));
    long start = System.nanoTime();
    CompletableFuture<List<byte[]>> drawn;
    PageConditions.Said said;
    try {
      PageDrawing drawing =
          PageDrawing.of(version).orElseThrow(() -> ApiException.invalid(PageDrawing.why(version)));
      said = conditions(drawing, query, count);
      drawn =
          drawing.student()
              ? students(drawing, seeds, said.rows())
              : teachers(version, seeds, said.rows(), guidance(query));
    } catch (RuntimeException | Error e) {
      version.letGo();
      throw e;
    }
    return drawn
        .exceptionally(
            error -> {
              throw inWords(error, count);
            })
        .whenComplete((images, error) -> version.letGo())
        .thenApply(images -> reply(images, version, said, System.nanoTime() - start));
  }

  private static PageConditions.Said conditions(
      PageDrawing drawing, Map<String, String> query, int count) {
    Conditioning conditioning =
        drawing.conditioning().orElseThrow(() -> ApiException.invalid(NOT_ASKED));
    ModelVersion version = drawing.version();
    Map<String, String> numbered = PageConditions.numbered(query, classNames(version.info()));
    PageConditions.Said said =
        PageConditions.said(
            conditioning,
            version.info().getLearntNoClass(),
            version.texts(drawing.signature()),
            numbered,
            count);
    requireLearnt(version.info(), said.rows());
    return said;
  }

  private static void requireLearnt(DenoiserInfo info, ConditionRows rows) {
    int none = info.getClasses();
    boolean asked = rows.labels().map(labels -> labels[0] == none).orElse(false);
    if (none > 0 && asked && !info.getLearntNoClass()) {
      throw ApiException.invalid("class is none, which this model has never learnt");
    }
  }

  /** Of what takes too long, the page says what can be done. */
  private static ApiException inWords(Throwable error, int images) {
    ApiException told = Predictions.asApiException(error);
    if (told.code() != Status.Code.DEADLINE_EXCEEDED) {
      return told;
    }
    String remedy = "serve it with a longer --timeout";
    return new ApiException(
        told.code(),
        images == 1
            ? "an image takes longer than a request may: " + remedy
            : images + " images take longer than a request may: ask for fewer, or " + remedy);
  }

  private static long number(Map<String, String> query, String key, long low, long high) {
    String text = query.getOrDefault(key, "" + Math.max(low, 0));
    try {
      long value = Long.parseLong(text);
      if (value >= low && value <= high) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the message
    }
    throw ApiException.invalid(
        key + " is '" + text + "', expected a whole number from " + low + " to " + high);
  }

  private static double guidance(Map<String, String> query) {
    String text = query.getOrDefault("teacher-guidance", "1");
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value <= Sampling.MOST_GUIDANCE) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the message
    }
    throw ApiException.invalid(
        "guidance is '" + text + "', expected a number from 0 to " + (int) Sampling.MOST_GUIDANCE);
  }

  /**
   * In as many requests as their rows need, each when the one before is answered: they take one
   * place in the queue. All have the time of one.
   */
  private CompletableFuture<List<byte[]>> students(
      PageDrawing drawing, long[] seeds, ConditionRows conditions) {
    int rows = drawing.version().mostRows(drawing.signature());
    long end = System.nanoTime() + limit.toNanos();
    CompletableFuture<List<byte[]>> all = CompletableFuture.completedFuture(List.of());
    for (int from = 0; from < seeds.length; from += rows) {
      int to = Math.min(seeds.length, from + rows);
      long[] some = Arrays.copyOfRange(seeds, from, to);
      ConditionRows rest = conditions.range(from, to);
      all =
          all.thenCompose(
              before -> {
                long left = end - System.nanoTime();
                if (left <= 0) {
                  throw Late.inTheSession();
                }
                return request(drawing, some, rest, left)
                    .thenApply(images -> joined(before, images));
              });
    }
    return all;
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  /**
   * @param nanos after which the request is given up
   */
  private static CompletableFuture<List<byte[]>> request(
      PageDrawing drawing, long[] seeds, ConditionRows conditions, long nanos) {
    ByteBuffer seed = ByteBuffer.allocate(Long.BYTES * seeds.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long s : seeds) {
      seed.putLong(s);
    }
    Shape rows = Shape.of(seeds.length);
    Map<String, HostTensor> inputs = PipedTensors.tensors(conditions);
    inputs.put("seed", HostTensor.of(DataType.DT_INT64, rows, seed.array()));
    Signature signature = drawing.signature();
    return drawing
        .version()
        .predict(signature, inputs, signature.outputs().keySet())
        .orTimeout(nanos, TimeUnit.NANOSECONDS)
        .thenApplyAsync(PageDrawing::pngs); // A batch does not wait for what is encoded.
  }

  private CompletableFuture<List<byte[]>> teachers(
      ModelVersion version, long[] seeds, ConditionRows conditions, double guidance) {
    if (!drawings.tryAcquire()) {
      throw new ApiException(Status.Code.UNAVAILABLE, "others' images are being drawn; try again");
    }
    CompletableFuture<List<byte[]>> answer = new CompletableFuture<>();
    long end = System.nanoTime() + limit.toNanos();
    drawing.execute(
        () -> {
          try {
            // Who asked may have given up while it waited.
            Duration left = Duration.ofNanos(end - System.nanoTime());
            List<byte[]> images =
                answer.isDone() ? List.of() : version.draw(seeds, conditions, guidance, left);
            drawings.release();
            answer.complete(images);
          } catch (RuntimeException | Error e) {
            drawings.release();
            answer.completeExceptionally(e);
          }
        });
    return answer.orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static Reply reply(
      List<byte[]> images, ModelVersion version, PageConditions.Said said, long nanos) {
    JsonArray list = new JsonArray();
    images.forEach(png -> list.add(Base64.getEncoder().encodeToString(png)));
    JsonObject whole = new JsonObject();
    whole.add("images", list);
    whole.addProperty("milliseconds", nanos / 1e6);
    whole.addProperty("version", version(version));
    said.rows().labels().ifPresent(labels -> whole.addProperty("class", labels[0]));
    said.note().ifPresent(words -> whole.addProperty("note", words));
    return Reply.json(whole + "\n");
  }

  @Override
  public void close() {
    drawing.shutdownNow();
  }
}
