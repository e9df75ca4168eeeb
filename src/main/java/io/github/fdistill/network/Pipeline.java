package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

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

  /**
   * What is beside a SavedModel's graph.
   *
   * @return nothing where the model stands alone
   * @throws InputException when a part is named that cannot be there
   */
  public static Optional<Pipeline> in(Path savedModel) {
    Path folder = savedModel.resolve(PLACE);
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    PipelineInfo info = Configs.read(file, PipelineInfo.getDefaultInstance(), List.of());
    Pipeline pipeline = new Pipeline(folder, info);
    for (String part : pipeline.parts()) {
      if (!Folders.isPlainName(part) || !Files.isDirectory(folder.resolve(part))) {
        throw new InputException(
            file.toString(),
            part + ", which is not there",
            "the names of folders beside this file",
            "copy the whole model again");
      }
    }
    return Optional.of(pipeline);
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
    for (String part : parts()) {
      Path from = folder.resolve(part);
      try (Stream<Path> all = Files.walk(from)) {
        for (Path each : all.toList()) {
          Path to = place(savedModel).resolve(part).resolve(from.relativize(each).toString());
          if (Files.isDirectory(each)) {
            Files.createDirectories(to);
          } else {
            Files.copy(each, to);
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

  /** What the network takes of each text: context, and where it takes them pooled and sizes. */
  public ConditionRows rows(List<String> texts) {
    try (PipelineTexts loaded = new PipelineTexts(this)) {
      return loaded.rows(texts);
    }
  }

  /**
   * Rows of what text encoders gave.
   *
   * @param length tokens of a text
   * @param contexts each [N,length,C], which go side by side
   * @param pooled [N,P]; null where there are none
   */
  static ConditionRows rows(
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
  static Map<String, float[]> encoded(PartModel part, Tokenizer tokenizer, List<String> texts) {
    try (PartSession session = new PartSession(part)) {
      return encoded(session, tokenizer, texts);
    }
  }

  /** The same by one that is loaded. */
  static Map<String, float[]> encoded(
      PartSession session, Tokenizer tokenizer, List<String> texts) {
    Map<String, List<float[]>> pieces = new LinkedHashMap<>();
    for (int from = 0; from < texts.size(); from += TEXTS) {
      List<String> some = texts.subList(from, Math.min(texts.size(), from + TEXTS));
      int[][] rows = some.stream().map(tokenizer::row).map(Tokens::numbers).toArray(int[][]::new);
      try (TInt32 tokens = TInt32.tensorOf(StdArrays.ndCopyOf(rows))) {
        session
            .run(tokens)
            .forEach(
                (name, piece) -> pieces.computeIfAbsent(name, k -> new ArrayList<>()).add(piece));
      }
    }
    Map<String, float[]> whole = new LinkedHashMap<>();
    pieces.forEach((name, all) -> whole.put(name, joined(all)));
    return whole;
  }

  private static float[] joined(List<float[]> pieces) {
    float[] all = new float[pieces.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (float[] piece : pieces) {
      System.arraycopy(piece, 0, all, at, piece.length);
      at += piece.length;
    }
    return all;
  }

  /** The network from images to the mean of their latents. */
  public PartModel encoder() {
    return PartModel.read(
        folder.resolve(info.getEncoder()), Autoencoder.ENCODE, List.of(Autoencoder.MEAN));
  }

  /** The network from latents to images. */
  public PartModel decoder() {
    return PartModel.read(
        folder.resolve(info.getDecoder()), Autoencoder.DECODE, List.of(Autoencoder.IMAGES));
  }

  /**
   * SHA-256, in hex, that tells what turns texts into conditions from all others.
   *
   * @throws IOException when a part cannot be read
   */
  public String textsFingerprint() throws IOException {
    StringBuilder all = new StringBuilder(image() + "");
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      all.append(' ').append(Sha256.ofFolder(folder.resolve(each.getModel())));
      all.append(' ').append(Sha256.ofFolder(folder.resolve(each.getTokenizer())));
    }
    return Sha256.ofText(all.toString());
  }

  /** The same of what turns images into latents. */
  public String encoderFingerprint() throws IOException {
    return Sha256.ofText(image() + " " + Sha256.ofFolder(folder.resolve(info.getEncoder())));
  }

  /**
   * Images of latents.
   *
   * @param latents [N,h,w,L], the network's
   * @param each [h,w,L]
   * @return [N,H,W,3], about in [-1,1]
   */
  public float[] decoded(float[] latents, Shape each) {
    int size = (int) each.size();
    int count = latents.length / size;
    List<float[]> pieces = new ArrayList<>();
    try (PartSession session = new PartSession(decoder())) {
      for (int from = 0; from < count; from += LATENTS) {
        int rows = Math.min(LATENTS, count - from);
        var some =
            DataBuffers.of(latents, true, false).slice((long) from * size, (long) rows * size);
        try (TFloat32 input = TFloat32.tensorOf(each.prepend(rows), some)) {
          pieces.add(session.run(input).get(Autoencoder.IMAGES));
        }
      }
    }
    return joined(pieces);
  }
}
