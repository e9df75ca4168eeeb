package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.text.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;

/** Text encoders, loaded: by them texts become what a network takes. */
public final class PipelineTexts implements AutoCloseable {
  /** Texts that go through an encoder. */
  private static final int AT_A_TIME = 16;

  private final Shape image;
  private final List<Loaded> encoders = new ArrayList<>();

  /**
   * A text encoder.
   *
   * @param pooled whether it gives whole texts too
   */
  record Encoder(PartModel model, Tokenizer tokenizer, boolean pooled) {
    private int length() {
      return Math.toIntExact(model.row().get(0));
    }
  }

  private record Loaded(Encoder encoder, PartSession session) {}

  /**
   * Loads those of a pipeline.
   *
   * @throws io.github.fdistill.InputException when one cannot be read, or they do not go together
   */
  public PipelineTexts(Pipeline pipeline) {
    this(pipeline.textEncoders(), pipeline.image());
  }

  /** Loads these. */
  PipelineTexts(List<Encoder> these, Shape image) {
    this.image = image;
    requireOneLength(these);
    try {
      these.forEach(each -> encoders.add(new Loaded(each, new PartSession(each.model()))));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void requireOneLength(List<Encoder> these) {
    int length = these.get(0).length();
    for (Encoder each : these) {
      if (each.model().row().numDimensions() != 1 || each.length() != length) {
        throw PartModel.wrong(
            each.model().where(), "rows of " + each.model().row(), length + " tokens in a row");
      }
    }
  }

  /**
   * What the network takes of each text: context, and where it takes them pooled and sizes.
   *
   * @param kind what they are called, such as prompt
   * @param note is told of texts that are too long
   */
  public ConditionRows rows(List<String> texts, String kind, Consumer<String> note) {
    List<float[]> contexts = new ArrayList<>();
    Set<String> notes = new LinkedHashSet<>();
    float[] pooled = null;
    int length = encoders.get(0).encoder().length();
    for (Loaded each : encoders) {
      CaptionTokens tokens = CaptionTokens.of(each.encoder().tokenizer().ofLength(length), texts);
      tokens.note(kind).ifPresent(notes::add);
      Map<String, float[]> said = encoded(each, tokens);
      contexts.add(said.get(Context.CONTEXT));
      pooled = each.encoder().pooled() ? said.get(Context.POOLED) : pooled;
    }
    notes.forEach(note);
    return sideBySide(texts.size(), length, contexts, pooled, image);
  }

  /**
   * The same for a network.
   *
   * @param taken the shape of a row of each input that the network takes of texts, by its name
   * @throws InputException when the encoders give another, or none
   */
  public ConditionRows rows(
      List<String> texts, Map<String, Shape> taken, String kind, Consumer<String> note) {
    ConditionRows rows = rows(texts, kind, note);
    requireTaken(rows, taken, encoders.get(0).encoder());
    return rows;
  }

  /** The same, where what is too long is told elsewhere. */
  public ConditionRows rows(List<String> texts, Map<String, Shape> taken) {
    return rows(texts, taken, "prompt", cut -> {});
  }

  /**
   * A row of zeros as encoders would give it, beside the sizes of an image: none is loaded.
   *
   * @throws InputException when they give other shapes than the network takes
   */
  static ConditionRows zeros(List<Encoder> encoders, Shape image, Map<String, Shape> taken) {
    requireOneLength(encoders);
    List<float[]> contexts = new ArrayList<>();
    float[] pooled = null;
    for (Encoder each : encoders) {
      Map<String, Shape> rows = each.model().outputRows();
      contexts.add(new float[Math.toIntExact(rows.get(Context.CONTEXT).size())]);
      if (each.pooled()) {
        pooled = new float[Math.toIntExact(rows.get(Context.POOLED).size())];
      }
    }
    ConditionRows zeros = sideBySide(1, encoders.get(0).length(), contexts, pooled, image);
    requireTaken(zeros, taken, encoders.get(0));
    return zeros;
  }

  private static void requireTaken(ConditionRows rows, Map<String, Shape> taken, Encoder encoder) {
    taken.forEach(
        (name, row) -> {
          ConditionRows.Column given = rows.columns().get(name);
          if (given == null || !given.each().equals(row)) {
            throw new InputException(
                encoder.model().where(),
                "text encoders that give "
                    + (given == null ? "no " + name : name + " " + given.each()),
                "what the network takes, " + row,
                "put the parts of one pipeline together: import it again, whole");
          }
        });
  }

  /**
   * What text encoders gave, side by side.
   *
   * @param length tokens of a text
   * @param contexts each [N,length,C], which go side by side
   * @param pooled [N,P]; null where there are none
   */
  private static ConditionRows sideBySide(
      int count, int length, List<float[]> contexts, float[] pooled, Shape image) {
    int tokens = count * length;
    int width = contexts.stream().mapToInt(c -> c.length / tokens).sum();
    float[] context = new float[tokens * width];
    int place = 0;
    for (float[] part : contexts) {
      int own = part.length / tokens;
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(part, t * own, context, t * width + place, own);
      }
      place += own;
    }
    Map<String, ConditionRows.Column> columns = new LinkedHashMap<>();
    columns.put(Context.CONTEXT, new ConditionRows.Floats(Shape.of(length, width), context));
    if (pooled != null) {
      columns.put(
          Context.POOLED, new ConditionRows.Floats(Shape.of(pooled.length / count), pooled));
      float[] sizes = new float[count * Context.SIZES_COUNT];
      for (int i = 0; i < count; i++) {
        System.arraycopy(sizes(image), 0, sizes, i * Context.SIZES_COUNT, Context.SIZES_COUNT);
      }
      columns.put(Context.SIZES, new ConditionRows.Floats(Shape.of(Context.SIZES_COUNT), sizes));
    }
    return new ConditionRows(count, columns);
  }

  /** Those of an image that is not cut. */
  static float[] sizes(Shape image) {
    float height = image.get(0);
    float width = image.get(1);
    return new float[] {height, width, 0, 0, height, width};
  }

  /** What a text encoder gives for texts. */
  private static Map<String, float[]> encoded(Loaded loaded, CaptionTokens texts) {
    Map<String, List<float[]>> pieces = new LinkedHashMap<>();
    for (int from = 0; from < texts.size(); from += AT_A_TIME) {
      int[] some = IntStream.range(from, Math.min(texts.size(), from + AT_A_TIME)).toArray();
      ConditionRows.Column rows = texts.rows(some).columns().get(CaptionTokens.TOKENS);
      try (Tensor tokens = rows.tensor(0, some.length)) {
        loaded
            .session()
            .run(tokens, ClipText.rows(loaded.encoder().model()))
            .forEach(
                (name, piece) -> pieces.computeIfAbsent(name, k -> new ArrayList<>()).add(piece));
      }
    }
    Map<String, float[]> whole = new LinkedHashMap<>();
    pieces.forEach((name, all) -> whole.put(name, Pipeline.joined(all)));
    return whole;
  }

  @Override
  public void close() {
    encoders.forEach(each -> each.session().close());
  }
}
