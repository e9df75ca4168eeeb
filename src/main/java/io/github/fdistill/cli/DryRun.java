package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.doctor.Memory;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.MemoryPlan;
import io.github.fdistill.training.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code --dry-run}: a run is checked and rehearsed, and what it would need is told. Nothing is
 * written.
 *
 * @param batchSize images of a batch
 * @param parts that it is computed in
 * @param available bytes that there are for the run; none where that is not known
 */
record DryRun(RunOrder order, RunPlan plan, int batchSize, int parts, OptionalLong available) {

  /** On this machine. */
  static DryRun here(RunOrder order, RunPlan plan, int batchSize, int parts) {
    boolean onGpu = Sessions.onGpu();
    OptionalLong available = onGpu ? OptionalLong.empty() : Memory.available();
    return new DryRun(order, plan, batchSize, parts, available);
  }

  /**
   * Tells of the run.
   *
   * @throws InputException when the run would be refused, or does not fit into memory
   */
  void tell(Rehearsal.Rehearsing run) throws IOException {
    line("Dry run:", plan.command() + "; nothing is written");
    if (tellPlace()) {
      return;
    }
    Trial trial = rehearse(run);
    Rehearsal made = trial.rehearsal();
    tellNumbers(made);
    tellTime(made, trial.rows());
    tellMemory(trial);
    requireFit(trial);
  }

  private void line(String name, String text) {
    order.place().out().printf("%-9s %s%n", name, text);
  }

  /** Whether the run is finished. */
  private boolean tellPlace() throws IOException {
    RunSession.requireName(plan);
    Place place = order.place();
    Path run = RunSession.folder(place, plan.name());
    Exports exports = new Exports(place, plan, run);
    RunFolder.requireFree(run);
    Folders.requirePermitted(run);
    Folders.requirePermitted(exports.folder());
    SameRun.require(run, plan);
    String reads = "Reads:";
    for (RunPlan.Input input : plan.inputs()) {
      line(reads, input.role().replace('_', ' ') + ": " + input.path());
      reads = "";
    }
    Optional<Path> model = exports.noted();
    if (model.isPresent()) {
      line("Run:", place.relative(run) + "  (finished: " + place.relative(model.get()) + ")");
      return true;
    }
    long step = SameRun.requireStepsLeft(run, plan);
    String from = step == 0 ? "begins" : "goes on after step " + step;
    OptionalDouble minutes = openMinutes();
    String length =
        minutes.isPresent() ? minutes.getAsDouble() + " minutes" : plan.steps() + " steps";
    String batch =
        "batches of " + batchSize + " images in " + parts + (parts == 1 ? " part" : " parts");
    line("Run:", place.relative(run) + "  (" + from + "; " + length + "; " + batch + ")");
    line("Model:", place.relative(exports.next()));
    return false;
  }

  /**
   * Steps that were made.
   *
   * @param rows images at a time
   * @param memory none where it was not measured
   */
  private record Trial(Rehearsal rehearsal, int rows, Optional<MemoryPlan> memory) {}

  /**
   * One image at a time first, and as many as are wanted only where they fit by what fewer take: a
   * step that takes too much ends the process. By few images too little seems to fit, because not
   * all that a step takes grows with them; so where room is short, it goes on to more.
   */
  private Trial rehearse(Rehearsal.Rehearsing run) throws IOException {
    int wanted = batchSize / parts;
    int rows = 1;
    Rehearsal first = run.with(rows, this::requireRoom);
    Trial trial = new Trial(first, rows, memory(first, first.before(), rows));
    while (rows < wanted) {
      int most = most(trial).orElse(wanted);
      if (most < wanted && most < 1.5 * rows) {
        return trial;
      }
      rows = most < wanted ? Math.max(most / 2, Math.min(most, 2 * rows)) : wanted;
      Rehearsal next = run.with(rows, holdings -> {});
      trial = new Trial(next, rows, memory(next, first.before(), rows));
    }
    return trial;
  }

  /**
   * @param before what the process held before the first rehearsal: it keeps some memory of each
   */
  private Optional<MemoryPlan> memory(Rehearsal made, long before, int rows) {
    return available.isEmpty() || made.peak().isEmpty()
        ? Optional.empty()
        : Optional.of(
            MemoryPlan.measured(made.holdings(), before, made.peak().getAsLong(), rows, parts));
  }

