package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionText;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.wire.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorInfo;

/** What a served model is conditioned on, and what a query of the page says of it. */
final class PageConditions {
  /** In a query, the label goes by this name. */
  private static final String CLASS = "class";

  private PageConditions() {}

  /**
   * The inputs of a signature that are conditions.
   *
   * @param own the inputs that are none, such as seed
   * @return empty where an input can be no condition: the page cannot ask the model
   */
  static Optional<Conditioning> of(Signature signature, Set<String> own) {
    List<Conditioning.Input> inputs = new ArrayList<>();
    for (Map.Entry<String, TensorInfo> input : signature.inputs().entrySet()) {
      if (!own.contains(input.getKey())) {
        TensorInfo info = input.getValue();
        long[] dims =
            info.getTensorShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray();
        if (dims.length == 0) {
          return Optional.empty();
        }
        try {
          inputs.add(
              new Conditioning.Input(
                  input.getKey(), info.getDtype(), Shape.of(dims).tail(), List.of()));
        } catch (InputException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new Conditioning(inputs));
  }

  /**
   * Rows that are all as a query says: a class, and numbers with commas between them for whatever
   * else the model takes; zeros where it says nothing.
   *
   * @throws ApiException when it says anything else
   */
  static ConditionRows rows(Conditioning conditioning, Map<String, String> query, int count) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Conditioning.Input input : conditioning.inputs()) {
      boolean label = input.name().equals(Conditioning.LABEL);
      String text = query.getOrDefault(label ? CLASS : input.name(), "");
      if (label && !text.matches("\\d{0,10}")) {
        throw ApiException.invalid(
            CLASS + " is '" + text + "', expected a whole number from 0 to " + Integer.MAX_VALUE);
      }
      if (!text.isEmpty()) {
        texts.put(input.name(), text);
      }
    }
    try {
      return ConditionText.read(conditioning, texts).rows(new int[count]);
    } catch (InputException e) {
      throw ApiException.invalid(e.getMessage());
    }
  }
}
