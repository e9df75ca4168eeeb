package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.DenoiserModel;
import org.tensorflow.ndarray.Shape;

/** Whether models and data belong together; asked before any work starts. */
final class Contract {
  private Contract() {}

  /** Refuses a model of other image sizes or another number of classes than the dataset's. */
  static void requireFits(String field, DenoiserModel model, ImageSource images) {
    Shape data = Shape.of(images.height(), images.width(), images.channels());
    if (!model.image().equals(data)) {
      throw new InputException(
          "field " + field + ": " + model.origin(),
          "it takes images of " + size(model.image()),
          "images of " + size(data) + ", as the dataset has",
          "choose a model and a dataset of one size");
    }
    requireClasses(field, model, images.classes());
  }

  private static void requireClasses(String field, DenoiserModel model, int classes) {
    int known = model.info().getClasses();
    if (known > 0 && known != classes) {
      throw new InputException(
          "field " + field + ": " + model.origin(),
          "it knows " + known + " classes",
          classes + " classes, as the dataset has",
          "choose a model and a dataset with the same classes");
    }
  }

  /** Refuses a student that could not take the teacher's place. */
  static void requireAlike(DenoiserModel teacher, DenoiserModel student) {
    if (!student.image().equals(teacher.image())
        || student.conditional() != teacher.conditional()) {
      throw new InputException(
          "field student: " + student.origin(),
          describe(student),
          "the teacher's: " + describe(teacher),
          "choose a student of the teacher's image size, conditional if the teacher is");
    }
  }

  private static String describe(DenoiserModel model) {
    return "images of "
        + size(model.image())
        + (model.conditional() ? ", with a label" : ", without a label");
  }

  private static String size(Shape image) {
    return image.get(0) + "x" + image.get(1) + "x" + image.get(2);
  }
}
