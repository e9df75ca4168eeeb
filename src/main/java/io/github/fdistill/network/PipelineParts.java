package io.github.fdistill.network;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.ImageShape;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/**
 * The parts of a pipeline before they are a SavedModel's.
 *
 * @param encoder of images
 * @param decoder of latents
 * @param zeros no text is zeros; else it is the empty text
 */
public record PipelineParts(
    List<Texts> texts, PartModel encoder, PartModel decoder, boolean zeros) {
  private static final String ENCODER = "encoder";
  private static final String DECODER = "decoder";

  /**
   * A text encoder.
   *
   * @param name of its folder
   * @param tokenizerName of its tokenizer's folder
   * @param pooled whether it gives whole texts too
   */
  public record Texts(
      String name, PartModel model, String tokenizerName, Tokenizer tokenizer, boolean pooled) {

    private PipelineTexts.Encoder encoder() {
      return new PipelineTexts.Encoder(model, tokenizer, pooled);
    }
  }

  /** An autoencoder alone, around a network that takes no texts. */
  public static PipelineParts of(PartModel encoder, PartModel decoder) {
    return new PipelineParts(List.of(), encoder, decoder, false);
  }

  /** Whether it makes context of texts. */
  public boolean readsTexts() {
    return !texts.isEmpty();
  }

  /** In a few words. */
  @Override
  public String toString() {
    Shape image = image();
    return texts.stream().map(text -> text.name() + ", ").collect(Collectors.joining())
        + ENCODER
        + ", "
        + DECODER
        + " of images "
        + image.get(0)
        + "x"
        + image.get(1)
        + "x"
        + image.get(2);
  }

  /** What is said of the parts: names of folders. */
  public PipelineInfo info() {
    PipelineInfo.Builder info = PipelineInfo.newBuilder();
    for (Texts each : texts) {
      info.addTextEncoder(
          PipelineInfo.TextEncoder.newBuilder()
              .setModel(each.name())
              .setTokenizer(each.tokenizerName())
              .setPooled(each.pooled()));
    }
    Shape image = image();
    return info.setEncoder(ENCODER)
        .setDecoder(DECODER)
        .setImage(
            ImageShape.newBuilder()
                .setHeight((int) image.get(0))
                .setWidth((int) image.get(1))
                .setChannels((int) image.get(2)))
        .build();
  }

  private Shape image() {
    return encoder.function().placeholders().get(Autoencoder.IMAGES).shape().tail();
  }

  /**
   * Says of a network what its inputs are where there is no text.
   *
   * @param context that it takes
   * @throws io.github.fdistill.InputException when that is not what the text encoders give
   */
  public DenoiserInfo withNone(DenoiserInfo network, ContextConfig context) {
    DenoiserInfo.Builder info = network.toBuilder();
    nothing(Context.rows(context))
        .forEach(
            (name, column) -> {
              NoneCondition.Builder none = NoneCondition.newBuilder().setInput(name);
              if (zeros && !name.equals(Context.SIZES)) {
                none.addValue(0);
              } else {
                IntStream.range(0, column.length()).forEach(i -> none.addValue(column.number(i)));
              }
              info.addNone(none);
            });
    return info.build();
  }

  /** What the encoders give for no text; where that is zeros, none of their weights are read. */
  private Map<String, ConditionRows.Column> nothing(Map<String, Shape> taken) {
    List<PipelineTexts.Encoder> encoders = texts.stream().map(Texts::encoder).toList();
    if (zeros) {
      return PipelineTexts.zeros(encoders, image(), taken).columns();
    }
    try (PipelineTexts loaded = new PipelineTexts(encoders, image())) {
      return loaded.rows(List.of(""), taken).columns();
    }
  }

  /** Writes all parts and what is said of them into the network's SavedModel. */
  public void write(Path savedModel) throws IOException {
    Path place = Files.createDirectories(Pipeline.place(savedModel));
    for (Texts each : texts) {
      each.model().write(Files.createDirectories(place.resolve(each.name())));
      TokenizerFiles.write(
          each.tokenizer(), Files.createDirectories(place.resolve(each.tokenizerName())));
    }
    encoder.write(Files.createDirectories(place.resolve(ENCODER)));
    decoder.write(Files.createDirectories(place.resolve(DECODER)));
    Pipeline.describe(info(), savedModel);
  }
}
