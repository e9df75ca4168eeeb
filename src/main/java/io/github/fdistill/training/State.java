package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.device.Host;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.HalfVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.Halved;
import io.github.fdistill.savedmodel.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * Every variable of a training graph, how it begins, and its way to a checkpoint and back. A
 * checkpoint holds all that training changes; frozen weights come from their SavedModel again.
 *
 * <p>In a checkpoint the parameters of a network follow one another without the zeros that are
 * between them in memory.
 */
public final class State {
  private final Ops tf;
  private final Map<String, FloatVariable> changed = new LinkedHashMap<>();
  private final List<FloatVariable> scratch = new ArrayList<>();
  private final Map<FloatVariable, Supplier<TFloat32>> beginnings = new LinkedHashMap<>();
  private final Map<FloatVariable, Parameters> layouts = new LinkedHashMap<>();
  private final List<Loading.Half> halves = new ArrayList<>();
  private final Map<FloatVariable, Copy> copies = new LinkedHashMap<>();
  private final Map<FloatVariable, Expr> reads = new LinkedHashMap<>();
  private final VectorReads parts;
  private final Optional<Shards> shards;
  private final Memories memories;
  private final List<Long> shareableBytes = new ArrayList<>();
  private long bytesKeptAlone;

  /**
   * A state without variables yet.
   *
   * @param shards what of it each worker keeps a share of; none: there is one worker
   */
  State(Ops tf, Optional<Shards> shards, Memories memories) {
    this.tf = tf;
    this.shards = shards;
    this.memories = memories;
    parts = new VectorReads(tf);
  }

  /** A network's weights that training changes, with their first values. */
  FloatVariable trained(String name, Weights first) {
    return trained(tf, name, first);
  }

  /**
   * A network's weights that training changes, held somewhere.
   *
   * @param where held where they are to lie
   */
  private FloatVariable trained(Ops where, String name, Weights first) {
    FloatVariable variable = networkVariable(where, name, first);
    changed.put(name, variable);
    return variable;
  }

  /**
   * A network's weights that training changes, on the host, and a copy of them beside what
   * computes.
   */
  Copy trainedOnHost(String name, String copy, Weights first) {
    FloatVariable variable = trained(Host.on(tf), name, first);
    copies.put(variable, Copy.create(tf, copy, variable));
    return copies.get(variable);
  }

  /**
   * One number [1] that training changes, with its first value.
   *
   * @param where held where it is to lie
   */
  FloatVariable trained(Ops where, String name, float first) {
    FloatVariable variable = FloatVariable.create(where, name, Shape.of(1));
    beginnings.put(variable, () -> TFloat32.vectorOf(first));
    changed.put(name, variable);
    return variable;
  }

  /** A network's weights that stay as they are. */
  FloatVariable frozen(String name, Weights values) {
    return networkVariable(tf, name, values);
  }

  private FloatVariable networkVariable(Ops where, String name, Weights values) {
    Parameters layout = values.parameters();
    FloatVariable variable = FloatVariable.create(where, name, Shape.of(layout.length()));
    beginnings.put(variable, values::vector);
    layouts.put(variable, layout);
    return variable;
  }

  /**
   * A network's weights that stay as they are, rounded to bfloat16, each parameter by itself: a
   * part of one vector would be a copy, where it does not begin at a multiple of 64 bytes.
   *
   * @return the read of each, by its name
   */
  Map<String, Operand<TBfloat16>> halved(String name, Weights values) {
    Map<String, Operand<TBfloat16>> byName = new LinkedHashMap<>();
    List<Parameter> list = values.parameters().list();
    for (int i = 0; i < list.size(); i++) {
      Parameter p = list.get(i);
      int place = i;
      HalfVariable variable = HalfVariable.create(tf, name + "/" + p.name(), p.shape());
      halves.add(new Loading.Half(name, variable, () -> Halved.tensor(values, place)));
      byName.put(p.name(), variable.read(tf));
    }
    return byName;
  }

