package io.github.fdistill.server;

import io.github.fdistill.Logs;
import io.github.fdistill.hosting.Late;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.Logger;
import org.tensorflow.ndarray.Shape;

/**
 * Gathers the rows of several requests into one run. A batch begins with the request that has
 * waited longest; it is run as soon as it is full, or that request has waited for the timeout.
 *
 * <p>A request that is not answered within its limit gets TensorFlow Serving's error, and is
 * computed for no more where it still waits; so is one that is cancelled.
 */
final class Batcher implements AutoCloseable {
  /** What runs a batch: from inputs to the wanted outputs, within a time. */
  interface Run {
    Map<String, HostTensor> run(
        Map<String, HostTensor> inputs, Collection<String> outputs, Duration within);
  }

  /** Hears of every batch that was run. */
  interface Ran {
    void batch(int rows, int paddedRows, long nanos);
  }

  private record Task(
      Map<String, HostTensor> inputs,
      int rows,
      Set<String> outputs,
      long since,
      CompletableFuture<Map<String, HostTensor>> answer) {

    /** Whether rows of both may stand in one tensor. */
    boolean fits(Task other) {
      return inputs.entrySet().stream()
          .allMatch(e -> tail(e.getValue()).equals(tail(other.inputs.get(e.getKey()))));
    }

    private static Shape tail(HostTensor tensor) {
      return tensor.shape().tail();
    }
  }

  private static final Logger LOG = Logs.of(Batcher.class);

  private static final long MILLIS_AFTER_AN_ERROR = 50;

  private final Batching batching;
  private final Duration limit;
  private final Run run;
  private final Ran ran;
  private final Deque<Task> waiting = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger computingRows = new AtomicInteger();
  private int waitingRows;
  private boolean closed;

  /** Whether some output had other rows than its input: then each request is run by itself. */
  private volatile boolean alone;

