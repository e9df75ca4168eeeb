package io.github.fdistill.evaluation;

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
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt32;

/**
 * How well images fit the texts that they were drawn from, by a features network that has an
 * encoder of texts too, as CLIP has: the CLIP score of Hessel et al. 2021, 100 max(0, cos(image,
 * text)), its mean over images.
 *
 * @param folder of the SavedModel
 * @param tokenizer its own
 */
record TextMatch(Path folder, Tokenizer tokenizer) {
  /** Texts that are encoded at once. */
  private static final int ROWS = 64;

  /** Of texts that come again. */
  private static final int MOST_KEPT = 4096;

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
    PartModel encoder = ClipText.read(folder, true);
    Tokenizer fitting = tokenizer.ofLength(Math.toIntExact(encoder.row().get(0)));
    Map<String, Shape> rows = new HashMap<>(ClipText.rows(encoder));
    rows.put(Context.POOLED, Shape.of(images.dimension()));
    double sum = 0;
    try (PartSession session = new PartSession(encoder)) {
      Map<String, float[]> known = new HashMap<>();
      for (int i = 0; i < texts.size(); i++) {
        if (!known.containsKey(texts.get(i))) {
          if (known.size() > MOST_KEPT) {
            known.clear();
          }
          encode(session, fitting, next(texts, i, known.keySet()), rows, known);
        }
        sum += Math.max(0, cosine(images, i, known.get(texts.get(i))));
      }
    }
    return 100 * sum / texts.size();
  }

  /** Texts from one on that are not known, each once. */
  private static List<String> next(List<String> texts, int from, Set<String> known) {
    Set<String> found = new HashSet<>();
    List<String> next = new ArrayList<>();
    for (int i = from; i < texts.size() && next.size() < ROWS; i++) {
      String text = texts.get(i);
      if (!known.contains(text) && found.add(text)) {
        next.add(text);
      }
    }
    return next;
  }

  private static void encode(
      PartSession session,
      Tokenizer tokenizer,
      List<String> texts,
      Map<String, Shape> rows,
      Map<String, float[]> into) {
    int[] tokens =
        texts.stream().flatMapToInt(text -> Arrays.stream(tokenizer.row(text).numbers())).toArray();
    Shape shape = Shape.of(texts.size(), tokenizer.length());
    try (TInt32 input = TInt32.tensorOf(shape, DataBuffers.of(tokens, true, false))) {
      float[] vectors = session.run(input, rows).get(Context.POOLED);
      int length = vectors.length / texts.size();
      for (int i = 0; i < texts.size(); i++) {
        into.put(texts.get(i), Arrays.copyOfRange(vectors, i * length, (i + 1) * length));
      }
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
}
