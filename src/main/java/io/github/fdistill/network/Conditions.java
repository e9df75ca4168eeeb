package io.github.fdistill.network;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.graph.NetworkFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What networks are conditioned on, by their functions' inputs and what is said of them. */
final class Conditions {
  private Conditions() {}

  /**
   * Every input that is not the network's own.
   *
   * @param own such as x and sigma
   * @param info says how many classes there are, and what other inputs are where there is no
   *     condition
   * @throws io.github.fdistill.InputException when an input cannot be a condition
   */
  static Conditioning of(NetworkFunction function, Set<String> own, DenoiserInfo info) {
    Map<String, NetworkFunction.Input> placeholders = function.placeholders();
    List<Conditioning.Input> inputs = new ArrayList<>();
    for (String name : function.inputs().keySet()) {
      if (own.contains(name)) {
        continue;
      }
      NetworkFunction.Input input = placeholders.get(name);
      if (name.equals(Conditioning.LABEL)) {
        inputs.add(Conditioning.label(info.getClasses()));
      } else if (input != null) {
        inputs.add(
            new Conditioning.Input(name, input.dataType(), input.shape().tail(), none(name, info)));
      }
    }
    return new Conditioning(inputs);
  }

  private static List<Double> none(String name, DenoiserInfo info) {
    return info.getNoneList().stream()
        .filter(none -> none.getInput().equals(name))
        .findFirst()
        .map(NoneCondition::getValueList)
        .orElse(List.of());
  }
}
