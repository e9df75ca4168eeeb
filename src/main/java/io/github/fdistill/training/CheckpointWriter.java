package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.doctor.Memory;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Writes checkpoints while training goes on: it waits for a copy of the weights, and for the
 * checkpoint before where that is still being written. What is with several workers is written
 * before training goes on; so is one beside which the steps would not find room, for they take
 * other memory for all that a checkpoint keeps as it was.
 */
final class CheckpointWriter implements AutoCloseable {
  private final Checkpoints checkpoints;
  private final Supplier<Held> memory;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread writer = new Thread(work, "checkpoints");
            writer.setDaemon(true);
            return writer;
          });
  private Future<?> writing = CompletableFuture.completedFuture(null);
  private long mostAlone;
  private long beside;

  /**
   * Memory of this process, in bytes; none where it is not known.
   *
   * @param peak the most that it has held since it began
   * @param available what it may hold
   */
  record Held(OptionalLong peak, OptionalLong available) {
    /** Of a GPU, from which a checkpoint's numbers are copied, it is as if it were not known. */
    private static Held here() {
      return new Held(
          ResidentMemory.here().peak(),
          Sessions.onGpu() ? OptionalLong.empty() : Memory.available());
    }
  }

  CheckpointWriter(Checkpoints checkpoints) {
    this(checkpoints, Held::here);
  }

  /**
   * A writer with memory of another's choice.
   *
   * @param memory asked before each checkpoint
   */
  CheckpointWriter(Checkpoints checkpoints, Supplier<Held> memory) {
    this.checkpoints = checkpoints;
    this.memory = memory;
  }

  /**
   * Whether the steps find so many bytes more than they took at most; where it is not known they
   * do. In the most that the process has held there is the copy of a checkpoint that was written
   * beside steps, if one was: the next needs no other room than that one had.
   */
  private boolean isRoomFor(long bytes) {
    Held held = memory.get();
    mostAlone = Math.max(mostAlone, held.peak().orElse(0) - beside);
    return held.peak().isEmpty()
        || held.available().isEmpty()
        || mostAlone + bytes <= held.available().getAsLong();
  }

  /**
   * Begins to write a checkpoint.
   *
   * @param step training steps done
   * @param state is asked for when the checkpoint before is written, and closed when this one is
   * @throws InputException when the checkpoint before could not be written
   */
  void save(long step, Supplier<Snapshot> state) {
    await();
    Snapshot snapshot = state.get();
    boolean waits = snapshot.isApart() || !isRoomFor(snapshot.bytes());
    writing = thread.submit(() -> write(step, snapshot));
    if (waits) {
      await();
    } else {
      beside = Math.max(beside, snapshot.bytes());
    }
  }

  private void write(long step, Snapshot state) {
    long bytes = state.bytes();
    try (state) {
      checkpoints.save(step, state::write);
    } catch (IOException e) {
      throw new InputException(
          checkpoints.folder().toString(),
          "the checkpoint of step " + step + " cannot be written: " + DiskRefusal.reason(e),
          "a disk that can be written and has room for " + (bytes / 1_000_000 + 1) + " MB more",
          "make room; the same command then goes on from the checkpoint before",
          e);
    }
  }

  /**
   * Waits until nothing is being written.
   *
   * @throws InputException when a checkpoint could not be written
   */
  void await() {
    try {
      writing.get();
    } catch (ExecutionException e) {
      writing = CompletableFuture.completedFuture(null);
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a checkpoint was being written", e);
    }
  }

  /** Waits for the last checkpoint; one that failed and was not awaited is not told of. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      writing.get();
    } catch (ExecutionException e) {
      // Whoever needs the checkpoint awaits it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
