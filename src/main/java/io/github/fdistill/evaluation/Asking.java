package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Shuffle;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.ModelTexts;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import java.util.ArrayList;
import java.util.Arrays;
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

  private static final String PROMPT = "prompt";
  private static final String AWAY = "negative prompt";
  private static final String CAPTION = "caption";

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
    boolean texts = takesTexts(model);
    for (Conditioning.Input input : model.conditioning().inputs()) {
      if (!isTold(model, input.name())) {
        throw new InputException(
            model.origin(),
            "it is conditioned on " + input,
            "classes or texts alone",
            drawn(
                model,
                "under conditions of your choice",
                (texts ? "--prompt ... " : "") + "--condition ..."));
      }
    }
    if (!texts && !(prompts.isEmpty() && negative.isEmpty())) {
      throw InputException.ofValue(PROMPT, "a text", "nothing: the model takes no texts");
    } else if (texts && negative.isPresent()) {
      try (ModelTexts reader = new ModelTexts(model)) {
        // Of a text that is too long the words of what is drawn tell.
        return ModelTokenizer.awayFrom(
            model, reader.rows(List.of(negative.get()), AWAY, cut -> {}));
      }
    }
    return model;
  }

  private static boolean isTold(StudentModel model, String input) {
    return TOLD.contains(input) || isEncoded(model) && Context.INPUTS.contains(input);
  }

  /** Whether a model can be told texts: as tokens, or by text encoders that are with it. */
  public static boolean takesTexts(StudentModel model) {
    return model.conditioning().input(CaptionTokens.TOKENS).isPresent() || isEncoded(model);
  }

  private static boolean isEncoded(StudentModel model) {
    return model.conditioning().input(Context.CONTEXT).isPresent() && model.readsTexts();
  }

  /**
   * What a model is asked for, image after image and then from the beginning again. Captions come
   * in an order by chance that is always the same, with the classes of their images.
   *
   * @return rows that are made when they are asked for; the caller closes it
   * @throws InputException when it takes texts and there are none, or it takes a class beside a
   *     text and nobody knows that of a prompt, or of a caption of images without classes, or the
   *     model does not know that of a caption
   */
  public Asked of(StudentModel model) {
    if (!takesTexts(model)) {
      return classes.of(model);
    }
    if (!prompts.isEmpty()) {
      requireNoClass(model, "prompts", "leave the prompts out");
      return told(model, prompts, PROMPT, Optional.empty(), model.classNames());
    }
    ImageSource images =
        reference.orElseThrow(
            () ->
                new InputException(
                    model.origin(),
                    "it takes texts, and what it is measured against has none",
                    "prompts",
                    "name them (--prompts FILE), or measure against images with captions"));
    Captions captions = Captions.of(images);
    captions.require(images, true);
    int[] which = order(captions.texts().size()).mapToInt(i -> (int) i).toArray();
    List<String> texts = Arrays.stream(which).mapToObj(captions.texts()::get).toList();
    Optional<int[]> labels =
        labels(images, Arrays.stream(which).mapToLong(i -> captions.images()[i]));
    ClassMix all = new ClassMix(classes.reference(), labels, names(images), false).asKnownTo(model);
    if (all.labels().isEmpty()) {
      requireNoClass(
          model, "captions of images without classes", "measure against such images (--against)");
    }
    if (all.labels().isEmpty() || model.info().getClasses() < 1) {
      return told(model, texts, CAPTION, all.labels(), all.names());
    }
    return told(model, texts, CAPTION, Optional.of(all.inModel(model)), all.namesIn(model));
  }

  /** The classes of some images; nothing where they have none, and the label of each is 0. */
  private static Optional<int[]> labels(ImageSource images, LongStream which) {
    return images.saysClasses()
        ? Optional.of(which.mapToInt(images::label).toArray())
        : Optional.empty();
  }

  private static ClassNames names(ImageSource images) {
    return images.saysClasses() ? new ClassNames(images.classNames()) : ClassNames.NONE;
  }

  /**
   * @param texts that nobody knows the class of
   * @param other what else can be done
   */
  private static void requireNoClass(StudentModel model, String texts, String other) {
    if (model.conditioning().input(Conditioning.LABEL).isPresent()) {
      throw new InputException(
          model.origin(),
          "it takes a class beside a text, and " + texts + " have none",
          "the captions of images with classes",
          other + ", or " + drawn(model, "of a class", "--prompt ... --class ..."));
    }
  }

  /**
   * What to do where a model is to be asked for more than is known here.
   *
   * @param which images, in words
   * @param flags that ask for them
   */
  private static String drawn(StudentModel model, String which, String flags) {
    return (Drawable.ofLatents(Samples.shown(model)) ? "import it with --autoencoder, " : "")
        + "draw images "
        + which
        + ", ./fdistill sample "
        + flags
        + " --out FOLDER, and evaluate that folder";
  }

  /**
   * Texts as a model takes them.
   *
   * @param kind what they are called
   * @param labels a class of each; nothing where none is known
   */
  private Asked told(
      StudentModel model,
      List<String> texts,
      String kind,
      Optional<int[]> labels,
      ClassNames names) {
    List<String> cut = new ArrayList<>();
    negative.ifPresent(away -> cut.addAll(cut(model, List.of(away), AWAY)));
    Asked.Rows rows;
    if (isEncoded(model)) {
      cut.addAll(0, cut(model, texts, kind));
      rows = new TextRows(model, texts);
    } else {
      CaptionTokens tokens = CaptionTokens.of(ModelTexts.tokenizer(model), texts);
      tokens.note(kind).ifPresent(note -> cut.add(0, note));
      rows = tokens::rows;
    }
    Optional<String> words = Optional.of(words(texts.size(), kind, cut));
    return new Asked(texts.size(), rows, labels, words, names, texts);
  }

  /** What is to be known of texts that are too long. */
  private static List<String> cut(StudentModel model, List<String> texts, String kind) {
    if (isEncoded(model)) {
      long length = Context.rows(model.conditioning()).get(Context.CONTEXT).get(0);
      return model.pipeline().orElseThrow().cut(texts, Math.toIntExact(length), kind);
    }
    return CaptionTokens.of(ModelTexts.tokenizer(model), texts).note(kind).stream().toList();
  }

  private static String words(int count, String kind, List<String> cut) {
    String of = kind.equals(CAPTION) ? " of the reference, by chance" : "";
    String drawn = "Drawn of " + count + " " + kind + (count == 1 ? "" : "s") + of;
    return cut.isEmpty() ? drawn : drawn + "; " + String.join("; ", cut);
  }

  /** The first of so many, in an order by chance that is always the same. */
  private static LongStream order(long size) {
    Shuffle order = new Shuffle(size, 0);
    return LongStream.range(0, Math.min(size, MOST_CAPTIONS)).map(order::at);
  }

  /**
   * What images have, whatever it is, in an order by chance that is always the same. A row is read
   * when it is asked for: there may be more than memory has.
   */
  public static Asked ofImages(ImageSource images) {
    long[] order = order(images.size()).toArray();
    Conditioning known = images.conditioning();
    Asked.Rows rows =
        which -> {
          ConditionRows some = ConditionRows.zeros(known, which.length);
          for (int i = 0; i < which.length; i++) {
            images.copyCondition(order[which[i]], some, i);
          }
          return some;
        };
    Optional<int[]> labels =
        known.input(Conditioning.LABEL).flatMap(label -> labels(images, Arrays.stream(order)));
    return new Asked(order.length, rows, labels, Optional.empty(), names(images), List.of());
  }

  /** What tells images under these texts from others of the same seeds; of classes nothing. */
  String identity() {
    return prompts.isEmpty() && negative.isEmpty()
        ? ""
        : " of " + Sha256.ofText(String.join("\n", prompts) + "\n\n" + negative.orElse(""));
  }
}
