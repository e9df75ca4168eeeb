package io.github.fdistill.training;

import io.github.fdistill.data.Batch;
import io.github.fdistill.data.Batches;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TNumber;

/**
 * Finds where numbers stop being numbers. It adds a check to the graph for every float tensor that
 * a run's scalars are computed from, and what it leaves for later runs, so it is for a run that
 * ends there.
 */
final class NonFinite {
  private static final Set<DataType> FLOATS =
      Set.of(DataType.DT_FLOAT, DataType.DT_BFLOAT16, DataType.DT_HALF, DataType.DT_DOUBLE);

  private NonFinite() {}

  /**
   * In which tensor of a step a number stops being one, if one does still.
   *
   * @param turns of each of the step's batches
   * @param step its number
   */
  static Optional<String> first(
      Session session,
      Ops tf,
      StepInputs inputs,
      Batches batches,
      List<List<Turn>> turns,
      long step) {
    for (int i = 0; i < turns.size(); i++) {
      long number = step * turns.size() + i;
      Batch batch = inputs.ofRowsHere(batches).at(number);
      for (Turn turn : turns.get(i)) {
        for (Turn.Run run : turn.runs()) {
          for (int part : run.eachPart() ? inputs.partsHere() : List.of(0)) {
            try (Feed feed = Feed.of(inputs, batch, number, part)) {
              Optional<String> found = first(session, tf, run, feed);
              if (found.isPresent()) {
                return found;
              }
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The first tensor, in the order of computation, that holds a NaN or an infinity; nothing where
   * all are finite. No weight changes.
   */
  static Optional<String> first(Session session, Ops tf, Turn.Run run, Feed feed) {
    Graph graph = (Graph) tf.scope().env();
    List<Output<?>> tensors = tensors(graph, run);
    if (tensors.isEmpty()) {
      return Optional.empty(); // TensorFlow runs nothing that fetches nothing.
    }
    List<Operand<TBool>> checks = new ArrayList<>();
    for (Output<?> tensor : tensors) {
      checks.add(isFinite(tf, tensor));
    }
    Session.Runner runner = feed.into(session.runner());
    checks.forEach(runner::fetch);
    try (Result result = runner.run()) {
      for (int i = 0; i < tensors.size(); i++) {
        if (!((TBool) result.get(i)).getBoolean()) {
          return Optional.of(tensors.get(i).op().name() + " " + tensors.get(i).shape());
        }
      }
    }
    return Optional.empty();
  }

  @SuppressWarnings("unchecked")
  private static Operand<TBool> isFinite(Ops tf, Output<?> tensor) {
    Operand<TBool> each = tf.math.isFinite((Output<? extends TNumber>) tensor);
    return tf.reduceAll(tf.reshape(each, tf.constant(new int[] {-1})), tf.constant(0));
  }

  /** The float tensors that all is computed from, in the order that they were built. */
  private static List<Output<?>> tensors(Graph graph, Turn.Run run) {
    Set<String> needed = ancestors(graph.toGraphDef(), run);
    List<Output<?>> tensors = new ArrayList<>();
    for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); ) {
      GraphOperation op = all.next();
      for (int i = 0; needed.contains(op.name()) && i < op.numOutputs(); i++) {
        if (FLOATS.contains(op.output(i).dataType())) {
          tensors.add(op.output(i));
        }
      }
    }
    return tensors;
  }

  /** By data alone: what must only run before, such as an update, is not run. */
  private static Set<String> ancestors(GraphDef graph, Turn.Run run) {
    var nodes = new java.util.HashMap<String, NodeDef>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Deque<String> open = new ArrayDeque<>();
    run.scalars().values().forEach(scalar -> open.add(scalar.op().name()));
    run.kept().forEach(tensor -> open.add(tensor.op().name()));
    Set<String> found = new HashSet<>(open);
    while (!open.isEmpty()) {
      for (String input : nodes.get(open.remove()).getInputList()) {
        String name = input.replaceAll(":\\d+$", "");
        if (!input.startsWith("^") && found.add(name)) {
          open.add(name);
        }
      }
    }
    return found;
  }
}
