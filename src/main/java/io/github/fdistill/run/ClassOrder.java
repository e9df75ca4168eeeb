package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Relabelled;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Logger;

/** Which label each class of images has for whoever learns from them. */
final class ClassOrder {
  private static final Logger LOG = Logs.of(ClassOrder.class);

  private ClassOrder() {}

  /**
   * The images with labels in the order of others' classes, where the same names stand in another;
   * where one side has none and the other's are numbers, these are the labels.
   *
   * @param known the names of the others
   * @param count how many the others are
   * @param whose classes they are, for messages
   * @throws InputException when there are names on both sides that do not go together
   */
  static ImageSource of(ImageSource images, ClassNames known, int count, String whose) {
    ClassNames.Compared compared = compared(images, known, count);
    if (!compared.named()) {
      return images;
    }
    ClassNames classes = compared.others();
    int[] labels = labels(images, compared, known, whose);
    boolean same = Arrays.equals(labels, IntStream.range(0, labels.length).toArray());
    if (same && labels.length == classes.names().size()) {
      return images;
    }
    if (!same) {
      LOG.info("The dataset's classes are matched by name with those of {}: {}", whose, classes);
    }
    return new Relabelled(images, labels, classes.names());
  }

  /** Refuses the images for which {@link #of} does so. */
  static void require(ImageSource images, ClassNames known, int count, String whose) {
    ClassNames.Compared compared = compared(images, known, count);
    if (compared.named()) {
      labels(images, compared, known, whose);
    }
  }

  private static ClassNames.Compared compared(ImageSource images, ClassNames known, int count) {
    return new ClassNames(images.classNames()).with(images.classes(), known, count);
  }

  private static int[] labels(
      ImageSource images, ClassNames.Compared compared, ClassNames known, String whose) {
    return compared
        .labels()
        .orElseThrow(
            () ->
                new InputException(
                    "the classes of the dataset",
                    compared.own().toString(),
                    "those of " + whose + ": " + compared.others(),
                    "give the classes these names"
                        + (images.classNames().isEmpty() || known.isEmpty()
                            ? ""
                            : ", or none: labels are then what counts")));
  }
}
