package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/** Whether a SavedModel has the signature {@code denoise} as every denoiser has it. */
final class DenoiserContract {
  private static final Set<String> OWN = Set.of("x", "sigma", Conditioning.LABEL);

  private final SignatureDef signature;
  private final String where;

  private DenoiserContract(SavedModel model) {
    this.signature = model.signature(DenoiserModel.SIGNATURE);
    this.where = model.folder() + ", signature " + DenoiserModel.SIGNATURE;
  }

  /**
   * Reads the signature with its denoised images and, of its other outputs, those that are feature
   * maps.
   *
   * @throws InputException when the signature is not there, or a tensor does not fit
   */
  static DenoiserModel read(SavedModel model, ModelInfo said) {
    DenoiserContract contract = new DenoiserContract(model);
    Shape image = contract.image(contract.input("x", DataType.DT_FLOAT));
    contract.requireRows("sigma", contract.input("sigma", DataType.DT_FLOAT));
    boolean conditional = contract.signature.containsInputs(Conditioning.LABEL);
    if (conditional) {
      contract.requireRows(
          Conditioning.LABEL, contract.input(Conditioning.LABEL, DataType.DT_INT32));
    }
    contract.requireConditions();
    contract.requireDenoised(image);
    NetworkFunction function =
        model.function(DenoiserModel.SIGNATURE, contract.outputs(), Map.of());
    return new DenoiserModel(
        model.folder().toString(),
        function,
        model.weights(function.parameters()),
        said.checked(conditional, model.folder()),
        image);
  }

  private List<String> outputs() {
    List<String> outputs = new ArrayList<>();
    signature
        .getOutputsMap()
        .forEach(
            (name, info) -> {
              long[] dims = ForeignTensors.dims(info);
              boolean map = dims == null || dims.length == 4;
              if (info.getDtype() == DataType.DT_FLOAT && map) {
                outputs.add(name);
              }
            });
    return outputs;
  }

  private TensorInfo input(String name, DataType type) {
    TensorInfo info = signature.getInputsMap().get(name);
    if (info == null || info.getDtype() != type) {
      throw wrong(
          info == null
              ? "no input '" + name + "'; it has " + signature.getInputsMap().keySet()
              : "the input '" + name + "' is " + info.getDtype());
    }
    return info;
  }

  private void requireRows(String name, TensorInfo info) {
    long[] dims = ForeignTensors.dims(info);
    if (dims != null && (dims.length != 1 || dims[0] > 0)) {
      throw wrong("the input '" + name + "' has shape " + Arrays.toString(dims));
    }
  }

  /** Whatever else it takes has a row for each image, and says what a row is. */
  private void requireConditions() {
    signature
        .getInputsMap()
        .forEach(
            (name, info) -> {
              if (!OWN.contains(name)) {
                long[] dims = ForeignTensors.dims(info);
                boolean rows = dims != null && dims.length > 0 && dims[0] < 0;
                boolean fixed = rows && Arrays.stream(dims).skip(1).allMatch(d -> d > 0);
                boolean numbers =
                    info.getDtype() == DataType.DT_FLOAT || info.getDtype() == DataType.DT_INT32;
                if (!fixed || !numbers) {
                  throw wrong(
                      "the input '"
                          + name
                          + "' is "
                          + info.getDtype()
                          + " of shape "
                          + (dims == null ? "unknown" : Arrays.toString(dims)));
                }
              }
            });
  }

  private InputException wrong(String found) {
    return new InputException(
        where,
        found,
        "inputs x [N,H,W,C] DT_FLOAT, sigma [N] DT_FLOAT, and label [N] DT_INT32 when conditional;"
            + " further conditions are DT_FLOAT or DT_INT32, with a row of fixed shape for each"
            + " image",
        "export the model with that signature, or say how it is called (docs/models.md)");
  }

  private Shape image(TensorInfo x) {
    long[] dims = ForeignTensors.dims(x);
    boolean known = dims != null && dims.length == 4 && dims[1] > 0 && dims[2] > 0 && dims[3] > 0;
    if (!known || dims[0] > 0) {
      throw new InputException(
          where,
          "x has shape " + (dims == null ? "unknown" : Arrays.toString(dims)),
          "[-1, height, width, channels]: any batch size, the rest fixed",
          "export the model with a free batch size and a fixed image size, or say how it is called,"
              + " with rows, or height and width (docs/models.md)");
    }
    return Shape.of(dims[1], dims[2], dims[3]);
  }

  private void requireDenoised(Shape image) {
    TensorInfo denoised = signature.getOutputsMap().get(DenoiserModel.DENOISED);
    long[] dims = denoised == null ? null : ForeignTensors.dims(denoised);
    boolean shaped = dims == null || Shape.of(dims).isCompatibleWith(image.prepend(-1));
    if (denoised == null || denoised.getDtype() != DataType.DT_FLOAT || !shaped) {
      String name = "the output '" + DenoiserModel.DENOISED + "' ";
      throw new InputException(
          where,
          denoised == null
              ? "no output 'denoised'; it has " + signature.getOutputsMap().keySet()
              : shaped
                  ? name + "is " + denoised.getDtype()
                  : name + "has shape " + Arrays.toString(dims),
          "an output 'denoised' of x's shape, DT_FLOAT",
          "name the network's estimate of the clean image 'denoised', or say how it is called"
              + " (docs/models.md)");
    }
  }
}
