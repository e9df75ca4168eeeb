package io.github.fdistill.server;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Tokenizers;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto.Dim;

/**
 * Texts for a signature that takes numbers of tokens, of a version that carries its tokenizers: an
 * input {@code prompt} [N] string may come in the place of {@code tokens}, {@code tokens_mask} and
 * {@code tokens_2}. A text may be empty, a script without tokens of its own is its bytes, and of a
 * text that is too long the first tokens are kept.
 *
 * @param tokenizers with rows as long as the signature's
 */
record PromptTexts(Tokenizers tokenizers) {
  static final String PROMPT = "prompt";

  /** No letter has more bytes in UTF-8 than four. */
  private static final int MOST_BYTES = 4 * Tokenizer.MOST_LETTERS;

  /**
   * Of a signature.
   *
   * @param carried the tokenizers of its version
   * @return nothing where it takes no tokens, or others than those
   */
  static Optional<PromptTexts> of(Optional<Tokenizers> carried, Signature signature) {
    if (carried.isEmpty() || signature.inputs().containsKey(PROMPT)) {
      return Optional.empty();
    }
    int taken = signature.inputs().containsKey(Tokenizers.input(1)) ? 2 : 1;
    List<Tokenizer> all = carried.get().list();
    if (all.size() < taken) {
      return Optional.empty();
    }
    Tokenizers tokenizers = new Tokenizers(all.subList(0, taken));
    Set<Long> lengths = new HashSet<>();
    for (int i = 0; i < taken; i++) {
      lengths.add(length(signature.inputs().get(Tokenizers.input(i))));
    }
    long length = lengths.iterator().next();
    return lengths.size() == 1 && length >= 2 && length <= Tokenizer.MOST_LENGTH
        ? Optional.of(new PromptTexts(tokenizers.ofLength((int) length)))
        : Optional.empty();
  }

  /** Of the rows of an input; 0 where it takes no rows of tokens. */
  private static long length(TensorInfo info) {
    boolean rows =
        info != null
            && info.getDtype() == DataType.DT_INT32
            && info.getTensorShape().getDimCount() == 2;
    return rows ? info.getTensorShape().getDim(1).getSize() : 0;
  }

  /**
   * What a request holds: one with texts has them in the place of what the signature takes.
   *
   * @param given names of what it holds; none of a value without a name
   * @throws ApiException when tokens stand beside the texts, or neither is there
   */
  Map<String, TensorInfo> inputs(Signature signature, Set<String> given) {
    if (!given.contains(PROMPT)) {
      requireTokens(signature, given);
      return signature.inputs();
    }
    refuseBoth(given);
    Map<String, TensorInfo> inputs = new TreeMap<>(signature.inputs());
    inputs.keySet().removeAll(Tokenizers.INPUTS);
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
      for (int i = 0; i < tokenizers.list().size(); i++) {
        requireKnown(sent.get(Tokenizers.input(i)), i);
      }
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
    ConditionRows rows = tell(texts).rows();
    inputs.putAll(PipedTensors.tensors(rows.only(signature.inputs().keySet())));
    return inputs;
  }

  private static void requireTokens(Signature signature, Set<String> given) {
    String tokens = Tokenizers.input(0);
    boolean told = given.contains(tokens) || signature.defaults().containsKey(tokens);
    if (!given.isEmpty() && !told) {
      throw ApiException.invalid("Missing named input: " + tokens + " (or " + PROMPT + ")");
    }
  }

  private static void refuseBoth(Set<String> given) {
    if (given.stream().anyMatch(Tokenizers.INPUTS::contains)) {
      throw ApiException.invalid("input prompt stands in the place of tokens: send one of them");
    }
  }

  /**
   * Texts as tokens.
   *
   * @throws ApiException when one is longer than any prompt
   */
  Tokenizers.Told tell(List<String> texts) {
    try {
      return tokenizers.tell(texts);
    } catch (InputException e) {
      throw ApiException.invalid(e.getMessage());
    }
  }

  private static String text(ByteString bytes) {
    if (bytes.size() > MOST_BYTES) {
      throw ApiException.invalid(
          "input prompt holds a text of "
              + bytes.size()
              + " bytes, expected no more than "
              + Tokenizer.MOST_LETTERS
              + " letters");
    }
    try {
      ByteBuffer all = bytes.asReadOnlyByteBuffer();
      return StandardCharsets.UTF_8.newDecoder().decode(all).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.invalid("input prompt holds a text that is not UTF-8");
    }
  }

  private void requireKnown(HostTensor tokens, int place) {
    if (tokens == null || tokens.type() != DataType.DT_INT32) {
      return; // The signature says what is wrong.
    }
    IntBuffer ids = ByteBuffer.wrap(tokens.bytes()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int known = tokenizers.list().get(place).vocabulary();
    while (ids.hasRemaining()) {
      int id = ids.get();
      if (id < 0 || id >= known) {
        throw ApiException.invalid(
            "input "
                + Tokenizers.input(place)
                + " holds "
                + id
                + ", expected 0 to "
                + (known - 1)
                + ", of the tokenizer");
      }
    }
  }

  /** Without the inputs that its texts become. */
  static Conditioning others(Conditioning conditioning, boolean texts) {
    return new Conditioning(
        conditioning.inputs().stream()
            .filter(input -> !texts || !Tokenizers.INPUTS.contains(input.name()))
            .toList());
  }
}
