package io.github.fdistill.bench;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.training.Trial;
import io.github.fdistill.training.Turn;
import io.github.fdistill.workers.Crew;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * What workers exchange in a step by itself, one after another as in the step: of vectors as long,
 * when no worker has anything else to do.
 */
final class StepExchanges implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Session session;
  private final Op all;

  StepExchanges(Crew crew, List<Exchange> exchanges) {
    try {
      Ops tf = NodeNames.ops(graph);
      Op filled = tf.noOp();
      Op last = tf.noOp();
      for (int i = 0; i < exchanges.size(); i++) {
        Exchange each = exchanges.get(i);
        Shape mine = Shape.of(each.mine(crew.workers()));
        FloatVariable vector = FloatVariable.create(tf, "vector_" + i, mine);
        filled = vector.clear(tf.withControlDependencies(List.of(filled)));
        Ops next = tf.withControlDependencies(List.of(last));
        Expr made = each.made(next, crew.sums(), vector.read(next));
        last = tf.withControlDependencies(List.of(made)).noOp();
      }
      all = last;
      session = opened(crew, filled);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** A session with numbers in its vectors; a graph cannot be closed while one is open. */
  private Session opened(Crew crew, Op filled) {
    Session opened = crew.open(graph);
    try {
      opened.runner().addTarget(filled).run().close();
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Those of a step, in any order. */
  static List<Exchange> of(Trial trial, int workers) {
    List<Exchange> all = new ArrayList<>();
    for (List<Turn> batch : trial.step()) {
      for (Turn turn : batch) {
        for (Turn.Run run : turn.runs()) {
          int times = run.eachPart() ? trial.parts() / workers : 1;
          for (int i = 0; i < times; i++) {
            all.addAll(of(run));
          }
        }
      }
    }
    return all;
  }

  private static List<Exchange> of(Turn.Run run) {
    return FloatOperations.reached(List.of(run.target().op())).stream()
        .flatMap(op -> Exchange.of(op).stream())
        .toList();
  }

  void run() {
    session.runner().addTarget(all).run().close();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
