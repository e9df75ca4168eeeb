package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final List<FloatVariable> scratch = new ArrayList<>();
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

  /** Variables made elsewhere that are zeros between steps: no checkpoint holds them. */
  void scratch(Iterable<FloatVariable> variables) {
    variables.forEach(scratch::add);
  }

  /** A variable made elsewhere that begins as another one does. */
  void beginsLike(FloatVariable variable, FloatVariable other) {
    trained.put(variable.name(), variable);
    beginnings.put(variable, beginnings.get(other));
  }

  /** Gives every variable its first value. */
  public void initialise(Session session) {
    load(session, beginnings);
  }

  /** Writes what training changes into a folder. */
  public void save(Session session, Path folder) throws IOException {
    write(copy(session), folder);
  }

  /** What training changes, as it is now. */
  Map<String, TensorBundle.Entry> copy(Session session) {
    Map<String, TensorBundle.Entry> entries = new LinkedHashMap<>();
    values(session, trained.values())
        .forEach(
            (variable, values) ->
                entries.put(variable.name(), new TensorBundle.Entry(variable.shape(), values)));
    return entries;
  }

  /** Writes a copy of what training changes, in TensorFlow's checkpoint format, into a folder. */
  static void write(Map<String, TensorBundle.Entry> copy, Path folder) throws IOException {
    TensorBundle.write(folder.resolve(FILE), copy);
  }

  /**
   * Reads a checkpoint; frozen weights keep their first values.
   *
   * @throws InputException when it is of another network
   */
  public void restore(Session session, Path folder) {
    Map<String, TensorBundle.Entry> entries;
    try {
      entries = TensorBundle.read(folder.resolve(FILE), List.copyOf(trained.keySet()));
    } catch (RuntimeException e) {
      throw unfit(folder, e.getMessage());
    }
    Map<FloatVariable, float[]> values = new LinkedHashMap<>(beginnings);
    for (FloatVariable variable : trained.values()) {
      TensorBundle.Entry entry = entries.get(variable.name());
      if (!entry.shape().equals(variable.shape())) {
        throw unfit(folder, variable.name() + " has shape " + entry.shape());
      }
      values.put(variable, entry.values());
    }
    load(session, values);
  }

  /**
   * The values of one variable in a checkpoint.
   *
   * @throws InputException when it has none of that name
   */
  static float[] values(Path folder, String variable) {
    try {
      return TensorBundle.read(folder.resolve(FILE), List.of(variable)).get(variable).values();
    } catch (RuntimeException e) {
      throw new InputException(
          folder.toString(),
          "no variable " + variable + " can be read from it: " + e.getMessage(),
          "the checkpoint of a distillation, with that average of the student's weights",
          "name another average, or another run",
          e);
    }
  }

  private static InputException unfit(Path folder, String found) {
    return new InputException(
        folder.toString(),
        "the checkpoint does not fit this run: " + found,
        "a checkpoint of the same network and settings",
        "remove the run's folder to begin anew, or take another name with --set name=...");
  }

  /**
   * Gives every variable its value, or zeros where it has none: in one run, because TensorFlow
   * prepares the whole graph anew for each new set of targets.
   */
  private void load(Session session, Map<FloatVariable, float[]> values) {
    load(session, values, all());
  }

  private static void load(
      Session session, Map<FloatVariable, float[]> values, Set<FloatVariable> which) {
    List<TFloat32> tensors = new ArrayList<>();
    try {
      Session.Runner runner = session.runner();
      for (FloatVariable variable : which) {
        if (values.containsKey(variable)) {
          TFloat32 tensor = TensorBundle.tensor(variable.shape(), values.get(variable));
          tensors.add(tensor);
          runner.feed(variable.loaded(), tensor).addTarget(variable.load());
        } else {
          runner.addTarget(variable.zero());
        }
      }
      runner.run().close();
    } finally {
      tensors.forEach(TFloat32::close);
    }
  }

  /** Gives one variable a value. */
  void set(Session session, FloatVariable variable, float... values) {
    load(session, Map.of(variable, values), Set.of(variable));
  }

  /** The present values of a variable. */
  public float[] values(Session session, FloatVariable variable) {
    return values(session, List.of(variable)).get(variable);
  }

  /** The present values of every variable, frozen ones too, by name. */
  Map<String, float[]> values(Session session) {
    Map<String, float[]> byName = new LinkedHashMap<>();
    values(session, all()).forEach((variable, values) -> byName.put(variable.name(), values));
    return byName;
  }

  /** What every variable holds, frozen ones too, in bytes by name. */
  Map<String, Long> bytes() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    all().forEach(variable -> bytes.put(variable.name(), Float.BYTES * variable.shape().size()));
    return bytes;
  }

  private Set<FloatVariable> all() {
    Set<FloatVariable> all = new LinkedHashSet<>(trained.values());
    all.addAll(beginnings.keySet());
    all.addAll(scratch);
    return all;
  }

  private Map<FloatVariable, float[]> values(Session session, Collection<FloatVariable> variables) {
    Session.Runner runner = session.runner();
    variables.forEach(v -> runner.fetch(read(v)));
    Map<FloatVariable, float[]> values = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      int i = 0;
      for (FloatVariable variable : variables) {
        values.put(variable, TensorBundle.floats((TFloat32) result.get(i++)));
      }
    }
    return values;
  }

  /** A read outside every step, made once. */
  private Expr read(FloatVariable variable) {
    return reads.computeIfAbsent(variable, v -> v.read(tf));
  }
}