  private OptionalInt most(Trial trial) {
    return trial.memory().isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(trial.memory().get().mostRows(available.getAsLong()));
  }

  private void requireRoom(Holdings holdings) {
    long needed = holdings.all() + holdings.gradients();
    if (available.isPresent() && needed > available.getAsLong()) {
      throw tooMuch("weights, slots, averages and gradients take " + mb(needed) + " MB");
    }
  }

  private void tellNumbers(Rehearsal made) {
    String name = "Step " + (made.step() + 1) + ":";
    for (Map.Entry<String, Float> number : made.numbers().entrySet()) {
      line(name, String.format(Locale.ROOT, "%-34s %10.4g", number.getKey(), number.getValue()));
      name = "";
    }
  }

  private void tellTime(Rehearsal made, int rows) {
    String about = rows < batchSize / parts ? "about " : "";
    double seconds = made.seconds() * (batchSize / parts) / rows;
    OptionalDouble minutes = openMinutes();
    double left =
        minutes.isPresent()
            ? Math.floor(minutes.getAsDouble() * 60 / seconds)
            : plan.steps() - made.step();
    line(
        "Time:",
        String.format(
            Locale.ROOT,
            "%s%.3g seconds a step; %.0f steps, %.3g minutes",
            about,
            seconds,
            left,
            seconds * left / 60));
  }

  private OptionalDouble openMinutes() {
    return Budget.openMinutes(order, plan.settings().get(RunPlan.CONFIG));
  }

  private void tellMemory(Trial trial) {
    Holdings holdings = trial.rehearsal().holdings();
    line("Memory:", String.format("%-34s %10s", "", "MB"));
    holdings.weights().forEach((net, bytes) -> row("weights: " + net.replace('_', ' '), bytes));
    row("optimiser slots", holdings.slots());
    row("averages of weights", holdings.averages());
    row("sums over the parts of a batch", holdings.sums());
    row("density ratio's bins, rate factor", holdings.others());
    row("gradients", holdings.gradients());
    if (trial.memory().isEmpty()) {
      line("", "activations: not measured (" + whyNot() + ")");
      return;
    }
    MemoryPlan memory = trial.memory().get();
    int wanted = batchSize / parts;
    String about = trial.rows() < wanted ? " by " + trial.rows() : "";
    long fixed = memory.bytes(0, parts);
    long all = memory.bytes(wanted, parts);
    row("activations, " + wanted + " at a time" + about, all - fixed);
    row("program, graph, images", memory.program());
    row("together", all);
    row("available", available.getAsLong());
  }

  private String whyNot() {
    return available.isEmpty() ? "on a GPU, or on a system that does not tell" : "no peak is told";
  }

  private void row(String name, long bytes) {
    line("", String.format("%-34s %10s", name, mb(bytes)));
  }

  private static String mb(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }

  private void requireFit(Trial trial) {
    if (trial.memory().isEmpty()) {
      return;
    }
    MemoryPlan memory = trial.memory().get();
    int most = memory.mostRows(available.getAsLong());
    OptionalInt enough = memory.partsFor(batchSize, available.getAsLong());
    long largest = (long) most * parts;
    if (most >= batchSize / parts) {
      line("Fits:", "batch_size up to about " + largest + ", with accumulation_steps " + parts);
      if (enough.orElse(parts) < parts) {
        line(
            "",
            "batch_size " + batchSize + " with accumulation_steps " + enough.getAsInt() + " too");
      }
      return;
    }
    String needs =
        batchSize / parts
            + " images at a time take about "
            + mb(memory.bytes(batchSize / parts, parts))
            + " MB";
    if (most == 0) {
      throw tooMuch(needs);
    }
    throw new InputException(
        order.file() + ": batch_size",
        needs,
        "at most " + mb(available.getAsLong()) + " MB, as much as there is",
        "--set batch_size="
            + largest
            + (enough.isPresent()
                ? ", or for the same batch --set accumulation_steps=" + enough.getAsInt()
                : ""));
  }

  private InputException tooMuch(String found) {
    return new InputException(
        order.file() + ": batch_size",
        found,
        "at most "
            + mb(available.getAsLong())
            + " MB, as much as there is: not even one image fits",
        "smaller networks, or a machine with more memory");
  }
}
