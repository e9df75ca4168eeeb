package io.github.fdistill.condition;

import java.util.Map;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * Conditions as tensors, for the time of a run.
 *
 * @param byName by the names of a model's inputs
 */
public record ConditionTensors(Map<String, Tensor> byName) implements AutoCloseable {

  /**
   * Feeds them.
   *
   * @param placeholders of the graph, by the same names
   */
  public Session.Runner into(Session.Runner runner, Condition placeholders) {
    byName.forEach((name, tensor) -> runner.feed(placeholders.tensors().get(name), tensor));
    return runner;
  }

  @Override
  public void close() {
    byName.values().forEach(Tensor::close);
  }
}
