package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/**
 * Images that never change, all of one size, and what each is of: its class, and more where a
 * source knows more. Safe for use by several threads.
 */
public interface ImageSource {
  /**
   * How files become pixels. It is raised whenever the same files give other pixels than before, so
   * that what was kept of them, statistics, latents and what a look at pictures found, is computed
   * again. No fingerprint tells it: a run that was begun goes on.
   */
  int PIXELS = 2;

  /** Conditions that are drawn under, at most: a picture has a row for each. */
  int MOST_EXAMPLES = 20;

  /** Number of images, at least 1. */
  long size();

  int height();

  int width();

  int channels();

  /** Number of classes; every label is below it. */
  int classes();

  /** What the classes are called, in their order; empty where they have no names. */
  default List<String> classNames() {
    return List.of();
  }

  /** Whether it is said what class each is of: of several, or of one that has a name. */
  default boolean saysClasses() {
    return classes() > 1 || !classNames().isEmpty();
  }

  /** How many classes it says, in words. */
  default String classesInWords() {
    if (!saysClasses()) {
      return "without classes";
    }
    return classes() == 1 ? "1 class" : classes() + " classes";
  }

  /** The class of an image, from 0. */
  int label(long index);

  /**
   * What an image is said to show, in one caption or several; nothing where it has none.
   *
   * @throws io.github.fdistill.InputException if they cannot be read
   */
  default List<String> captions(long index) {
    return List.of();
  }

  /** Whether images have captions, as far as is known without a look at each. */
  default boolean hasCaptions() {
    return false;
  }

  /** What an image is called in messages. */
  default String where(long index) {
    return "image " + index;
  }

  /** What is known of each image: of these, models are told what they take. */
  default Conditioning conditioning() {
    return Conditioning.ofClasses(classes());
  }

  /**
   * Copies what is known of an image into a row.
   *
   * @param into rows of {@link #conditioning}
   */
  default void copyCondition(long index, ConditionRows into, int row) {
    into.labels().ifPresent(labels -> labels[row] = label(index));
  }

  /**
   * What images are drawn under to see what a model has learnt: each class that has images once,
   * the first {@link #MOST_EXAMPLES}. Where more is known of each image, what is known of as many
   * images, spread over the set.
   */
  default ConditionRows examples() {
    if (conditioning().isClassAlone()) {
      return ConditionRows.ofLabels(ClassCounts.of(this).first(MOST_EXAMPLES));
    }
    int count = (int) Math.min(MOST_EXAMPLES, size());
    ConditionRows rows = ConditionRows.zeros(conditioning(), count);
    for (int i = 0; i < count; i++) {
      copyCondition(i * size() / count, rows, i);
    }
    return rows;
  }

  /** Whether each row is of one caption, which a model is told. */
  default boolean tellsCaptions() {
    return false;
  }

  /** The captions of {@link #examples}, where a model is told them; else none. */
  default List<String> exampleCaptions() {
    if (!tellsCaptions()) {
      return List.of();
    }
    int count = (int) Math.min(MOST_EXAMPLES, size());
    return IntStream.range(0, count).mapToObj(i -> captions(i * size() / count).get(0)).toList();
  }

  /**
   * Copies an image, [height, width, channels] in C order, in data units: byte / 127.5 - 1, so that
   * 0 becomes -1 and 255 becomes 1.
   *
   * @param offset where in the array the image's first value goes
   */
  void copy(long index, float[] into, int offset);

  /**
   * The same of an image as it is seen in one place of training, where it may be seen in several
   * ways: one of them.
   *
   * @param key which of them is a function of this alone
   */
  default void draw(long index, long key, float[] into, int offset) {
    copy(index, into, offset);
  }

  /** An image as it is stored: of a size of its own, where a source has such. */
  default SizedImage stored(long index) {
    float[] values = new float[valuesPerImage()];
    copy(index, values, 0);
    return new SizedImage(where(index), values, height(), width(), channels());
  }

  /**
   * Looks at all images, as closely as is quick: what would end a run later is told of now.
   *
   * @throws io.github.fdistill.InputException if one cannot be used
   */
  default void check() {}

  /**
   * The same of every pixel, where that takes longer.
   *
   * @param done is told how many images are looked at, by several threads
   * @throws io.github.fdistill.InputException if one cannot be used
   */
  default void checkPixels(LongConsumer done) {}

  /** What is to be known of the images before they are used, a line each. */
  default List<String> notes() {
    return ClassCounts.of(this).gaps().stream().toList();
  }

  /**
   * The images that were asked for and could not be read, none of which has been used: what the
   * fingerprint says of each, by its name.
   */
  default Map<String, String> unread() {
    return Map.of();
  }

  /** The fingerprint that there would be if some images were others, as {@link #unread} has it. */
  default String fingerprintWith(Map<String, String> others) {
    return fingerprint();
  }

  /** SHA-256, in hex, that changes when any file changes that the images were read from. */
  String fingerprint();

  /**
   * How the files are read, where they could be read in another way and it is said in which: words
   * after a blank, as {@code " background #ffffff"}; else nothing. The fingerprint does not tell
   * this: of a run, its settings do.
   */
  default String readAs() {
    return "";
  }

  /** What tells these images from all others, that of the same files read in another way too. */
  default String identity() {
    return fingerprint() + readAs();
  }

  /**
   * What they are seen as, each once, under the same labels: of latents the pictures that they
   * were; of rows that show a picture again, for another caption or mirrored, the pictures as they
   * are stored.
   */
  default ImageSource pictures() {
    return this;
  }

  /** The shape of an image, [H,W,C]. */
  default Shape shape() {
    return Shape.of(height(), width(), channels());
  }

  /** Number of values in an image: height * width * channels. */
  default int valuesPerImage() {
    return height() * width() * channels();
  }
}
