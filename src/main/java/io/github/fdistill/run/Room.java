package io.github.fdistill.run;

import static io.github.fdistill.config.OptimiserConfig.State.FLOAT32;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FreeSettings;
import io.github.fdistill.config.Occasion;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.device.Device;
import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.doctor.Memory;
import io.github.fdistill.training.Holdings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The memory that there is for a run, and what to say where the run takes more.
 *
 * @param file that its settings stand in
 * @param config its settings
 * @param available bytes of the process, beside other workers here; none where that is not known
 * @param gpu bytes that TensorFlow may take of a GPU's memory; none where there is no GPU
 * @param workersHere how many processes have so much of this machine's memory
 * @param goesOn whether the run was begun, so that few of its settings may change
 */
record Room(
    Path file,
    Message config,
    OptionalLong available,
    OptionalLong gpu,
    int workersHere,
    boolean goesOn) {
  private static final String FACTORED = "--set optimiser.state=FACTORED";

  /** On this machine, of which each worker here has an equal part. */
  static Room here(RunOrder order, RunPlan plan) {
    return here(order, config(plan), Memory.available());
  }

  private static Room here(RunOrder order, Message config, OptionalLong all) {
    // What this one holds each of the others holds already, where they are there.
    long held = order.crew().isPresent() ? ResidentMemory.here().now().orElse(0) : 0;
    OptionalLong each =
        all.isEmpty() ? all : OptionalLong.of(part(all.getAsLong(), held, order.workersHere()));
    boolean goesOn = SameRun.goesOn(order.workspace(), config);
    return new Room(order.file(), config, each, ofGpu(), order.workersHere(), goesOn);
  }

  /**
   * Refuses a run whose steps are to be timed here, by one worker alone, before there is any of it.
   *
   * @param config its settings
   * @throws InputException where the run would be refused, or one worker alone has no room
   */
  static void requireTimed(RunOrder order, Message config, Holdings holdings) {
    OptionalLong all = Memory.available();
    Room room = here(order, config, all);
    room.require(holdings, order.workers());
    room.requireAlone(
        holdings,
        order.workers(),
        all,
        "timed",
        "give the run steps, --set steps=N, in the place of minutes: so it begins without a trial");
  }

  static long part(long available, long held, int workers) {
    return held + Math.max(0, available - held) / workers;
  }

  private static Message config(RunPlan plan) {
    return plan.settings().get(RunPlan.CONFIG);
  }

  /** The same for a run as it is planned now. */
  Room of(RunPlan plan) {
    return new Room(file, config(plan), available, gpu, workersHere, goesOn);
  }

  private static OptionalLong ofGpu() {
    return Sessions.onGpu()
        ? Sessions.devices().stream()
            .filter(Device::isGpu)
            .mapToLong(Device::memoryBytes)
            .findFirst()
        : OptionalLong.empty();
  }

  /** What there is where the run computes. */
  private OptionalLong there() {
    return gpu.isPresent() ? gpu : available;
  }

  /**
   * Refuses what does not fit without any images, before there is any of it.
   *
   * @param workers that share out what is sharded, where it is not shared out here already
   * @throws InputException with the sum, and the settings that would help most
   */
  void require(Holdings holdings, int workers) {
    requireOnHost(holdings);
    long shared = gpu.isPresent() ? 0 : holdings.sharedOut(workers);
    long needed = least(holdings, workers) - shared;
    boolean draws = holdings.drawn() > holdings.gradients();
    if (there().isPresent() && needed > there().getAsLong()) {
      List<String> terms = new ArrayList<>();
      holdings
          .weights()
          .forEach(
              (network, bytes) -> term(terms, "weights of " + network.replace('_', ' '), bytes));
      term(terms, "optimiser slots", holdings.slots());
      term(terms, "averages of weights", holdings.averages());
      term(terms, "sums over parts", sums(holdings, workers));
      String last = draws ? "a model that is drawn from" : "gradients";
      term(terms, last, Math.max(holdings.gradients(), holdings.drawn()));
      String less = shared > 0 ? " - " + DryRun.mb(shared) + " shares of other workers" : "";
      String sum = String.join(" + ", terms) + less;
      throw tooMuch(
          "weights, slots, averages and " + last + " take " + DryRun.mb(needed) + " MB: " + sum,
          "not even one image fits",
          needed - there().getAsLong(),
          savings(holdings));
    }
  }

  /**
   * Refuses what one worker takes alone, where others would have shares of it.
   *
   * @param workers that would share out what is sharded
   * @param all bytes that there are for a process alone here
   * @param done what it would be alone for
   * @throws InputException with what it takes, alone and beside the others
   */
  void requireAlone(Holdings holdings, int workers, OptionalLong all, String done, String remedy) {
    if (gpu.isEmpty() && all.isPresent() && holdings.least() > all.getAsLong()) {
      throw new InputException(
          file + ": optimiser.sharded",
          done
              + " alone, without others for their shares, a worker takes "
              + DryRun.mb(holdings.least())
              + " MB; beside them "
              + DryRun.mb(least(holdings, workers) - holdings.sharedOut(workers)),
          "at most " + DryRun.mb(all.getAsLong()) + " MB, as much as there is for a trial",
          remedy);
    }
  }

  /** What one of so many workers has without any images, and without what others have of it. */
  private static long least(Holdings holdings, int workers) {
    return holdings.least() - holdings.sums() + sums(holdings, workers);
  }

  private static long sums(Holdings holdings, int workers) {
    return Math.max(holdings.sums(), holdings.sumsOf(workers));
  }

  /** Beside a GPU: what its optimisers keep apart, and a gradient that has come down. */
  private void requireOnHost(Holdings holdings) {
    long apart = holdings.onHost().all();
    long needed = apart + holdings.gradients();
    if (apart > 0 && available.isPresent() && needed > available.getAsLong()) {
      throw new InputException(
          file + ": optimiser.offload",
          "weights, slots and averages in the host's memory take "
              + DryRun.mb(needed)
              + " MB, with a gradient",
          "at most " + DryRun.mb(available.getAsLong()) + " MB, as much as there is" + each(),
          "offload fewer of the optimisers, "
              + (isFactorable() ? FACTORED + ", " : "")
              + "or a machine with more memory");
    }
  }

  private static void term(List<String> terms, String name, long bytes) {
    if (bytes > 0) {
      terms.add(DryRun.mb(bytes) + " " + name);
    }
  }

  /**
   * What does not fit whatever the batch.
   *
   * @param found how much is taken
   * @param little what does not fit
   * @param missing bytes that it takes more than there are
   * @param savings with which it would take less, what costs least first
   */
  InputException tooMuch(String found, String little, long missing, List<Saving> savings) {
    String otherwise =
        goesOn
            ? "a machine with more memory, or another run, with --set name=..."
            : "smaller networks, a machine with more memory, or several that share slots and"
                + " averages (docs/workers.md, optimiser.sharded)";
    return new InputException(
        file + ": batch_size",
        found,
        "at most "
            + DryRun.mb(there().orElseThrow())
            + " MB, as much as "
            + (gpu.isPresent() ? "the GPU has" : "there is")
            + each()
            + ": "
            + little,
        Saving.remedy(savings, missing, otherwise));
  }

  /** Whose that is, where each worker here has so much. */
  String each() {
    return workersHere > 1 && gpu.isEmpty() ? " for each of " + workersHere + " workers" : "";
  }

  /** Whether a setting may be given another value: of a run that was begun few may. */
  boolean mayChange(String setting) {
    return !goesOn
        || FreeSettings.of(config.getDescriptorForType(), Occasion.RESUME).contains(setting);
  }

  /** Settings with which it would take less, and how much less; what costs least is first. */
  List<Saving> savings(Holdings holdings) {
    List<Saving> savings = new ArrayList<>();
    if (gpu.isPresent()) {
      Offload.saving(config, holdings).ifPresent(savings::add);
    }
    long factored = isFactorable() ? ofFactored(holdings) : 0;
    if (config instanceof DistillConfig c) {
      addOfDistillation(savings, c, holdings, factored);
    } else if (factored > 0) {
      savings.add(Saving.upTo(FACTORED, factored));
    }
    return savings;
  }

  private void addOfDistillation(
      List<Saving> savings, DistillConfig c, Holdings holdings, long factored) {
    long teacher = holdings.weights().getOrDefault("teacher", 0L);
    boolean halved = c.getFrozen() != DistillConfig.Frozen.FLOAT32;
    boolean whole = c.getLora().getRank() == 0;
    if (teacher > 0 && !halved && whole && mayChange("frozen")) {
      savings.add(Saving.of("--set frozen=BFLOAT16", teacher / 2));
    }
    int averages = c.getAverageCount();
    if (averages > 1 && holdings.averages() > 0 && mayChange("average")) {
      savings.add(
          Saving.of(
              "one average in the place of " + averages,
              holdings.averages() / averages * (averages - 1)));
    }
    if (factored > 0) {
      savings.add(
          Saving.upTo(
              FACTORED + ", and so of fake_score.optimiser and discriminator.optimiser", factored));
    }
    long further = holdings.ofFurtherFakeScores();
    if (further > 0 && mayChange("student_critics")) {
      savings.add(
          Saving.of(
              "--set student_critics=OF_ALL_STEPS, one fake score in the place of "
                  + c.getStudentSteps(),
              further));
    }
    long adapted = holdings.ofStudentAndFakeScore() - (halved ? teacher : 0);
    if (whole && adapted > 0 && mayChange("lora.rank")) {
      String float32 = halved ? " --set frozen=FLOAT32" : ""; // Beside adapters it is to be whole.
      String rank = "--set lora.rank=" + rank(holdings.ofStudent());
      savings.add(Saving.upTo(rank + float32, adapted).inTheirPlace());
    }
  }

  /**
   * A rank at which adapters are far fewer numbers than the weights: at most a thirteenth of the
   * sides of the network's layers, were it 36 square ones; a power of two.
   */
  static long rank(long bytes) {
    double most = Math.sqrt((double) bytes / Float.BYTES) / 80;
    return Long.highestOneBit((long) Math.min(64, Math.max(1, most)));
  }

  /** Whether moments may be told to take less room: those that workers share may not. */
  private boolean isFactorable() {
    Map<String, OptimiserConfig> all = Offload.optimisers(config);
    return mayChange("optimiser.state")
        && all.values().stream().noneMatch(OptimiserConfig::getSharded)
        && all.entrySet().stream()
            .filter(entry -> !entry.getKey().startsWith("discriminator"))
            .allMatch(entry -> entry.getValue().getState() == FLOAT32);
  }

  /** Of two moments of 4 bytes a first one of 2 is left, and little else. */
  private static long ofFactored(Holdings holdings) {
    return holdings.slots() / 4 * 3;
  }
}
