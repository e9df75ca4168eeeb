package io.github.fdistill.network;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.Weights;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A network that is run: a graph of its own, the vector of its weights in a variable of it, and a
 * session. First the graph is built on the {@link #vector}, then the network is {@link #open
 * opened}. Closing it gives back what there is by then.
 */
public final class LoadedNetwork implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Ops tf = NodeNames.ops(graph);
  private Weights weights;
  private FloatVariable variable;
  private Session session;

  /** Builds operations of the graph. */
  public Ops tf() {
    return tf;
  }

  public Graph graph() {
    return graph;
  }

  /** The weights in the graph, as {@link Parameters} lays them out; asked for once. */
  public Expr vector(Weights of) {
    weights = of;
    variable = FloatVariable.create(tf, "weights", Shape.of(of.parameters().length()));
    return variable.read(tf);
  }

  /**
   * Opens the session and loads the weights; once.
   *
   * @return the session, which this network closes
   * @throws io.github.fdistill.InputException when the weights cannot be read
   */
  public Session open() {
    return load(Sessions.open(graph));
  }

  /** The same for a few runs: see {@link Sessions#openAsItIs}. */
  public Session openAsItIs() {
    return load(Sessions.openAsItIs(graph));
  }

  private Session load(Session opened) {
    session = opened;
    try (TFloat32 values = weights.vector()) {
      variable.load(session, values);
    }
    return session;
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
    graph.close();
  }
}
