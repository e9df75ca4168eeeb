package io.github.fdistill.training;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.Weights;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Vectors of which each worker keeps a share, and none the whole: what a sharded optimiser has
 * beside the weights. Shares are of one length, a multiple of 64 bytes; behind the end of the
 * vector they hold zeros. The first worker puts a vector together where it is saved or read, one at
 * a time, and gives it out where a run goes on.
 */
final class Shards implements AutoCloseable {
  private final Ops tf;
  private final Crew crew;
  private final Map<FloatVariable, Kept> kept = new LinkedHashMap<>();
  private Optional<Read> read = Optional.empty();
  private Map<FloatVariable, Supplier<TFloat32>> values = Map.of();

  /**
   * A vector.
   *
   * @param number of it, the same for all workers
   * @param length of the whole
   * @param given fed with the whole by the first worker
   * @param give target on all, by which each takes its share of that
   * @param whole put together, on all
   */
  private record Kept(
      long number, long length, Placeholder<TFloat32> given, Op give, Operand<TFloat32> whole) {}

  /**
   * A vector that was put together to be read.
   *
   * @param share the variable that holds this worker's share of it
   */
  private record Read(FloatVariable share, Result whole) {}

  Shards(Ops tf, Crew crew) {
    this.tf = tf;
    this.crew = crew;
  }

  /** How many numbers of so many a worker keeps, with the zeros behind the end. */
  static long shareOf(long length, int workers) {
    long line = (long) Parameters.LINE * workers;
    return (length + line - 1) / line * Parameters.LINE;
  }

  /** The shape of a share of a vector. */
  Shape shape(FloatVariable whole) {
    return Shape.of(shareOf(whole.shape().size(), crew.workers()));
  }

  private long begin(long length) {
    return Math.min(length, shareOf(length, crew.workers()) * crew.worker());
  }

  private long size(long length) {
    return Math.min(shareOf(length, crew.workers()), length - begin(length));
  }

  /**
   * This worker's share of a vector.
   *
   * @param length of the vector
   */
  Expr mine(Ops scope, Expr whole, long length) {
    Operand<TFloat32> part = Sizes.slice(scope, whole, begin(length), size(length));
    long zeros = shareOf(length, crew.workers()) - size(length);
    // How many and what, the op reads on the host: from a GPU it would be fetched there each time.
    Ops host = Host.on(scope);
    return Expr.of(
        scope,
        zeros == 0
            ? part
            : scope.pad(part, host.constant(new long[][] {{0, zeros}}), host.constant(0f)));
  }

  /** This worker's share of a vector outside a graph; the caller closes it. */
  TFloat32 mine(TFloat32 whole) {
    TFloat32 share = Weights.zeros(Shape.of(shareOf(whole.size(), crew.workers())));
    long size = size(whole.size());
    if (size > 0) {
      Weights.numbers(whole).slice(begin(whole.size()), size).copyTo(Weights.numbers(share), size);
    }
    return share;
  }

