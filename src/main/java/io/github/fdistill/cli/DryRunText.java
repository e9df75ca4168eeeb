package io.github.fdistill.cli;

import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.MemoryPlan;
import io.github.fdistill.training.Reading;
import io.github.fdistill.training.Rehearsal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/** {@code --dry-run}: what a run that is only tried is found to need, told as it is found. */
record DryRunText(PrintStream out, DryRun dry) {
  /** Workers that the shares of an optimiser's state are told of. */
  private static final int[] SHARED_BY = {2, 4, 8};

  /**
   * Tries a run and tells of it.
   *
   * @throws io.github.fdistill.InputException when the run would be refused, or does not fit into
   *     memory
   */
  static void tell(PrintStream out, DryRun dry, Rehearsal.Rehearsing run) throws IOException {
    DryRunText text = new DryRunText(out, dry);
    text.line("Dry run:", dry.plan().command() + "; nothing is written");
    DryRun.Standing standing = dry.standing();
    text.tellStanding(standing);
    if (standing.finished().isEmpty()) {
      DryRun.Trial trial = dry.rehearse(run);
      text.tellNumbers(trial.rehearsal());
      text.tellTime(standing, trial);
      text.tellMemory(trial);
      dry.requireFit(trial);
      text.tellFit(trial);
    }
  }

  private void line(String name, String text) {
    out.printf("%-9s %s%n", name, text);
  }

  private void tellStanding(DryRun.Standing standing) {
    String reads = "Reads:";
    for (RunPlan.Input input : dry.plan().inputs()) {
      line(reads, input.role().replace('_', ' ') + ": " + input.path());
      reads = "";
    }
    String run = shown(standing.run());
    if (standing.finished().isPresent()) {
      line("Run:", run + "  (finished: " + shown(standing.finished().get()) + ")");
      return;
    }
    standing
        .taken()
        .map(why -> run + " is taken: " + why + "; --set name=... gives another")
        .ifPresent(taken -> line("Name:", taken));
    String from = standing.step() == 0 ? "begins" : "goes on after step " + standing.step();
    String length =
        standing.minutes().isPresent()
            ? standing.minutes().get().all() + " minutes"
            : dry.plan().steps() + " steps";
    String parts = dry.parts() + (dry.parts() == 1 ? " part" : " parts");
    int workers = dry.order().workers();
    String by = workers == 1 ? "" : ", by " + workers + " workers";
    String batch = "batches of " + dry.batchSize() + " images in " + parts + by;
    line("Run:", run + "  (" + from + "; " + length + "; " + batch + ")");
    line("Model:", shown(standing.next()));
  }

  private String shown(Path path) {
    return dry.order().workspace().relative(path);
  }

  private void tellNumbers(Rehearsal made) {
    String name = "Step " + (made.step() + 1) + ":";
    for (Map.Entry<Reading, Float> number : made.numbers().entrySet()) {
      line(name, String.format(Locale.ROOT, "%-34s %10.4g", number.getKey(), number.getValue()));
      name = "";
    }
  }

  private void tellTime(DryRun.Standing standing, DryRun.Trial trial) {
    Rehearsal made = trial.rehearsal();
    // Workers on one machine share the cores that the trial had alone; each has its own GPU.
    int sharing = dry.gpu().isPresent() ? 1 : dry.order().workersHere();
    String about = trial.rows() < dry.rowsWanted() || sharing > 1 ? "about " : "";
    double seconds = made.seconds() * sharing * dry.rowsWanted() / trial.rows();
    double left =
        standing.minutes().isPresent()
            ? Math.max(1, Math.floor(standing.minutes().get().left() * 60 / seconds))
            : dry.plan().steps() - made.step();
    line(
        "Time:",
        String.format(
            Locale.ROOT,
            "%s%.3g seconds a step; %,.0f steps, %s",
            about,
            seconds,
            left,
            Quantities.seconds(seconds * left)));
  }

  private void tellMemory(DryRun.Trial trial) {
    Holdings holdings = trial.rehearsal().holdings();
    int workers = dry.order().workers();
    String whose = workers > 1 ? "each of " + workers + " workers" : "";
    String where = dry.gpu().isPresent() ? "on the GPU" : whose;
    line("Memory:", String.format("%-34s %10s", where, "MB"));
    holdings.weights().forEach((net, bytes) -> row("weights: " + net.replace('_', ' '), bytes));
    row("optimiser slots", holdings.slots());
    row("averages of weights", holdings.averages());
    if (!holdings.sharded().isEmpty()) {
      for (int many : SHARED_BY) {
        row("  of sharded, with each of " + many + " workers", holdings.share(many));
      }
    }
    row("sums over the parts of a batch", holdings.sumsOf(dry.allParts()));
    row("density ratio's bins, rate factor", holdings.others());
    row("gradients", holdings.gradients());
    dry.gpu().ifPresent(gpu -> row("available", gpu));
    tellOnHost(holdings.onHost());
    if (trial.memory().isEmpty()) {
      line("", "activations: not measured (" + whyNot() + ")");
      return;
    }
    MemoryPlan memory = trial.memory().get();
    int wanted = dry.rowsWanted();
    String about = trial.rows() < wanted ? " by " + trial.rows() : "";
    long fixed = memory.bytes(0, dry.allParts());
    long all = memory.bytes(wanted, dry.allParts());
    row("activations, " + wanted + " at a time" + about, all - fixed);
    row("program, graph, images", memory.program());
    long shared = dry.sharedOut(memory);
    if (shared > 0) {
      row("less, for others have shares", -shared);
    }
    row("together", all - shared);
    row(
        "beside " + memory.holdings().occasion() + ", at most",
        memory.most(wanted, dry.allParts()) - shared);
    row("available", dry.available().getAsLong());
  }

  private void tellOnHost(Holdings.OnHost held) {
    if (held.all() > 0) {
      line("", "in the host's memory");
      row("weights, to be updated", held.weights());
      row("optimiser slots", held.slots());
      row("averages of weights", held.averages());
      dry.available().ifPresent(bytes -> row("available", bytes));
    }
  }

  private String whyNot() {
    if (dry.gpu().isPresent()) {
      return "on a GPU";
    }
    return dry.available().isEmpty() ? "on a system that does not tell" : "no peak is told";
  }

  private void row(String name, long bytes) {
    line("", String.format("%-34s %10s", name, DryRun.mb(bytes)));
  }

  private void tellFit(DryRun.Trial trial) {
    if (trial.memory().isEmpty()) {
      return;
    }
    int parts = dry.parts();
    int fit = dry.mostRows(trial.memory().get());
    boolean taken = fit <= dry.mostTaken();
    long largest = dry.largest(Math.min(fit, dry.mostTaken()));
    line(
        "Fits:",
        "batch_size up to "
            + (taken ? "about " + largest : largest + ", as the networks' rows allow")
            + (dry.isCut() ? ", with accumulation_steps " + parts : ""));
    OptionalInt enough = dry.partsFor(trial.memory().get());
    if (enough.orElse(parts) < parts) {
      line(
          "",
          "batch_size "
              + dry.batchSize()
              + " with accumulation_steps "
              + enough.getAsInt()
              + " too");
    }
  }
}
