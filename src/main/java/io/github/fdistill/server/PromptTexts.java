package io.github.fdistill.server;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.hosting.PipedTensors;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TensorShapeProto.Dim;

/**
 * Texts for a signature that takes numbers of tokens, of a version that carries its tokenizer: an
 * input {@code prompt} [N] string may come in the place of {@code tokens} and {@code tokens_mask}.
 * An empty text is no condition, a script without tokens of its own is its bytes, and of a text
 * that is too long the first tokens are kept.
 *
 * @param tokenizer with rows as long as the signature's
 */
record PromptTexts(Tokenizer tokenizer) {
  static final String PROMPT = "prompt";

  private static final Set<String> NUMBERS = Set.of(CaptionTokens.TOKENS, CaptionTokens.MASK);

  /**
   * Of a signature.
   *
   * @param carried the tokenizer of its version
   * @return nothing where it takes no tokens
   */
  static Optional<PromptTexts> of(Optional<Tokenizer> carried, Signature signature) {
    TensorInfo info = signature.inputs().get(CaptionTokens.TOKENS);
    if (carried.isEmpty() || info == null || signature.inputs().containsKey(PROMPT)) {
      return Optional.empty();
    }
    TensorShapeProto shape = info.getTensorShape();
    long length = shape.getDimCount() == 2 ? shape.getDim(1).getSize() : 0;
    return info.getDtype() == DataType.DT_INT32 && length >= 2 && length <= Tokenizer.MOST_LENGTH
        ? Optional.of(new PromptTexts(carried.get().ofLength((int) length)))
        : Optional.empty();
  }

  /**
   * What a request with texts holds in the place of what the signature takes.
   *
   * @param given names of what it holds
   * @throws ApiException when tokens stand beside the texts
   */
  Map<String, TensorInfo> inputs(Signature signature, Set<String> given) {
    refuseBoth(given);
    Map<String, TensorInfo> inputs = new TreeMap<>(signature.inputs());
    inputs.keySet().removeAll(NUMBERS);
    TensorInfo.Builder prompt = TensorInfo.newBuilder().setDtype(DataType.DT_STRING);
    prompt.getTensorShapeBuilder().addDim(Dim.newBuilder().setSize(-1));
    inputs.put(PROMPT, prompt.build());
    return inputs;
  }

  /**
   * What a request holds, with tokens in the place of its texts.
   *
   * @param mostRows of a request
   * @throws ApiException when its texts are none, or stand beside tokens; or when its tokens are
   *     not the tokenizer's, which would fail others in the batch
   */
  Map<String, HostTensor> read(Signature signature, Map<String, HostTensor> sent, int mostRows) {
    HostTensor prompts = sent.get(PROMPT);
    if (prompts == null) {
      requireKnown(sent.get(CaptionTokens.TOKENS));
      return sent;
    }
    if (!prompts.isStrings() || prompts.shape().numDimensions() != 1) {
      throw ApiException.invalid(
          "input prompt is " + prompts.type() + " " + prompts.shape() + ", expected DT_STRING [?]");
    }
    refuseBoth(sent.keySet());
    if (prompts.rows() > mostRows) {
      throw Batcher.tooManyRows(prompts.rows(), mostRows);
    }
    Map<String, HostTensor> inputs = new TreeMap<>(sent);
    inputs.remove(PROMPT);
    List<String> texts = new ArrayList<>();
    prompts.strings().forEach(bytes -> texts.add(text(bytes)));
    inputs.putAll(PipedTensors.tensors(rows(texts, signature)));
    return inputs;
  }

  private static void refuseBoth(Set<String> given) {
    if (given.stream().anyMatch(NUMBERS::contains)) {
      throw ApiException.invalid("input prompt stands in the place of tokens: send one of them");
    }
  }

  private ConditionRows rows(List<String> texts, Signature signature) {
    ConditionRows rows = tokens(texts).rows();
    Map<String, ConditionRows.Column> taken = new TreeMap<>(rows.columns());
    taken.keySet().retainAll(signature.inputs().keySet());
    return new ConditionRows(rows.count(), taken);
  }

  /**
   * Texts as tokens.
   *
   * @throws ApiException when one is longer than any prompt
   */
  CaptionTokens tokens(List<String> texts) {
    try {
      return CaptionTokens.of(tokenizer, texts);
    } catch (InputException e) {
      throw ApiException.invalid(e.getMessage());
    }
  }

  private static String text(ByteString bytes) {
    try {
      ByteBuffer all = bytes.asReadOnlyByteBuffer();
      return StandardCharsets.UTF_8.newDecoder().decode(all).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.invalid("input prompt holds a text that is not UTF-8");
    }
  }

  private void requireKnown(HostTensor tokens) {
    if (tokens == null || tokens.type() != DataType.DT_INT32) {
      return; // The signature says what is wrong.
    }
    IntBuffer ids = ByteBuffer.wrap(tokens.bytes()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int known = tokenizer.vocabulary();
    while (ids.hasRemaining()) {
      int id = ids.get();
      if (id < 0 || id >= known) {
        throw ApiException.invalid(
            "input tokens holds " + id + ", expected 0 to " + (known - 1) + ", of the tokenizer");
      }
    }
  }

  /** Without the inputs that its texts become. */
  static Conditioning others(Conditioning conditioning, boolean texts) {
    return new Conditioning(
        conditioning.inputs().stream()
            .filter(input -> !texts || !NUMBERS.contains(input.name()))
            .toList());
  }
}
