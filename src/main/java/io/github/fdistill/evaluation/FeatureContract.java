package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.files.Heap;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.savedmodel.SavedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto.Dim;

/**
 * What a SavedModel must offer to give features, and what one does offer.
 *
 * @param folder of the SavedModel
 * @param dimension d
 * @param classes K; empty where there are no logits
 */
public record FeatureContract(
    Path folder, int height, int width, int channels, int dimension, OptionalInt classes) {

  static final String TEXT =
      "the signature `features`: images [N,H,W,C] uint8 -> features [N,d] float32 (and, if you"
          + " want the accuracy of labelled samples, logits [N,K] float32), N free, all else fixed";

  static final String SIGNATURE = "features";
  static final String IMAGES = "images";
  static final String FEATURES = "features";
  static final String LOGITS = "logits";

  /** In an image, its features or its logits: a picture of 8192x8192 has fewer. */
  private static final int MOST_VALUES = 1 << 28;

  private static final String ANOTHER_SIZE =
      "make features for their size (docs/data.md, Features of your own), or resize or convert"
          + " the images";

  /**
   * What is told by the signature alone of a model that is not loaded.
   *
   * @param path a version folder, or a model's folder, whose newest version is taken
   * @throws InputException if it is no SavedModel, or breaks the contract
   */
  public static FeatureContract read(Path path) {
    return of(SavedModel.read(path));
  }

  /**
   * Reads it off a SavedModel's signature.
   *
   * @throws InputException where it is not kept; states it
   */
  static FeatureContract of(SavedModel model) {
    Map<String, SignatureDef> signatures = model.metaGraph().getSignatureDefMap();
    String folder = model.folder().toString();
    SignatureDef signature = signatures.get(SIGNATURE);
    if (signature == null) {
      throw broken(folder, "no signature '" + SIGNATURE + "'; it has " + signatures.keySet());
    }
    if (!signature.getInputsMap().keySet().equals(java.util.Set.of(IMAGES))) {
      throw broken(folder, "its inputs are " + signature.getInputsMap().keySet());
    }
    Map<String, TensorInfo> outputs = signature.getOutputsMap();
    if (!outputs.containsKey(FEATURES)) {
      throw broken(folder, "its outputs are " + outputs.keySet());
    }
    TensorInfo images = signature.getInputsOrThrow(IMAGES);
    TensorInfo features = outputs.get(FEATURES);
    TensorInfo logits = outputs.get(LOGITS);
    List<Integer> image = rowShape(folder, IMAGES, images, DataType.DT_UINT8, 3);
    return new FeatureContract(
        model.folder(),
        image.get(0),
        image.get(1),
        image.get(2),
        rowShape(folder, FEATURES, features, DataType.DT_FLOAT, 1).get(0),
        logits == null
            ? OptionalInt.empty()
            : OptionalInt.of(rowShape(folder, LOGITS, logits, DataType.DT_FLOAT, 1).get(0)));
  }

  /** [N,H,W,C], N free. */
  Shape images() {
    return image().prepend(-1);
  }

  /** Whether images are taken as they are, and there are enough of them. */
  public boolean takes(ImageSource images) {
    return images.shape().equals(image()) && images.size() > dimension;
  }

  /**
   * Refuses images of another size; nothing is ever resized silently.
   *
   * @param where the images' file, folder or dataset
   * @param image [H,W,C]
   */
  public void requireSize(String where, Shape image) {
    requireSize(where, image, ANOTHER_SIZE);
  }

  /**
   * @param remedy for another size
   */
  void requireSize(String where, Shape image, String remedy) {
    if (!image.equals(image())) {
      throw new InputException(
          where,
          "images of " + Drawable.size(image),
          Drawable.size(image()) + ", which the network " + folder + " takes",
          remedy);
    }
  }

  /** The shape of an image, [H,W,C]. */
  Shape image() {
    return Shape.of(height, width, channels);
  }

  /** Number of values in an image. */
  int valuesPerImage() {
    return height * width * channels;
  }

  /** The shape behind N, which must be free; of no more numbers than one row may have. */
  private static List<Integer> rowShape(
      String folder, String name, TensorInfo tensor, DataType type, int rank) {
    List<Long> dims = tensor.getTensorShape().getDimList().stream().map(Dim::getSize).toList();
    boolean kept =
        tensor.getDtype() == type
            && !tensor.getTensorShape().getUnknownRank()
            && dims.size() == rank + 1
            && dims.get(0) == -1
            && dims.stream().skip(1).allMatch(size -> size > 0 && size <= Integer.MAX_VALUE);
    if (!kept) {
      String shape = tensor.getTensorShape().getUnknownRank() ? "unknown" : dims.toString();
      throw broken(
          folder, name + " is " + tensor.getDtype() + " of shape " + shape + " (-1: free)");
    }
    List<Integer> row = dims.stream().skip(1).map(Math::toIntExact).toList();
    double values = row.stream().mapToDouble(size -> size).reduce(1, (a, b) -> a * b);
    String found = String.format(Locale.ROOT, "%s of %s, %,.0f numbers each", name, row, values);
    if (values > MOST_VALUES) {
      throw new InputException(
          folder,
          found,
          String.format(Locale.ROOT, "at most %,d", MOST_VALUES),
          "export the network for a usual size");
    }
    Heap.require(folder, found, (Float.BYTES + 1) * (long) values);
    return row;
  }

  private static InputException broken(String folder, String found) {
    return new InputException(
        folder,
        "gives no features: " + found,
        TEXT,
        "export the network with that signature; resizing and scaling belong inside it");
  }
}
