package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.MemoryPlan;
import io.github.fdistill.training.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A run that is only tried: it is checked and rehearsed, and what it would need is found. Nothing
 * is written. Of one that several workers would make, one worker's part is tried.
 *
 * @param batchSize images of a batch
 * @param parts that each worker computes its images of it in
 * @param together images that a part has a multiple of
 * @param available bytes that there are for a worker's process; none where that is not known
 * @param gpu bytes that there are of a GPU's memory; none where there is no GPU
 * @param mostRows images at a time that the networks take, where they do not take any number
 * @param goesOn whether the run was begun, so that few of its settings may change
 */
public record DryRun(
    RunOrder order,
    RunPlan plan,
    int batchSize,
    int parts,
    int together,
    OptionalLong available,
    OptionalLong gpu,
    OptionalInt mostRows,
    boolean goesOn) {

  /** On this machine. */
  static DryRun here(
      RunOrder order, RunPlan plan, PreparedRun.Batching batching, OptionalInt mostRows) {
    Room room = Room.here(order, plan);
    return new DryRun(
        order,
        plan,
        batching.size(),
        batching.parts(),
        batching.together(),
        room.available(),
        room.gpu(),
        mostRows,
        room.goesOn());
  }

  /**
   * Where the run stands.
   *
   * @param run its folder
   * @param finished the model of its last step, where that is exported
   * @param step that it has come to
   * @param minutes that it is to take, where its steps are not known yet
   * @param next where its model would go
   * @param taken why it cannot have that folder: another run has it, or one goes on there
   */
  public record Standing(
      Path run,
      Optional<Path> finished,
      long step,
      Optional<Budget.Minutes> minutes,
      Path next,
      Optional<String> taken) {}

  /**
   * Checks all that can be checked without steps. A folder that another run has is told of: what
   * the run takes can be found out beside it.
   *
   * @throws InputException when the run would be refused
   */
  public Standing standing() throws IOException {
    RunSession.requireName(plan);
    Workspace workspace = order.workspace();
    Path run = RunSession.folder(workspace, plan.name());
    Exports exports = new Exports(workspace, plan, run);
    Folders.requirePermitted(run);
    Folders.requirePermitted(exports.folder());
    Optional<Budget.Minutes> open = Budget.openMinutes(order, plan.settings().get(RunFiles.CONFIG));
    Optional<String> taken = SameRun.taken(run, plan);
    if (taken.isPresent()) {
      Optional<Budget.Minutes> minutes = open.map(m -> new Budget.Minutes(m.all(), m.all()));
      return new Standing(run, Optional.empty(), 0, minutes, exports.next(), taken);
    }
    Optional<Path> finished = exports.noted();
    long step = finished.isPresent() ? plan.steps() : SameRun.requireStepsLeft(run, plan);
    return new Standing(run, finished, step, open, exports.next(), taken);
  }

  /**
   * Steps that were made.
   *
   * @param rows images at a time
   * @param memory none where it was not measured
   */
  public record Trial(Rehearsal rehearsal, int rows, Optional<MemoryPlan> memory) {}

  /**
   * One image at a time first, or one for each step, and as many as are wanted only where they fit
   * by what fewer take: a step that takes too much ends the process. By few images too little seems
   * to fit, because not all that a step takes grows with them; so where room is short, it goes on
   * to more.
   *
   * @throws InputException when not even one image fits, or one worker's part cannot be tried here
   */
  public Trial rehearse(Rehearsal.Rehearsing run) throws IOException {
    int wanted = rowsWanted();
    int rows = together;
    Rehearsal first = run.with(rows, this::requireTried);
    Trial trial = new Trial(first, rows, memory(first, first.before(), rows));
    while (rows < wanted) {
      int most = most(trial).orElse(wanted);
      if (most < wanted && most < 1.5 * rows) {
        return trial;
      }
      int more = most < wanted ? Math.max(most / 2, Math.min(most, 2 * rows)) : wanted;
      if (more / together * together <= rows) {
        return trial;
      }
      rows = more / together * together;
      Rehearsal next = run.with(rows, holdings -> {});
      trial = new Trial(next, rows, memory(next, first.before(), rows));
    }
    return trial;
  }

  /**
   * @param before what the process held before the first rehearsal: it keeps some memory of each
   */
  private Optional<MemoryPlan> memory(Rehearsal made, long before, int rows) {
    return available.isEmpty() || gpu.isPresent() || made.peak().isEmpty()
        ? Optional.empty()
        : Optional.of(MemoryPlan.measured(made.holdings(), before, made.peak().getAsLong(), rows));
  }

  private OptionalInt most(Trial trial) {
    return trial.memory().isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(mostRows(trial.memory().get()));
  }

  private void requireTried(Holdings holdings) {
    room().require(holdings, order.workers());
    // Of the workers here one is tried alone.
    OptionalLong all =
        available.isEmpty()
            ? available
            : OptionalLong.of(available.getAsLong() * order.workersHere());
    room()
        .requireAlone(
            holdings,
            order.workers(),
            all,
            "tried",
            "begin the run, which by this sum fits, or try it on a larger machine");
  }

  private Room room() {
    return new Room(
        order.file(),
        plan.settings().get(RunPlan.CONFIG),
        available,
        gpu,
        order.workersHere(),
        goesOn);
  }

  /** Images at a time that the run wants. */
  public int rowsWanted() {
    return batchSize / allParts();
  }

  /** The largest batch of parts of no more images than so many. */
  public long largest(int most) {
    return (long) (most / together * together) * allParts();
  }

  /** Parts of a batch, those of all workers. */
  public int allParts() {
    return parts * order.workers();
  }

  /** Images at a time that fit. */
  public int mostRows(MemoryPlan memory) {
    return memory.mostRows(available.getAsLong() + sharedOut(memory), allParts());
  }

  /** What a worker would have less than what is tried here, for others have shares of it. */
  public long sharedOut(MemoryPlan memory) {
    return memory.holdings().sharedOut(order.workers());
  }

  /** Images at a time that the networks take; the run's own in any case. */
  public int mostTaken() {
    return Math.max(rowsWanted(), mostRows.orElse(Integer.MAX_VALUE));
  }

  /** The fewest parts of the batch with which it fits; none if it does not with any. */
  public OptionalInt partsFor(MemoryPlan memory) {
    int workers = order.workers();
    long bytes = available.getAsLong() + sharedOut(memory);
    return memory.partsFor(batchSize / workers, workers, together, mostTaken(), bytes);
  }

  /**
   * Refuses a run that takes more memory than there is.
   *
   * @throws InputException that says what would fit
   */
  public void requireFit(Trial trial) {
    if (trial.memory().isEmpty() || most(trial).getAsInt() >= rowsWanted()) {
      return;
    }
    MemoryPlan memory = trial.memory().get();
    int most = mostRows(memory);
    OptionalInt enough = partsFor(memory);
    long largest = largest(most);
    String needs =
        rowsWanted()
            + " images at a time take about "
            + mb(memory.most(rowsWanted(), allParts()) - sharedOut(memory))
            + " MB, beside "
            + memory.holdings().occasion();
    if (most < together) {
      long missing = memory.most(together, allParts()) - sharedOut(memory) - available.getAsLong();
      boolean alone = missing <= memory.holdings().beside();
      List<Saving> savings = new ArrayList<>();
      recompute().map(Saving::unknown).ifPresent(savings::add);
      savings.addAll(room().savings(memory.holdings()));
      throw room()
          .tooMuch(
              needs,
              (together == 1
                      ? "not even one image fits"
                      : "not even " + together + " images fit, one for each step")
                  + (alone ? ", beside " + memory.holdings().occasion() : ""),
              missing,
              savings);
    }
    Optional<String> cut =
        enough.isPresent() && isCut()
            ? Optional.of("--set accumulation_steps=" + enough.getAsInt())
            : Optional.empty();
    throw new InputException(
        order.file() + ": batch_size",
        needs,
        "at most " + mb(available.getAsLong()) + " MB, as much as there is" + room().each(),
        goesOn
            ? cut.map(parts -> parts + ", or ").orElse("") + "a machine with more memory"
            : "--set batch_size="
                + largest
                + cut.map(parts -> ", or for the same batch " + parts).orElse("")
                + recompute().map(saving -> "; or " + saving).orElse(""));
  }

  /** What else makes a step take less, where the run can be told to. */
  private Optional<String> recompute() {
    Message config = plan.settings().get(RunPlan.CONFIG);
    FieldDescriptor field = config.getDescriptorForType().findFieldByName("recompute");
    return field == null
            || config.getField(field).equals(Recompute.BLOCKS.getValueDescriptor())
            || !room().mayChange(field.getName())
        ? Optional.empty()
        : Optional.of("--set recompute=BLOCKS, which makes activations fewer");
  }

  /** Whether the run can be told to compute a batch in parts. */
  public boolean isCut() {
    Message config = plan.settings().get(RunPlan.CONFIG);
    return config.getDescriptorForType().findFieldByName("accumulation_steps") != null;
  }

  /** Bytes as megabytes, with one decimal. */
  public static String mb(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }
}
