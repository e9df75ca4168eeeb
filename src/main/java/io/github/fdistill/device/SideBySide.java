package io.github.fdistill.device;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Result;
import org.tensorflow.Session;

/**
 * Runs of one session side by side, each with kernels of its own. A session otherwise makes the
 * kernels of the same feeds and fetches once, and they may not all be used by two runs at a time:
 * oneDNN's convolution that adds a tensor keeps that tensor's place in the kernel (TensorFlow 2.18,
 * mkl_conv_ops.cc), so one run writes into the other's memory.
 *
 * <p>The kernels of a run are found by what it feeds, fetches and targets; so each place has an
 * empty op that its runs target too. What is prepared once for a run is prepared in each place.
 */
public final class SideBySide {
  private final ConcurrentLinkedDeque<Operation> free = new ConcurrentLinkedDeque<>();

  /** Places that are free; whoever has waited longest gets the next. */
  private final Semaphore turns;

  /** With as many places as there are {@link Lanes}. */
  public SideBySide(Graph graph) {
    this(graph, Sessions.lanes());
  }

  /**
   * @param graph of the session, which may have been opened
   * @param places how many runs go on at a time, at most; at least 1
   */
  public SideBySide(Graph graph, int places) {
    IntStream.range(0, places)
        .mapToObj(i -> graph.opBuilder("NoOp", "side_by_side_" + i, graph.baseScope()).build())
        .forEach(free::add);
    turns = new Semaphore(places, true);
  }

  /** A place, until it is closed. */
  public final class Place implements AutoCloseable {
    private final Operation target;

    private Place(Operation target) {
      this.target = target;
    }

    /** A run of this place. */
    public Session.Runner in(Session.Runner run) {
      return run.addTarget(target);
    }

    /** Gives the place to the next run, which finds prepared what this one prepared. */
    @Override
    public void close() {
      free.addFirst(target);
      turns.release();
    }
  }

  /**
   * Waits for a place.
   *
   * @return empty when there is none within this time
   */
  public Optional<Place> place(Duration within) {
    long end = System.nanoTime() + within.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          boolean mine = turns.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
          return mine ? Optional.of(new Place(free.removeFirst())) : Optional.empty();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Makes a run in a place, as soon as there is one; the result is closed by the caller. */
  public Result run(SessionRuns how, Session.Runner prepared) {
    try (Place place = place(Duration.ofNanos(Long.MAX_VALUE)).orElseThrow()) {
      return how.run(place.in(prepared));
    }
  }
}