  /** Variables made elsewhere that begin as zeros. */
  void zeros(Iterable<FloatVariable> variables) {
    for (FloatVariable variable : variables) {
      changed.put(variable.name(), variable);
    }
  }

  /** Variables made elsewhere that begin as zeros, with a number for each of another's. */
  void zerosFor(FloatVariable weights, Iterable<FloatVariable> variables) {
    zeros(variables);
    variables.forEach(variable -> layouts.put(variable, layouts.get(weights)));
  }

  /** Variables made elsewhere that need not outlive a step: no checkpoint holds them. */
  void scratch(Iterable<FloatVariable> variables) {
    variables.forEach(scratch::add);
  }

  /** A variable made elsewhere that begins as another one does. */
  void beginsLike(FloatVariable variable, FloatVariable other) {
    changed.put(variable.name(), variable);
    beginnings.put(variable, beginnings.get(other));
    layouts.put(variable, layouts.get(other));
  }

  /**
   * Keeps this worker's shares alone, where there are several workers.
   *
   * @param variables of vectors as long as the weights
   */
  void keepShares(Iterable<FloatVariable> variables, FloatVariable weights) {
    for (FloatVariable variable : variables) {
      shards.ifPresent(all -> all.keep(variable, weights.shape().size()));
      shareableBytes.add(bytes(weights));
      bytesKeptAlone += bytes(weights);
    }
  }

  /** Notes that each worker has a share of the weights beside all of them, to update it. */
  void updateShares(FloatVariable weights) {
    shareableBytes.add(bytes(weights));
  }

  /** Bytes of each vector that there are shares of, or would be with several workers. */
  List<Long> shareableBytes() {
    return shareableBytes;
  }

  /** Bytes of those that one worker alone has: all but the weights once more. */
  long bytesKeptAlone() {
    return bytesKeptAlone;
  }

  /** What each worker keeps a share of; none where there is one. */
  Optional<Shards> shards() {
    return shards;
  }

  /** Whether each worker has a share of what an optimiser keeps. */
  boolean shares(OptimiserConfig optimiser) {
    return optimiser.getSharded() && shards.isPresent();
  }

  /** Whether what an optimiser keeps lies on the host. */
  boolean keepsApart(OptimiserConfig optimiser) {
    return memories.areKeptApart(optimiser);
  }

  private boolean isShare(FloatVariable variable) {
    return shards.isPresent() && shards.get().keeps(variable);
  }

  /** Gives every variable its first value. */
  public void initialise(Session session) {
    shards.ifPresent(all -> all.next(beginnings));
    load(session, beginnings, all());
  }

  /** What training changes, as it is now; the caller closes it. */
  Snapshot copy(Session session) {
    Session.Runner runner = session.runner();
    List<FloatVariable> here = changedHere();
    here.forEach(variable -> runner.fetch(read(variable)));
    Result values = runner.run();
    List<Snapshot.Part> list = new ArrayList<>();
    changed.forEach(
        (name, variable) -> {
          Optional<Parameters> layout = Optional.ofNullable(layouts.get(variable));
          list.add(
              isShare(variable)
                  ? Snapshot.Part.apart(
                      name, layout.orElseThrow(), () -> shards.get().gather(session, variable))
                  : Snapshot.Part.held(
                      name, layout, (TFloat32) values.get(here.indexOf(variable))));
        });
    return new Snapshot(values, list, SavedState.FILE);
  }

  /**
   * Reads a checkpoint; frozen weights keep their first values, and what there are shares of comes
   * when those are given out.
   *
   * @throws InputException when it is of another network
   */
  public void restore(Session session, Path folder) {
    Map<FloatVariable, Supplier<TFloat32>> values = stored(folder);
    Set<FloatVariable> here = all();
    here.removeIf(this::isShare);
    shards.ifPresent(all -> all.next(values));
    load(session, values, here);
  }