  /**
   * @param name of its threads
   * @param limit of each request, from now to its answer
   */
  Batcher(String name, Batching batching, Duration limit, Run run, Ran ran) {
    this.batching = batching;
    this.limit = limit;
    this.run = run;
    this.ran = ran;
    for (int i = 0; i < batching.threads(); i++) {
      Thread thread = new Thread(this::work, name + "-batch-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /**
   * Adds a request's rows to a batch to come.
   *
   * @throws ApiException when it has more rows than a batch, none, or too many wait already
   */
  CompletableFuture<Map<String, HostTensor>> submit(
      Map<String, HostTensor> inputs, Set<String> outputs) {
    int rows = batching.merges() ? rows(inputs) : 1;
    if (rows > batching.maxRows()) {
      throw tooManyRows(rows, batching.maxRows());
    }
    Task task = new Task(inputs, rows, outputs, System.nanoTime(), new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        throw new ApiException(Status.Code.UNAVAILABLE, "this version is being retired");
      }
      if (waitingRows + rows > (long) batching.maxWaiting() * batching.maxRows()) {
        throw new ApiException(
            Status.Code.UNAVAILABLE,
            "The batch scheduling queue to which this task was submitted is full");
      }
      if (threads.get(0).getState() == Thread.State.NEW) {
        threads.forEach(Thread::start);
      }
      waiting.add(task);
      waitingRows += rows;
      notifyAll();
    }
    answerInTime(task);
    return task.answer;
  }

  private void answerInTime(Task task) {
    CompletableFuture<Void> late =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, limit.toNanos(), TimeUnit.NANOSECONDS);
    // Its place is free before it is answered: who hears of that may take the place.
    late.thenRun(
        () ->
            task.answer.completeExceptionally(
                drop(task) ? Late.inTheQueue() : Late.inTheSession()));
    task.answer.whenComplete(
        (result, error) -> {
          late.cancel(false);
          if (error != null) {
            drop(task); // It may have been cancelled: what nobody waits for is not computed.
          }
        });
  }

  /** Takes a request out of the queue; says whether it was there. */
  private synchronized boolean drop(Task task) {
    boolean waited = waiting.removeIf(each -> each == task);
    if (waited) {
      waitingRows -= task.rows;
    }
    return waited;
  }

  private static int rows(Map<String, HostTensor> inputs) {
    int rows = -1;
    for (HostTensor tensor : inputs.values()) {
      if (tensor.shape().numDimensions() == 0) {
        throw ApiException.invalid("Batching Run() input tensors must have at least one dimension");
      }
      if (rows >= 0 && rows != tensor.rows()) {
        throw ApiException.invalid(
            "Batching Run() input tensors must have equal 0th-dimension size");
      }
      rows = tensor.rows();
    }
    if (rows < 1) {
      throw ApiException.invalid("Batching Run() input tensors must have at least one row");
    }
    return rows;
  }

  private void work() {
    try {
      while (!answersNext()) {
        Thread.sleep(MILLIS_AFTER_AN_ERROR);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Answers until there is no more to come. An error, such as that there is no memory, ends it: who
   * was in the batch is told, where nothing else can be done by the clock, and others' turn comes.
   *
   * @return whether it is all
   */
  private boolean answersNext() throws InterruptedException {
    try {
      for (List<Task> batch = next(); !batch.isEmpty(); batch = next()) {
        answer(batch);
      }
      return true;
    } catch (RuntimeException | Error e) {
      tell(e);
      return false;
    }
  }

  /** As far as there is memory to do so: its thread goes on. */
  private static void tell(Throwable error) {
    try {
      LOG.warn("{}: an error between two batches", Thread.currentThread().getName(), error);
    } catch (RuntimeException | Error e) {
      // Nor is there anyone else to tell.
    }
  }

  /** The next batch; empty when there is to be none. */
  private synchronized List<Task> next() throws InterruptedException {
    while (true) {
      if (waiting.isEmpty()) {
        if (closed) {
          return List.of();
        }
        wait();
        continue;
      }
      long waited = System.nanoTime() - waiting.peek().since;
      long left = batching.timeoutMicros() * 1_000 - waited;
      if (closed || left <= 0 || waitingRows >= batching.maxRows()) {
        return take();
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
  }

  /** Nothing is taken out before it is known what: where that fails, all of it still waits. */
  private List<Task> take() {
    List<Task> batch = new ArrayList<>();
    int rows = 0;
    for (Task task : waiting) {
      boolean joins = batch.isEmpty() || (batching.merges() && !alone && batch.get(0).fits(task));
      if (!joins || rows + task.rows > batching.maxRows()) {
        break;
      }
      rows += task.rows;
      batch.add(task);
    }
    for (int i = 0; i < batch.size(); i++) {
      waiting.remove();
    }
    waitingRows -= rows;
    return batch;
  }

  private void answer(List<Task> batch) {
    try {
      compute(batch);
    } catch (ApiException e) {
      // What is wrong with one request is no reason to refuse the others.
      if (batch.size() > 1 && e.code() == Status.Code.INVALID_ARGUMENT) {
        batch.forEach(task -> answer(List.of(task)));
      } else {
        batch.forEach(task -> task.answer.completeExceptionally(e));
      }
    } catch (RuntimeException | Error e) {
      batch.forEach(task -> task.answer.completeExceptionally(e));
    }
  }

  private void compute(List<Task> batch) {
    Set<String> outputs = new TreeSet<>();
    batch.forEach(task -> outputs.addAll(task.outputs));
    Duration within = timeLeft(batch);
    if (!batching.merges()) {
      Task task = batch.get(0);
      task.answer.complete(timed(task.inputs, outputs, within, 1, 1));
      return;
    }
    int rows = batch.stream().mapToInt(Task::rows).sum();
    int padded = alone && !batching.fixed() ? rows : batching.padded(rows);
    Map<String, HostTensor> inputs = new LinkedHashMap<>();
    for (String name : batch.get(0).inputs.keySet()) {
      List<HostTensor> parts = new ArrayList<>();
      batch.forEach(task -> parts.add(task.inputs.get(name)));
      inputs.put(name, HostTensor.padded(parts, padded));
    }
    Map<String, HostTensor> results = timed(inputs, outputs, within, rows, padded);
    if (!results.values().stream().allMatch(tensor -> hasRows(tensor, padded))) {
      answerAlone(batch, results, rows == padded);
      return;
    }
    int from = 0;
    for (Task task : batch) {
      Map<String, HostTensor> part = new LinkedHashMap<>();
      for (String name : task.outputs) {
        part.put(name, results.get(name).rows(from, from + task.rows));
      }
      task.answer.complete(part);
      from += task.rows;
    }
  }

  /** Until the last of the requests is late; as TensorFlow Serving, where all are, none is run. */
  private Duration timeLeft(List<Task> batch) {
    long last = batch.stream().mapToLong(Task::since).max().orElseThrow();
    Duration left = limit.minusNanos(System.nanoTime() - last);
    if (left.isNegative() || left.isZero()) {
      throw Late.inTheQueue();
    }
    return left;
  }

  private Map<String, HostTensor> timed(
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      Duration within,
      int rows,
      int padded) {
    long start = System.nanoTime();
    computingRows.addAndGet(rows);
    try {
      Map<String, HostTensor> results = run.run(inputs, outputs, within);
      ran.batch(rows, padded, System.nanoTime() - start);
      return results;
    } finally {
      computingRows.addAndGet(-rows);
    }
  }

  private static boolean hasRows(HostTensor tensor, int rows) {
    return tensor.shape().numDimensions() > 0 && tensor.rows() == rows;
  }

  /**
   * As TensorFlow Serving answers without batching: a graph may give other rows than it is given,
   * and whose they are nobody knows where requests stand in one batch. A graph of a fixed batch
   * answers one that was filled up only where each output that it wants has rows.
   */
  private void answerAlone(List<Task> batch, Map<String, HostTensor> results, boolean asSent) {
    alone = true;
    if (batch.size() == 1 && asSent) {
      Map<String, HostTensor> wanted = new LinkedHashMap<>();
      batch.get(0).outputs.forEach(name -> wanted.put(name, results.get(name)));
      batch.get(0).answer.complete(wanted);
    } else if (batch.size() == 1 && batching.fixed()) {
      throw ApiException.invalid(
          "the signature takes "
              + batching.maxRows()
              + " rows, the request has "
              + batch.get(0).rows
              + ": it can be filled up only where every output that it wants has as many rows");
    } else {
      batch.forEach(task -> answer(List.of(task)));
    }
  }

  /** What TensorFlow Serving says of a request with more rows than a batch. */
  static ApiException tooManyRows(int rows, int most) {
    return ApiException.invalid(
        "Task size " + rows + " is larger than maximum input batch size " + most);
  }

  /** Rows that one request may have. */
  int mostRows() {
    return batching.maxRows();
  }

  /** Rows that wait now. */
  synchronized int waitingRows() {
    return waitingRows;
  }

  /** Rows that are computed now; of a signature whose requests stand alone, requests. */
  int computingRows() {
    return computingRows.get();
  }

  /** Answers what waits, then ends its threads. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    for (Thread thread : threads) {
      if (thread.getState() != Thread.State.NEW) {
        join(thread);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
