package io.github.fdistill.inspect;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.SignatureDef;

/**
 * A signature of a model.
 *
 * @param network what it is as a network; empty where it is none
 * @param refusal why it is none; empty where it is one
 */
public record SignatureReport(
    String name,
    List<TensorLine> inputs,
    List<TensorLine> outputs,
    Optional<NetworkReport> network,
    String refusal) {

  static SignatureReport of(SavedModel model, String name) {
    SignatureDef signature = model.signature(name);
    List<TensorLine> inputs = TensorLine.of(signature.getInputsMap());
    List<TensorLine> outputs = TensorLine.of(signature.getOutputsMap());
    try {
      NetworkFunction function = model.function(name);
      model.requireStored(function.parameters());
      NetworkReport network = NetworkReport.of(model, signature, function);
      return new SignatureReport(name, inputs, outputs, Optional.of(network), "");
    } catch (InputException e) {
      return new SignatureReport(name, inputs, outputs, Optional.empty(), e.getMessage());
    }
  }
}
