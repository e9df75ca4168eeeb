package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.CaptionedImages;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Shuffle;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What models are asked for: classes, as a reference has them; or of a model that takes texts
 * prompts, those that are told or else the captions of the reference.
 *
 * @param classes of models that know some
 * @param reference whose captions they are; nothing where no images are at hand
 * @param prompts in the place of captions; may be none
 * @param negative what a guided model draws away from, in the place of no text
 */
public record Asking(
    ClassMix classes,
    Optional<ImageSource> reference,
    List<String> prompts,
    Optional<String> negative) {
  /** Of a set, at most: more than are drawn. */
  private static final int MOST_CAPTIONS = 100_000;

  private static final Set<String> TOLD =
      Set.of(Conditioning.LABEL, CaptionTokens.TOKENS, CaptionTokens.MASK);

  /** Every class alike, and no texts. */
  public static final Asking ALIKE =
      new Asking(ClassMix.ALIKE, Optional.empty(), List.of(), Optional.empty());

  /**
   * As some images have it.
   *
   * @param count of the images whose classes count, the first ones; captions are taken of all
   * @param uniform all classes alike
   */
  public static Asking like(ImageSet images, int count, boolean uniform) {
    Optional<ImageSource> source =
        images instanceof StoredImages stored ? Optional.of(stored.source()) : Optional.empty();
    ClassMix classes = ClassMix.like(images, count, uniform);
    return new Asking(classes, source, List.of(), Optional.empty());
  }

  /** The same with prompts of a choice, and what is drawn away from. */
  public Asking told(List<String> texts, Optional<String> away) {
    return new Asking(classes, reference, texts, away);
  }

  /**
   * The model as it is asked: away from the negative prompt, where there is one.
   *
   * @throws InputException when something is told that it does not take
   */
  public StudentModel prepared(StudentModel model) {
    for (Conditioning.Input input : model.conditioning().inputs()) {
      if (!TOLD.contains(input.name())) {
        throw new InputException(
            model.origin(),
            "it is conditioned on " + input,
            "classes or texts alone",
            "draw images under conditions of your choice, ./fdistill sample --"
                + (model.pipeline().isPresent() ? "prompt" : "condition")
                + " ... --out FOLDER, and evaluate that folder");
      }
    }
    boolean texts = takesTexts(model);
    if (!texts && !(prompts.isEmpty() && negative.isEmpty())) {
      throw InputException.ofValue("prompt", "a text", "nothing: the model takes no texts");
    } else if (texts && negative.isPresent()) {
      Tokenizer tokenizer = tokenizer(model);
      ConditionRows row = CaptionTokens.of(tokenizer, List.of(negative.get())).rows();
      return ModelTokenizer.awayFrom(model, row);
    }
    return model;
  }

  private static boolean takesTexts(StudentModel model) {
    return model.conditioning().input(CaptionTokens.TOKENS).isPresent();
  }

  private static Tokenizer tokenizer(StudentModel model) {
    return model
        .tokenizer()
        .orElseThrow(
            () ->
                new InputException(
                    model.origin(),
                    "it takes tokens, and has no tokenizer",
                    "a tokenizer's files in its assets.extra/tokenizer",
                    "put those that it was trained with there"));
  }

  /**
   * What a model is asked for, image after image and then from the beginning again. Captions come
   * in an order by chance that is always the same, with the classes of their images.
   *
   * @throws InputException when it takes texts and there are none
   */
  public ClassMix.Asked of(StudentModel model) {
    if (!takesTexts(model)) {
      return classes.of(model);
    }
    Tokenizer tokenizer = tokenizer(model);
    if (!prompts.isEmpty()) {
      CaptionTokens tokens = CaptionTokens.of(tokenizer, prompts);
      String words = words(prompts.size(), "prompt", tokens.note("prompt"));
      return new ClassMix.Asked(tokens.rows(), Optional.of(words), model.classNames(), prompts);
    }
    ImageSource images =
        reference.orElseThrow(
            () ->
                new InputException(
                    model.origin(),
                    "it takes texts, and what it is measured against has none",
                    "prompts",
                    "name them (--prompts FILE), or measure against images with captions"));
    CaptionedImages captioned = CaptionedImages.of(images, tokenizer, true);
    List<String> all = captioned.captions().texts();
    List<String> texts = order(captioned).mapToObj(i -> all.get((int) i)).toList();
    String words = words(texts.size(), "caption", captioned.tokens().note("caption"));
    return new ClassMix.Asked(
        conditions(captioned), Optional.of(words), new ClassNames(images.classNames()), texts);
  }

  private static String words(int count, String kind, Optional<String> note) {
    String of = kind.equals("caption") ? " of the reference, by chance" : "";
    String cut = note.map(words -> "; " + words).orElse("");
    return "Drawn of " + count + " " + kind + (count == 1 ? "" : "s") + of + cut;
  }

  /** Conditions as images have them, in an order by chance that is always the same. */
  static ConditionRows conditions(ImageSource images) {
    long[] order = order(images).toArray();
    ConditionRows rows = ConditionRows.zeros(images.conditioning(), order.length);
    for (int i = 0; i < order.length; i++) {
      images.copyCondition(order[i], rows, i);
    }
    return rows;
  }

  /** The numbers of images that are asked for, one after another. */
  private static LongStream order(ImageSource images) {
    Shuffle order = new Shuffle(images.size(), 0);
    return LongStream.range(0, Math.min(images.size(), MOST_CAPTIONS)).map(order::at);
  }

  /** The same as images have them, whatever these are. */
  public static ClassMix.Asked ofImages(ImageSource images) {
    return new ClassMix.Asked(
        conditions(images), Optional.empty(), new ClassNames(images.classNames()));
  }

  /** What tells images under these texts from others of the same seeds; of classes nothing. */
  String identity() {
    return prompts.isEmpty() && negative.isEmpty()
        ? ""
        : " of " + Sha256.ofText(String.join("\n", prompts) + "\n\n" + negative.orElse(""));
  }
}
