package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DataRange;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.GeneratorMapping;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** A SavedModel that makes images of noise, as a generator of ours. */
final class MappedGenerator {
  private MappedGenerator() {}

  /**
   * @param said with a generator
   * @param conditions inputs beside noise and label that are conditions by their own names
   * @throws InputException for whatever of the mapping the model does not fit
   */
  static GeneratorModel read(SavedModel model, ModelInfo said, Set<String> conditions) {
    GeneratorMapping mapping = said.info().getGenerator();
    DenoiserInfo info = said.checked(!mapping.getLabel().isEmpty(), model.folder());
    String where = said.place("generator");
    ForeignSignature signature =
        ForeignSignature.of(model, mapping.getFunction(), mapping.getSignature(), where);
    Shape noise = signature.noise("noise", mapping.getNoise(), mapping.getLayout());
    if (!mapping.getLabel().isEmpty()) {
      signature.labels("label", mapping.getLabel(), info.getClasses());
    }
    List<Conditioning.Input> taken = new ArrayList<>();
    if (!mapping.getLabel().isEmpty()) {
      taken.add(Conditioning.label(info.getClasses()));
    }
    conditions.forEach(name -> taken.add(signature.condition("condition", name)));
    mapping.getConstantList().forEach(signature::constant);
    String output = signature.output("sample", mapping.getSample());
    requireRange(where, mapping.getRange());
    NetworkFunction network =
        signature.model().function(signature.name(), List.of(output), Map.of());
    signature.requireGiven(network.only(List.of(output)).inputs().keySet());

    Shape[] image = new Shape[1];
    NetworkFunction function =
        FunctionGraph.build(
            network.parameters(),
            graph -> {
              Expr z = graph.images("noise", noise);
              Condition condition = graph.condition(new Conditioning(taken));
              ForeignInput.Call call = new ForeignInput.Call(z, null, condition);
              Map<String, Output<?>> out =
                  network.call(graph.tf(), "foreign", signature.arguments(call), graph.weights());
              Expr made = ForeignInput.floats(graph.tf(), out.get(output));
              image[0] = image(where, output, made.shape(), mapping);
              return Map.of("sample", inOurRange(made, mapping));
            });
    return new GeneratorModel(
        model.folder().toString(),
        function,
        model.weights(function.parameters()),
        info.toBuilder().clearInterface().build(),
        image[0],
        noise);
  }

  private static Expr inOurRange(Expr made, GeneratorMapping mapping) {
    double low = mapping.getRange().getLow();
    double high = mapping.getRange().getHigh();
    Expr images = ForeignInput.nhwc(made, mapping.getLayout());
    boolean ours = low == -1 && high == 1;
    return ours ? images : images.minus((low + high) / 2).over((high - low) / 2);
  }

  private static Shape image(String where, String output, Shape shape, GeneratorMapping mapping) {
    if (!Shape.of(-1, -1, -1, -1).isCompatibleWith(shape)
        || shape.isUnknown()
        || shape.get(1) < 0
        || shape.get(2) < 0
        || shape.get(3) < 0) {
      throw new InputException(
          where + ".sample",
          "'" + output + "' has shape " + shape,
          "images of fixed height, width and channels, in the layout " + mapping.getLayout(),
          "name another output, or export the model with images of a fixed size");
    }
    return switch (mapping.getLayout()) {
      case NHWC -> Shape.of(shape.get(1), shape.get(2), shape.get(3));
      case NCHW -> Shape.of(shape.get(2), shape.get(3), shape.get(1));
    };
  }

  private static void requireRange(String where, DataRange range) {
    if (!(range.getLow() < range.getHigh() && Double.isFinite(range.getHigh() - range.getLow()))) {
      throw new InputException(
          where + ".range",
          "from " + range.getLow() + " to " + range.getHigh(),
          "low < high",
          "0 and 255 for bytes, 0 and 1, or -1 and 1");
    }
  }
}