  /**
   * A target that makes vectors, on all workers, what their shares have become: by one collective.
   *
   * @param wholes the vectors
   * @param shares this worker's, of each
   */
  Op gathered(Ops scope, List<FloatVariable> wholes, List<FloatVariable> shares) {
    if (wholes.size() == 1) {
      long length = wholes.get(0).shape().size();
      return wholes.get(0).assign(scope, whole(scope, shares.get(0).read(scope), length));
    }
    List<Operand<TFloat32>> mine = new ArrayList<>();
    shares.forEach(share -> mine.add(share.read(scope)));
    long[] each = shares.stream().mapToLong(share -> share.shape().size()).toArray();
    Operand<TFloat32> all =
        crew.sums()
            .gathered(scope, Expr.of(scope, scope.concat(mine, scope.constant(0))))
            .reshape(crew.workers(), -1);
    List<? extends Operand<TFloat32>> parts =
        scope.splitV(all, Sizes.of(scope, each), scope.constant(1), (long) each.length).output();
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < each.length; i++) {
      Expr vector = Expr.of(scope, parts.get(i)).reshape(-1);
      FloatVariable whole = wholes.get(i);
      assigned.add(whole.assign(scope, Sizes.slice(scope, vector, 0, whole.shape().size())));
    }
    return scope.withControlDependencies(assigned).noOp();
  }

  private Operand<TFloat32> whole(Ops scope, Expr share, long length) {
    return Sizes.slice(scope, crew.sums().gathered(scope, share), 0, length);
  }

  /**
   * Takes care of a variable that holds this worker's share of a vector; all workers do so in the
   * same order.
   *
   * @param length of the vector
   */
  void keep(FloatVariable share, long length) {
    Ops there = share.beside(tf);
    Placeholder<TFloat32> given =
        there.placeholder(TFloat32.class, Placeholder.shape(Shape.of(length)));
    Expr told =
        crew.leads()
            ? crew.sums().send(there, Expr.of(there, given))
            : crew.sums().receive(there, Shape.of(length));
    Expr all = crew.leads() ? Expr.of(there, given) : told;
    Op give =
        there
            .withControlDependencies(List.of(told, share.assign(there, mine(there, all, length))))
            .noOp();
    Operand<TFloat32> whole = whole(there, share.read(there), length);
    kept.put(share, new Kept(kept.size(), length, given, give, whole));
  }

  /** Whether a variable holds the share of a vector. */
  boolean keeps(FloatVariable variable) {
    return kept.containsKey(variable);
  }

  /**
   * Sets what {@link #give} gives.
   *
   * @param wholes by the variables that hold the shares; zeros where there is none
   */
  void next(Map<FloatVariable, Supplier<TFloat32>> wholes) {
    values = wholes;
  }

  /** The first worker's: gives all workers their shares of each vector, one after another. */
  void give(Session session) {
    forget();
    kept.forEach(
        (share, vector) -> {
          crew.order(Order.of(Order.Kind.GIVE, vector.number()));
          try (TFloat32 whole =
              values.getOrDefault(share, () -> Weights.zeros(Shape.of(vector.length()))).get()) {
            session.runner().feed(vector.given(), whole).addTarget(vector.give()).run().close();
          }
        });
  }

  /**
   * The first worker's: a vector as it is now, as the only result; the caller closes it. One that
   * was put together to be read makes room for it.
   */
  Result gather(Session session, FloatVariable share) {
    forget();
    crew.order(Order.of(Order.Kind.GATHER, kept.get(share).number()));
    return session.runner().fetch(kept.get(share).whole()).run();
  }

  /** Another worker's part in what the first does with a vector. */
  void follow(Session session, Order order) {
    Kept vector = List.copyOf(kept.values()).get(Math.toIntExact(order.numbers()[0]));
    Op target = order.kind() == Order.Kind.GIVE ? vector.give() : vector.whole();
    session.runner().addTarget(target).run().close();
  }

  /**
   * The first worker's: the weights that a vector holds when they are asked for. It is put together
   * once, and there until the next step, or until another is put together.
   */
  Weights weights(Session session, FloatVariable share, Parameters layout) {
    return new Weights() {
      @Override
      public Parameters parameters() {
        return layout;
      }

      @Override
      public void copy(int parameter, FloatDataBuffer into) {
        read(session, share, layout.offsets()[parameter], into);
      }
    };
  }

  private synchronized void read(
      Session session, FloatVariable share, long from, FloatDataBuffer into) {
    if (!isWhole(share)) {
      read = Optional.of(new Read(share, gather(session, share)));
    }
    FloatDataBuffer all = Weights.numbers((TFloat32) read.get().whole().get(0));
    all.slice(from, into.size()).copyTo(into, into.size());
  }

  /** Whether a vector is the one that was put together to be read, and is still there. */
  synchronized boolean isWhole(FloatVariable share) {
    return read.filter(found -> found.share().equals(share)).isPresent();
  }

  /** Lets go of what was put together to be read: a step follows. */
  synchronized void forget() {
    read.ifPresent(found -> found.whole().close());
    read = Optional.empty();
  }

  @Override
  public void close() {
    forget();
  }
}
