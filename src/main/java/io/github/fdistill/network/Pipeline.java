package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;

/**
 * What stands around a network of latents: an autoencoder, and of one that takes texts text
 * encoders with their tokenizers, each a SavedModel in the network's own.
 *
 * @param folder in which the parts are
 * @param info which they are
 */
public record Pipeline(Path folder, PipelineInfo info) {
  private static final String PLACE = "assets.extra";
  private static final String FILE = "pipeline.pbtxt";

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
    if (!RegularFile.isThere(file)) {
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
    if (info.hasDecoder() && !isPicture(pipeline.image())) {
      throw wrong(file, "image " + pipeline.image(), "its height and width, and channels: 3");
    }
    return Optional.of(pipeline);
  }

  /** Whether the images [H,W,C] that become latents are pictures in colours. */
  public static boolean isPicture(Shape image) {
    return image.numDimensions() == 3
        && Math.min(image.get(0), image.get(1)) > 0
        && Math.max(image.get(0), image.get(1)) <= MOST_SIDE
        && image.get(2) == COLOURS;
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
          } else if (RegularFile.isThere(each)) {
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
    try (PipelineTexts loaded = new PipelineTexts(this)) {
      return loaded.rows(texts, "prompt", note);
    }
  }

  /**
   * What is to be known of texts that are too long for the network, a line each.
   *
   * @param length tokens that it takes of a text
   * @param kind what they are called, such as caption
   * @throws InputException when a tokenizer cannot be read
   */
  public List<String> cut(List<String> texts, int length, String kind) {
    Set<String> notes = new LinkedHashSet<>();
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      Tokenizer tokenizer = TokenizerFiles.read(ModelFolder.file(folder, each.getTokenizer()));
      CaptionTokens.of(tokenizer.ofLength(length), texts).note(kind).ifPresent(notes::add);
    }
    return List.copyOf(notes);
  }

  /** Its text encoders, read. */
  List<PipelineTexts.Encoder> textEncoders() {
    List<PipelineTexts.Encoder> encoders = new ArrayList<>();
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      Path tokenizer = ModelFolder.file(folder, each.getTokenizer());
      PartModel model = ClipText.read(ModelFolder.file(folder, each.getModel()), each.getPooled());
      encoders.add(
          new PipelineTexts.Encoder(model, TokenizerFiles.read(tokenizer), each.getPooled()));
    }
    return encoders;
  }

  /** Rows after rows. */
  static float[] joined(List<float[]> pieces) {
    float[] all = new float[pieces.stream().mapToInt(p -> p.length).reduce(0, Math::addExact)];
    int at = 0;
    for (float[] piece : pieces) {
      System.arraycopy(piece, 0, all, at, piece.length);
      at += piece.length;
    }
    return all;
  }

  /**
   * The network from images to what is known of their latents: the mean, and the deviation where it
   * gives one.
   *
   * @throws InputException when it cannot be read, or takes no such images
   */
  public PartModel encoder() {
    return ofImages(Autoencoder.readEncoder(encoderFolder()));
  }

  /**
   * The same with the outputs that are asked for.
   *
   * @param outputs which, as {@link Autoencoder} names them
   * @throws InputException also when the encoder gives one of them not
   */
  public PartModel encoder(List<String> outputs) {
    return ofImages(Autoencoder.readEncoder(encoderFolder(), outputs));
  }

  private Path encoderFolder() {
    return ModelFolder.file(folder, info.getEncoder());
  }

  private PartModel ofImages(PartModel encoder) {
    if (!encoder.row().equals(image())) {
      throw PartModel.wrong(encoder.where(), "images " + encoder.row(), "images " + image());
    }
    return encoder;
  }

  /** The folders of its encoder and its decoder. */
  public List<Path> autoencoder() {
    return List.of(encoderFolder(), ModelFolder.file(folder, info.getDecoder()));
  }

  /**
   * The network from latents to images.
   *
   * @throws InputException when it cannot be read
   */
  public PartModel decoder() {
    return Autoencoder.readDecoder(ModelFolder.file(folder, info.getDecoder()));
  }

  /**
   * SHA-256, in hex, that tells what turns texts into conditions from all others.
   *
   * @throws IOException when a part cannot be read
   */
  public String textsFingerprint() throws IOException {
    StringBuilder all = new StringBuilder(image() + "");
    for (PipelineInfo.TextEncoder each : info.getTextEncoderList()) {
      all.append(' ').append(Sha256.ofFolder(ModelFolder.file(folder, each.getModel())));
      all.append(' ').append(Sha256.ofFolder(ModelFolder.file(folder, each.getTokenizer())));
    }
    return Sha256.ofText(all.toString());
  }

  /** The same of what turns images into latents. */
  public String encoderFingerprint() throws IOException {
    return Sha256.ofText(image() + " " + Sha256.ofFolder(encoderFolder()));
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
    try (LatentDecoder decoder = new LatentDecoder(this, each)) {
      return decoder.decoded(latents);
    }
  }
}
