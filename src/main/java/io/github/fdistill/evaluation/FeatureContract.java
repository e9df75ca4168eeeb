package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto.Dim;

/**
 * What a SavedModel must offer to give features, and what one does offer.
 *
 * @param imagesTensor the tensor's name in the graph; so are the next two
 * @param logitsTensor null where there are none
 * @param dimension d
 * @param classes K; empty where there are no logits
 */
record FeatureContract(
    String imagesTensor,
    String featuresTensor,
    String logitsTensor,
    int height,
    int width,
    int channels,
    int dimension,
    OptionalInt classes) {

  static final String TEXT =
      "the signature `features`: images [N,H,W,C] uint8 -> features [N,d] float32 (and, if you"
          + " want the accuracy of labelled samples, logits [N,K] float32), N free, all else fixed";

  private static final String SIGNATURE = "features";
  private static final String IMAGES = "images";
  private static final String FEATURES = "features";
  private static final String LOGITS = "logits";

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
        images.getName(),
        features.getName(),
        logits == null ? null : logits.getName(),
        image.get(0),
        image.get(1),
        image.get(2),
        rowShape(folder, FEATURES, features, DataType.DT_FLOAT, 1).get(0),
        logits == null
            ? OptionalInt.empty()
            : OptionalInt.of(rowShape(folder, LOGITS, logits, DataType.DT_FLOAT, 1).get(0)));
  }

  /** The shape behind N, which must be free. */
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
    return dims.stream().skip(1).map(Math::toIntExact).toList();
  }

  private static InputException broken(String folder, String found) {
    return new InputException(
        folder,
        "gives no features: " + found,
        TEXT,
        "export the network with that signature; resizing and scaling belong inside it");
  }
}
