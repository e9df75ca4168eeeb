package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.ImageShape;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.files.Folders;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * What stands around a network of latents that takes texts: text encoders with their tokenizers,
 * and an autoencoder, each a SavedModel in the network's own.
 *
 * @param folder in which the parts are
 * @param info which they are
 */
public record Pipeline(Path folder, PipelineInfo info) {
  private static final String PLACE = "assets.extra";
  private static final String FILE = "pipeline.pbtxt";

  /** Texts, or latents, that go through a part at a time. */
  private static final int TEXTS = 16;

  private static final int LATENTS = 4;

  /** Pixels of a side of an image, at most. */
  public static final int MOST_SIDE = 1 << 14;

  private static final int COLOURS = 3;

  /**
   * What is beside a SavedModel's graph.
   *
   * @return nothing where the model stands alone
   * @throws InputException when a part is named that cannot be there, or images that cannot be
   */
  public static Optional<Pipeline> in(Path savedModel) {
    Path folder = savedModel.resolve(PLACE);
    Path file = ModelFolder.file(savedModel, PLACE, FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    PipelineInfo info = Configs.read(file, PipelineInfo.getDefaultInstance(), List.of());
    Pipeline pipeline = new Pipeline(folder, info);
    for (String part : pipeline.parts()) {
      if (!Folders.isPlainName(part)
          || !Files.isDirectory(ModelFolder.file(savedModel, PLACE, part))) {
        throw wrong(file, part + ", which is not there", "the names of folders beside this file");
      }
    }
    if (info.hasDecoder() && !isPicture(info.getImage())) {
      throw wrong(file, "image " + pipeline.image(), "its height and width, and channels: 3");
    }
    return Optional.of(pipeline);
  }

  private static boolean isPicture(ImageShape image) {
    return Math.min(image.getHeight(), image.getWidth()) > 0
        && Math.max(image.getHeight(), image.getWidth()) <= MOST_SIDE
        && image.getChannels() == COLOURS;
  }

  private static InputException wrong(Path file, String found, String needed) {
    return new InputException(file.toString(), found, needed, "copy the whole model again");
  }

  private List<String> parts() {
    List<String> parts = new ArrayList<>();
    for (PipelineInfo.TextEncoder encoder : info.getTextEncoderList()) {
      parts.add(encoder.getModel());
      parts.add(encoder.getTokenizer());
    }
    if (info.hasDecoder()) {
      parts.add(info.getEncoder());
      parts.add(info.getDecoder());
    }
    return parts;
  }

  /** Where the parts of a model are to be, in its folder. */
  public static Path place(Path savedModel) {
    return savedModel.resolve(PLACE);
  }

  /** Writes the description into a SavedModel's folder; the parts are another's to write. */
  public static void describe(PipelineInfo info, Path savedModel) throws IOException {
    Path file = Files.createDirectories(place(savedModel)).resolve(FILE);
    Files.writeString(file, com.google.protobuf.TextFormat.printer().printToString(info));
  }

  /** Writes all of it into another SavedModel's folder, unless it is there already. */
  void copyTo(Path savedModel) throws IOException {
    if (Files.exists(place(savedModel).resolve(FILE))) {
      return;
    }
    for (String part : Set.copyOf(parts())) {
      Path from = folder.resolve(part);
      try (Stream<Path> all = Files.walk(from)) {
        for (Path each : all.toList()) {
          Path to = place(savedModel).resolve(part).resolve(from.relativize(each).toString());
          if (Files.isDirectory(each)) {
            Files.createDirectories(to);
          } else if (Files.isRegularFile(each)) {
            Files.copy(ModelFolder.file(folder, folder.relativize(each).toString()), to);
          }
        }
      }
    }
    describe(info, savedModel);
  }

  /** Whether it makes pictures of latents. */
  public boolean decodes() {
    return info.hasDecoder();
  }

  /** The shape [H,W,3] of its images. */
  public Shape image() {
    var image = info.getImage();
    return Shape.of(image.getHeight(), image.getWidth(), image.getChannels());
  }

  /** Its parts, each with what it does. */
  public List<String> described() {
    List<String> parts = new ArrayList<>();
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      String pooled = each.getPooled() ? " and " + Context.POOLED : "";
      parts.add(each.getTokenizer() + ", " + each.getModel() + ": texts to context" + pooled);
    }
    if (decodes()) {
      String images = " images " + String.join("x", image().toString().split("\\D+")).substring(1);
      parts.add(info.getEncoder() + ":" + images + " to latents");
      parts.add(info.getDecoder() + ": latents to" + images);
    }
    return parts;
  }

  /** Whether it makes context of texts. */
  public boolean readsTexts() {
    return info.getTextEncoderCount() > 0;
  }

