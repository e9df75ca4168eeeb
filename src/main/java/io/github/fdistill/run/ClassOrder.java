package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Relabelled;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Which label each class of images has for whoever learns from them. */
final class ClassOrder {
  private static final Logger LOG = LogManager.getLogger(ClassOrder.class);

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
    ClassNames own = new ClassNames(images.classNames());
    ClassNames.Compared compared = own.with(images.classes(), known, count);
    if (!compared.named()) {
      return images;
    }
    ClassNames classes = compared.others();
    int[] labels =
        compared
            .labels()
            .orElseThrow(
                () ->
                    new InputException(
                        "the classes of the dataset",
                        compared.own().toString(),
                        "those of " + whose + ": " + classes,
                        "give the classes these names"
                            + (own.isEmpty() || known.isEmpty()
                                ? ""
                                : ", or none: labels are then what counts")));
    boolean same = Arrays.equals(labels, IntStream.range(0, labels.length).toArray());
    if (same && labels.length == classes.names().size()) {
      return images;
    }
    if (!same) {
      LOG.info("The dataset's classes are matched by name with those of {}: {}", whose, classes);
    }
    return new Relabelled(images, labels, classes.names());
  }
}
