package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.savedmodel.TensorBundle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Every variable of a training graph, how it begins, and its way to a checkpoint and back. A
 * checkpoint holds all that training changes; frozen weights come from their SavedModel again.
 */
public final class State {
  private static final String FILE = "state";

  private final Ops tf;
  private final Map<String, FloatVariable> trained = new LinkedHashMap<>();
  private final Map<FloatVariable, float[]> beginnings = new LinkedHashMap<>();
  private final Map<FloatVariable, Expr> reads = new LinkedHashMap<>();

  public State(Ops tf) {
    this.tf = tf;
  }

  /** A vector that training changes, with its first values. */
  FloatVariable trained(String name, float[] values) {
    FloatVariable variable = frozen(name, values);
    trained.put(name, variable);
    return variable;
  }

  /** A vector that stays as it is. */
  FloatVariable frozen(String name, float[] values) {
    FloatVariable variable = FloatVariable.create(tf, name, Shape.of(values.length));
    beginnings.put(variable, values);
    return variable;
  }

  /** Variables made elsewhere that begin as zeros. */
  void zeros(Iterable<FloatVariable> variables) {
    for (FloatVariable variable : variables) {
      trained.put(variable.name(), variable);
    }
  }

  /** A variable made elsewhere that begins as another one does. */
  void beginsLike(FloatVariable variable, FloatVariable other) {
    trained.put(variable.name(), variable);
    beginnings.put(variable, beginnings.get(other));
  }

  /** Gives every variable its first value. */
  public void initialise(Session session) {
    Session.Runner zeros = session.runner();
    trained.values().stream()
        .filter(v -> !beginnings.containsKey(v))
        .forEach(v -> zeros.addTarget(v.zero()));
    zeros.run().close();
    beginnings.forEach((variable, values) -> load(session, variable, values));
  }

  /** Writes what training changes, in TensorFlow's checkpoint format, into a folder. */
  public void save(Session session, Path folder) {
    Map<String, TensorBundle.Entry> entries = new LinkedHashMap<>();
    Session.Runner runner = session.runner();
    List<FloatVariable> variables = new ArrayList<>(trained.values());
    variables.forEach(v -> runner.fetch(read(v)));
    try (Result result = runner.run()) {
      for (int i = 0; i < variables.size(); i++) {
        float[] values = TensorBundle.floats((TFloat32) result.get(i));
        FloatVariable variable = variables.get(i);
        entries.put(variable.name(), new TensorBundle.Entry(variable.shape(), values));
      }
    }
    TensorBundle.write(folder.resolve(FILE), entries);
  }

  /**
   * Reads a checkpoint; frozen weights keep their first values.
   *
   * @throws InputException when it is of another network
   */
  public void restore(Session session, Path folder) {
    initialise(session);
    Map<String, TensorBundle.Entry> entries;
    try {
      entries = TensorBundle.read(folder.resolve(FILE), List.copyOf(trained.keySet()));
    } catch (RuntimeException e) {
      throw unfit(folder, e.getMessage());
    }
    for (FloatVariable variable : trained.values()) {
      TensorBundle.Entry entry = entries.get(variable.name());
      if (!entry.shape().equals(variable.shape())) {
        throw unfit(folder, variable.name() + " has shape " + entry.shape());
      }
      load(session, variable, entry.values());
    }
  }

  private static InputException unfit(Path folder, String found) {
    return new InputException(
        folder.toString(),
        "the checkpoint does not fit this run: " + found,
        "a checkpoint of the same network and settings",
        "remove the run's folder to begin anew, or take another name with --set name=...");
  }

  private static void load(Session session, FloatVariable variable, float[] values) {
    try (TFloat32 tensor = TensorBundle.tensor(variable.shape(), values)) {
      variable.load(session, tensor);
    }
  }

  /** The present values of a variable. */
  public float[] values(Session session, FloatVariable variable) {
    try (Result result = session.runner().fetch(read(variable)).run()) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }

  /** A read outside every step, made once. */
  private Expr read(FloatVariable variable) {
    return reads.computeIfAbsent(variable, v -> v.read(tf));
  }
}
