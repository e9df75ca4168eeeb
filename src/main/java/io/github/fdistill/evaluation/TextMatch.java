package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.network.ClipText;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;

/**
 * How well images fit the texts that they were drawn from, by a features network that has an
 * encoder of texts too, as CLIP has: the CLIP score of Hessel et al. 2021, 100 max(0, cos(image,
 * text)), its mean over images. The encoder is loaded when it is first needed; what texts became is
 * kept.
 */
final class TextMatch implements AutoCloseable {
  /** Texts that are encoded at once. */
  private static final int ROWS = 64;

  /** Of texts that come again. */
  private static final int MOST_KEPT = 4096;

  private final Path folder;
  private final Tokenizer tokenizer;
  private final Map<String, float[]> known = new HashMap<>();
  private Optional<Encoder> encoder = Optional.empty();

  /**
   * The encoder, loaded.
   *
   * @param tokenizer of rows as long as it takes
   * @param rows shapes of what it gives for a text
   */
  private record Encoder(PartSession session, Tokenizer tokenizer, Map<String, Shape> rows) {
    static Encoder load(Path folder, Tokenizer tokenizer, int dimension) {
      PartModel model = ClipText.read(folder, true);
      Map<String, Shape> rows = new HashMap<>(ClipText.rows(model));
      rows.put(Context.POOLED, Shape.of(dimension));
      int length = Math.toIntExact(model.row().get(0));
      return new Encoder(new PartSession(model), tokenizer.ofLength(length), rows);
    }

    float[] vectors(List<String> texts) {
      ConditionRows rowsOf = CaptionTokens.of(tokenizer, texts).rows();
      try (Tensor tokens = rowsOf.columns().get(CaptionTokens.TOKENS).tensor(0, texts.size())) {
        return session.run(tokens, rows).get(Context.POOLED);
      }
    }
  }

  private TextMatch(Path folder, Tokenizer tokenizer) {
    this.folder = folder;
    this.tokenizer = tokenizer;
  }

  /** Where a features network has an encoder of texts. */
  static Optional<TextMatch> of(SavedModel model) {
    return model.metaGraph().getSignatureDefMap().containsKey(ClipText.SIGNATURE)
        ? ModelTokenizer.in(model.folder()).map(own -> new TextMatch(model.folder(), own))
        : Optional.empty();
  }

  /**
   * The score.
   *
   * @param images features of each
   * @param texts one for each
   * @throws io.github.fdistill.InputException when the encoder fails, or its vectors are of another
   *     length
   */
  double score(Features images, List<String> texts) {
    if (encoder.isEmpty()) {
      encoder = Optional.of(Encoder.load(folder, tokenizer, images.dimension()));
    }
    double sum = 0;
    for (int i = 0; i < texts.size(); i++) {
      if (!known.containsKey(texts.get(i))) {
        learn(next(texts, i));
      }
      sum += Math.max(0, cosine(images, i, known.get(texts.get(i))));
    }
    return 100 * sum / texts.size();
  }

  /** Texts from one on that are not known, each once. */
  private List<String> next(List<String> texts, int from) {
    Set<String> found = new HashSet<>();
    List<String> next = new ArrayList<>();
    for (int i = from; i < texts.size() && next.size() < ROWS; i++) {
      String text = texts.get(i);
      if (!known.containsKey(text) && found.add(text)) {
        next.add(text);
      }
    }
    return next;
  }

  private void learn(List<String> texts) {
    if (known.size() > MOST_KEPT) {
      known.clear();
    }
    float[] vectors = encoder.orElseThrow().vectors(texts);
    int length = vectors.length / texts.size();
    for (int i = 0; i < texts.size(); i++) {
      known.put(texts.get(i), Arrays.copyOfRange(vectors, i * length, (i + 1) * length));
    }
  }

  private static double cosine(Features images, int row, float[] text) {
    int from = row * images.dimension();
    double product = 0;
    double ofImage = 0;
    double ofText = 0;
    for (int j = 0; j < text.length; j++) {
      double a = images.values()[from + j];
      product += a * text[j];
      ofImage += a * a;
      ofText += (double) text[j] * text[j];
    }
    return product / Math.max(Math.sqrt(ofImage * ofText), Double.MIN_NORMAL);
  }

  @Override
  public void close() {
    encoder.ifPresent(loaded -> loaded.session().close());
  }
}