  /**
   * What the network takes of each text: context, and where it takes them pooled and sizes.
   *
   * @param note is told of texts that are too long
   * @throws InputException when a part cannot be read, or is none
   */
  public ConditionRows rows(List<String> texts, Consumer<String> note) {
    List<Encoder> encoders = new ArrayList<>();
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      Path tokenizer = ModelFolder.file(folder, each.getTokenizer());
      PartModel model = ClipText.read(ModelFolder.file(folder, each.getModel()), each.getPooled());
      encoders.add(new Encoder(model, TokenizerFiles.read(tokenizer), each.getPooled()));
    }
    return rows(encoders, texts, note, image());
  }

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

  /** What text encoders make of texts, side by side. */
  static ConditionRows rows(
      List<Encoder> encoders, List<String> texts, Consumer<String> note, Shape image) {
    int length = encoders.get(0).length();
    List<float[]> contexts = new ArrayList<>();
    Set<String> notes = new LinkedHashSet<>();
    float[] pooled = null;
    for (Encoder each : encoders) {
      if (each.model().row().numDimensions() != 1 || each.length() != length) {
        throw PartModel.wrong(
            each.model().where(), "rows of " + each.model().row(), length + " tokens in a row");
      }
      CaptionTokens tokens = CaptionTokens.of(each.tokenizer().ofLength(length), texts);
      tokens.note("prompt").ifPresent(notes::add);
      Map<String, float[]> said = encoded(each.model(), tokens);
      contexts.add(said.get(Context.CONTEXT));
      pooled = each.pooled() ? said.get(Context.POOLED) : pooled;
    }
    notes.forEach(note);
    return rows(texts.size(), length, contexts, pooled, image);
  }

  /**
   * The same of what each gave.
   *
   * @param length tokens of a text
   * @param contexts each [N,length,C], which go side by side
   * @param pooled [N,P]; null where there are none
   */
  private static ConditionRows rows(
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
  private static float[] sizes(Shape image) {
    float height = image.get(0);
    float width = image.get(1);
    return new float[] {height, width, 0, 0, height, width};
  }

  /** What a text encoder gives for texts. */
  private static Map<String, float[]> encoded(PartModel part, CaptionTokens texts) {
    Map<String, List<float[]>> pieces = new LinkedHashMap<>();
    try (PartSession session = new PartSession(part)) {
      for (int from = 0; from < texts.size(); from += TEXTS) {
        int[] some = IntStream.range(from, Math.min(texts.size(), from + TEXTS)).toArray();
        ConditionRows.Column rows = texts.rows(some).columns().get(CaptionTokens.TOKENS);
        try (Tensor tokens = rows.tensor(0, some.length)) {
          session
              .run(tokens, ClipText.rows(part))
              .forEach(
                  (name, piece) -> pieces.computeIfAbsent(name, k -> new ArrayList<>()).add(piece));
        }
      }
    }
    Map<String, float[]> whole = new LinkedHashMap<>();
    pieces.forEach((name, all) -> whole.put(name, joined(all)));
    return whole;
  }

  private static float[] joined(List<float[]> pieces) {
    float[] all = new float[pieces.stream().mapToInt(p -> p.length).reduce(0, Math::addExact)];
    int at = 0;
    for (float[] piece : pieces) {
      System.arraycopy(piece, 0, all, at, piece.length);
      at += piece.length;
    }
    return all;
  }

  /**
   * Images of latents.
   *
   * @param latents [N,h,w,L], the network's
   * @param each [h,w,L]
   * @return [N,H,W,3], about in [-1,1]
   * @throws InputException when the decoder cannot be read, or gives no such images
   */
  public float[] decoded(float[] latents, Shape each) {
    PartModel decoder = Autoencoder.readDecoder(ModelFolder.file(folder, info.getDecoder()));
    if (!decoder.row().equals(each)) {
      throw PartModel.wrong(decoder.where(), "latents " + decoder.row(), "latents " + each);
    }
    int size = (int) each.size();
    int count = latents.length / size;
    List<float[]> pieces = new ArrayList<>();
    try (PartSession session = new PartSession(decoder)) {
      for (int from = 0; from < count; from += LATENTS) {
        int rows = Math.min(LATENTS, count - from);
        var some =
            DataBuffers.of(latents, true, false).slice((long) from * size, (long) rows * size);
        try (TFloat32 input = TFloat32.tensorOf(each.prepend(rows), some)) {
          pieces.add(
              session.run(input, Map.of(Autoencoder.IMAGES, image())).get(Autoencoder.IMAGES));
        }
      }
    }
    return joined(pieces);
  }
}