  /**
   * Makes what training changes what it was, in a session whose variables have values already:
   * frozen weights stay, and are not there twice meanwhile.
   *
   * @param folder of the checkpoint; none: the first values
   * @throws InputException when it is of another network
   */
  void goBack(Session session, Optional<Path> folder) {
    Map<FloatVariable, Supplier<TFloat32>> values = folder.map(this::stored).orElse(beginnings);
    Set<FloatVariable> which = new LinkedHashSet<>(changed.values());
    which.addAll(scratch);
    which.removeIf(variable -> folder.isPresent() && isShare(variable));
    shards.ifPresent(all -> all.next(values));
    new Loading(values, shards, copies).into(session, which, List.of());
  }

  /** The values that variables have by a checkpoint; those that it does not hold, at first. */
  private Map<FloatVariable, Supplier<TFloat32>> stored(Path folder) {
    SavedState saved = SavedState.open(folder);
    Map<FloatVariable, Supplier<TFloat32>> values = new LinkedHashMap<>(beginnings);
    changed.values().forEach(v -> values.put(v, saved.value(v, layout(v))));
    return values;
  }

  private void load(
      Session session, Map<FloatVariable, Supplier<TFloat32>> values, Set<FloatVariable> which) {
    new Loading(values, shards, copies).into(session, which, halves);
  }

  /** Gives a variable [1] a value. */
  void set(Session session, FloatVariable variable, float value) {
    Map<FloatVariable, Supplier<TFloat32>> only = Map.of(variable, () -> TFloat32.vectorOf(value));
    new Loading(only, shards, copies).into(session, Set.of(variable), List.of());
  }

  /** The present value of a variable [1]. */
  float number(Session session, FloatVariable variable) {
    try (Result result = session.runner().fetch(read(variable)).run()) {
      return Weights.numbers((TFloat32) result.get(0)).getFloat(0);
    }
  }

  /** The weights that a variable holds at the time that they are asked for. */
  public Weights weights(Session session, FloatVariable variable) {
    Parameters layout = layouts.get(variable);
    return isShare(variable)
        ? shards.get().weights(session, variable, layout)
        : parts.weights(session, read(variable), layout);
  }

  /** What every variable holds, frozen ones too, in bytes by name. */
  Map<String, Long> bytes() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    all().forEach(variable -> bytes.put(variable.name(), bytes(variable)));
    copies.values().forEach(c -> bytes.put(c.variable().name(), bytes(c.variable())));
    halves.forEach(half -> bytes.merge(half.of(), half.variable().bytes(), Long::sum));
    return bytes;
  }

  /** Names of the variables that lie on the host, whatever computes. */
  Set<String> onHost() {
    return all().stream()
        .filter(FloatVariable::isOnHost)
        .map(FloatVariable::name)
        .collect(Collectors.toSet());
  }

  /** A target that makes what is copied once more what it is a copy of, after others. */
  Op copiedAgain(Ops tf, List<Op> after) {
    List<Op> all = new ArrayList<>(after); // Also where nothing is copied.
    copies.values().forEach(copy -> all.add(copy.again(tf.withControlDependencies(after))));
    return tf.withControlDependencies(all).noOp();
  }

  private static long bytes(FloatVariable variable) {
    return Float.BYTES * variable.shape().size();
  }

  /** How a network's weights, or what there is for each of them, lie in a variable. */
  Optional<Parameters> layout(FloatVariable variable) {
    return Optional.ofNullable(layouts.get(variable));
  }

  /** The variables that training changes, in the order that they were made in. */
  Collection<FloatVariable> changed() {
    return changed.values();
  }

  /** Those of them that every worker holds whole. */
  List<FloatVariable> changedHere() {
    return changed().stream().filter(variable -> !isShare(variable)).toList();
  }

  Set<FloatVariable> all() {
    Set<FloatVariable> all = new LinkedHashSet<>(changed.values());
    all.addAll(beginnings.keySet());
    all.addAll(scratch);
    return all;
  }

  /** A read outside every step, made once. */
  Expr read(FloatVariable variable) {
    return reads.computeIfAbsent(variable, v -> v.read(tf));
  }
}
