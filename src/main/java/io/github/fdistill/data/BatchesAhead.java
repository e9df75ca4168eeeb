package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Batches that are made before they are asked for: while one is used, threads beside read and
 * decode those that follow it. Their values are those of {@link Batches#at}, in whatever order they
 * are asked for. It is asked, and closed, by one thread.
 */
public final class BatchesAhead implements AutoCloseable {
  /** How many follow the one that was asked for: enough for a slow disk now and then. */
  private static final int MOST_AHEAD = 4;

  /** Of the Java heap, at most, for what follows; a batch is made ahead in any case. */
  private static final double SHARE_OF_HEAP = 0.125;

  /** What a thread takes on at once: a batch is decoded by several. */
  private static final int IMAGES_AT_ONCE = 8;

  private static final long PATIENCE_SECONDS = 10;

  private final Batches batches;
  private final Map<Long, Coming> coming = new HashMap<>();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          Runtime.getRuntime().availableProcessors(),
          work -> {
            Thread thread = new Thread(work, "batches");
            thread.setDaemon(true);
            return thread;
          });

  /** A batch that is being made, image by image. */
  private record Coming(Batch batch, List<Future<?>> parts) {
    void cancel() {
      parts.forEach(part -> part.cancel(false));
    }
  }

  public BatchesAhead(Batches batches) {
    this.batches = batches;
  }

  /**
   * Batch n, from 0; those after it are begun.
   *
   * @throws io.github.fdistill.InputException if one of its own images cannot be read
   */
  public Batch at(long n) {
    coming.entrySet().removeIf(entry -> isOutside(entry.getKey(), n, entry.getValue()));
    Coming asked = coming.containsKey(n) ? coming.remove(n) : begin(n);
    int ahead = ahead(asked.batch(), Runtime.getRuntime().maxMemory());
    for (long next = n + 1; next <= n + ahead && batches.has(next); next++) {
      coming.computeIfAbsent(next, this::begin);
    }
    await(asked);
    return asked.batch();
  }

  /** Waits until all that were begun are made, or have failed. */
  public void await() {
    for (Coming each : coming.values()) {
      try {
        await(each);
      } catch (RuntimeException e) {
        // Whoever asks for that batch is told.
      }
    }
  }

  private static boolean isOutside(long number, long n, Coming batch) {
    boolean outside = number < n || number > n + MOST_AHEAD;
    if (outside) {
      batch.cancel();
    }
    return outside;
  }

  /** How many follow a batch of this size, on a heap of so many bytes. */
  static int ahead(Batch batch, long heap) {
    double room = SHARE_OF_HEAP * heap / batch.bytes();
    return (int) Math.max(1, Math.min(MOST_AHEAD, room));
  }

  private Coming begin(long n) {
    Batch batch = batches.empty();
    List<Future<?>> parts = new ArrayList<>();
    for (int first = batches.from(); first < batches.to(); first += IMAGES_AT_ONCE) {
      int from = first;
      int to = Math.min(first + IMAGES_AT_ONCE, batches.to());
      parts.add(threads.submit(() -> batches.fill(batch, n, from, to)));
    }
    return new Coming(batch, parts);
  }

  /** The first image in the batch that fails is the one that is told of, as without threads. */
  private static void await(Coming batch) {
    try {
      for (Future<?> part : batch.parts()) {
        part.get();
      }
    } catch (ExecutionException e) {
      batch.cancel();
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      } else if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a batch was being made", e);
    }
  }

  /** Drops what nobody has asked for; what is being read is read to its end. */
  @Override
  public void close() {
    coming.values().forEach(Coming::cancel);
    threads.shutdown(); // No interrupt: it would close files that others read too.
    try {
      // A disk that does not answer holds back nobody: the threads are daemons.
      threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
