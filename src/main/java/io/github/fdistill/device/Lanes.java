package io.github.fdistill.device;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Work side by side on the CPU. Two ops, each on half of the cores, come further than one after the
 * other, each on all cores: the threads of an op wait for each other, and have less to do each. So
 * there are {@link Sessions#lanes} lanes. A graph with as many branches fills them by itself; runs
 * that do not depend on each other are made side by side here.
 */
public final class Lanes {
  private static final Executor NEW_THREAD =
      lane -> {
        Thread thread = new Thread(lane, "lane");
        thread.setDaemon(true);
        thread.start();
      };

  /** In a worker beside others on a machine: the lanes that one alone would have there. */
  static final String ALONE = "fdistill.lanes";

  /** The same of the threads of an op, by which a sum in it is divided. */
  static final String THREADS = "fdistill.threads";

  private Lanes() {}

  /** How many there are with so many cores: more than two were not measured. */
  static int of(int cores) {
    return Math.min(cores, 2);
  }

  /** The threads of an op with so many cores for so many lanes. */
  static int threadsPerOp(int cores, int lanes) {
    return (cores + lanes - 1) / lanes;
  }

  /** Whether this process is a worker beside others on a machine. */
  static boolean areShared() {
    return System.getProperty(ALONE) != null;
  }

  /**
   * Flags of Java for a worker that has a share of these cores: it divides images and ops as one
   * alone would that has them all, so that all bits are the same.
   */
  public static List<String> asAlone(int cores) {
    int lanes = of(cores);
    return List.of("-D" + ALONE + "=" + lanes, "-D" + THREADS + "=" + threadsPerOp(cores, lanes));
  }

  /**
   * Does every item once, in any order, as many at a time as there are lanes; returns when none is
   * being done any more. Not for a static initialiser: the other threads would wait for its class.
   *
   * @param work with an item, from 0; called by several threads
   * @throws RuntimeException what the work threw; items not begun by then are left out
   */
  public static void forEach(int items, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    Runnable lane = () -> takeTurns(next, items, work);
    CompletableFuture<?>[] lanes =
        IntStream.range(0, Math.min(items, Sessions.lanes()))
            .mapToObj(i -> CompletableFuture.runAsync(lane, NEW_THREAD))
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(lanes).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Takes the items from {@code from} to before {@code to}. */
  @FunctionalInterface
  public interface Block {
    void accept(int from, int to);
  }

  /**
   * Goes over items in blocks, as {@link #forEach}: in as few turns of all lanes as can be, and of
   * one size but for the last, so that no lane waits long for another.
   *
   * @param most items of a block, at least 1
   */
  public static void inBlocks(int items, int most, Block block) {
    inBlocksOf(each(items, most), items, block);
  }

  /** The same in blocks of so many items, but for the last. */
  public static void inBlocksOf(int each, int items, Block block) {
    int blocks = (items + each - 1) / each;
    forEach(blocks, i -> block.accept(i * each, Math.min(items, (i + 1) * each)));
  }

  /** How many blocks {@link #inBlocks} makes. */
  public static int blocks(int items, int most) {
    int each = each(items, most);
    return (items + each - 1) / each;
  }

  /** The size of those blocks. */
  public static int each(int items, int most) {
    int lanes = Sessions.lanesOfBlocks();
    double turns = Math.ceil(items / ((double) most * lanes));
    return Math.max(1, (int) Math.ceil(items / (turns * lanes)));
  }

  /**
   * Goes over items in blocks, and counts them.
   *
   * @param done is told how many items are done, after each block, by one thread at a time
   */
  public static void inBlocks(int items, int most, Block block, LongConsumer done) {
    AtomicInteger finished = new AtomicInteger();
    inBlocks(
        items,
        most,
        (from, to) -> {
          block.accept(from, to);
          synchronized (finished) {
            done.accept(finished.addAndGet(to - from));
          }
        });
  }

  private static void takeTurns(AtomicInteger next, int items, IntConsumer work) {
    try {
      for (int item = next.getAndIncrement(); item < items; item = next.getAndIncrement()) {
        work.accept(item);
      }
    } catch (RuntimeException | Error e) {
      next.set(items);
      throw e;
    }
  }
}
