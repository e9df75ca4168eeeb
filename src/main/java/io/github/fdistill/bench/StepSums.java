package io.github.fdistill.bench;

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
import org.tensorflow.GraphOperation;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * The sums over workers of a step by themselves, one after another as in the step: of vectors as
 * long, when no worker has anything else to do.
 */
final class StepSums implements AutoCloseable {
  private static final String SUM = "CollectiveReduce";

  private final Graph graph = Sessions.graph();
  private final Session session;
  private final Op all;

  StepSums(Crew crew, List<Long> sizes) {
    try {
      Ops tf = Ops.create(graph);
      Op filled = tf.noOp();
      Op last = tf.noOp();
      for (int i = 0; i < sizes.size(); i++) {
        FloatVariable vector = FloatVariable.create(tf, "vector_" + i, Shape.of(sizes.get(i)));
        filled = vector.clear(tf.withControlDependencies(List.of(filled)));
        Ops next = tf.withControlDependencies(List.of(last));
        Expr sum = crew.sums().of(next, vector.read(next));
        last = vector.assign(next, sum);
      }
      all = last;
      session = crew.open(graph);
      session.runner().addTarget(filled).run().close();
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** How many numbers each sum of a step has, in any order. */
  static List<Long> sizes(Trial trial, int workers) {
    List<Long> sizes = new ArrayList<>();
    for (List<Turn> batch : trial.step()) {
      for (Turn turn : batch) {
        for (Turn.Run run : turn.runs()) {
          int times = run.eachPart() ? trial.parts() / workers : 1;
          for (int i = 0; i < times; i++) {
            sizes.addAll(sizes(run));
          }
        }
      }
    }
    return sizes;
  }

  private static List<Long> sizes(Turn.Run run) {
    List<Long> sizes = new ArrayList<>();
    for (GraphOperation op : FloatOperations.reached(List.of(run.target().op()))) {
      if (op.type().equals(SUM)) {
        sizes.add(op.output(0).shape().size());
      }
    }
    return sizes;
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
