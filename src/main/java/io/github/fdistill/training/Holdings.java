package io.github.fdistill.training;

import io.github.fdistill.training.VariableNames.Kind;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the variables of a training graph hold, in bytes; exact. What a GPU's optimisers keep in the
 * host's memory is told apart.
 *
 * @param weights by network, those that stay as they are too
 * @param slots optimisers' moments and counts of updates
 * @param averages of weights
 * @param sums what is added up over the parts of a batch: gradients, above all; 0 for one part
 * @param others density ratio's bins, rate factor
 * @param trained the weights of all networks that are trained: as much as a gradient of each
 * @param gradients the most that are there at a time
 * @param drawn what a model takes beside all that while images are drawn from it: the largest is
 *     taken, whole and in float32, whatever is trained of it
 * @param sharded of sharded optimisers: each moment, average and vector of weights, of which
 *     several workers would keep and update a share each
 * @param whole what one worker alone holds of those, without a share of the weights
 * @param onHost what lies beside all that in the host's memory, where a GPU has the rest
 */
public record Holdings(
    Map<String, Long> weights,
    long slots,
    long averages,
    long sums,
    long others,
    long trained,
    long gradients,
    long drawn,
    List<Long> sharded,
    long whole,
    OnHost onHost) {

  /**
   * In the host's memory beside a GPU.
   *
   * @param weights that updates are computed on; the GPU has a copy
   * @param slots optimisers' moments and counts of updates
   * @param averages of weights
   * @param others what updates need too
   */
  public record OnHost(long weights, long slots, long averages, long others) {
    /** Where all is in one memory, or all on the GPU. */
    public static final OnHost NOTHING = new OnHost(0, 0, 0, 0);

    /** All of it. */
    public long all() {
      return weights + slots + averages + others;
    }
  }

  /**
   * Sorts variables by their names.
   *
   * @param variables bytes by name
   * @param onHost which of them lie on the host, whatever computes
   * @param together the networks that are trained in one turn, of each turn
   * @param drawn bytes of the largest model that images are drawn from
   * @param sharded bytes of vectors that workers would share out
   * @param whole bytes of those that one worker alone holds
   */
  static Holdings of(
      Map<String, Long> variables,
      Set<String> onHost,
      List<List<String>> together,
      long drawn,
      List<Long> sharded,
      long whole) {
    Map<String, Long> weights = new LinkedHashMap<>();
    Map<Kind, Long> here = new EnumMap<>(Kind.class);
    Map<Kind, Long> host = new EnumMap<>(Kind.class);
    variables.forEach(
        (name, bytes) -> {
          Kind kind = VariableNames.kind(name);
          boolean apart = onHost.contains(name);
          (apart ? host : here).merge(kind, bytes, Long::sum);
          if (!apart && (kind == Kind.WEIGHTS || kind == Kind.COPY)) {
            weights.put(VariableNames.network(name), bytes);
          }
        });
    long trained = together.stream().mapToLong(turn -> bytes(weights, turn)).sum();
    long most = together.stream().mapToLong(turn -> bytes(weights, turn)).max().orElse(0);
    return new Holdings(
        weights,
        bytes(here, Kind.SLOT),
        bytes(here, Kind.AVERAGE),
        bytes(here, Kind.SCRATCH),
        bytes(here, Kind.OTHER),
        trained,
        most,
        drawn,
        sharded,
        whole,
        new OnHost(
            bytes(host, Kind.WEIGHTS) + bytes(host, Kind.SCRATCH),
            bytes(host, Kind.SLOT),
            bytes(host, Kind.AVERAGE),
            bytes(host, Kind.OTHER)));
  }

  private static long bytes(Map<Kind, Long> held, Kind kind) {
    return held.getOrDefault(kind, 0L);
  }

  private static long bytes(Map<String, Long> weights, List<String> networks) {
    return networks.stream().mapToLong(weights::get).sum();
  }

  /**
   * What student and fake score take because all their weights are trained: those, and the slots,
   * averages and gradients that go with them. A discriminator's remain, and so does the room of a
   * model that is drawn from where gradients were before.
   */
  public long ofStudentAndFakeScore() {
    long both = ofStudent() + ofFakeScores();
    long others = trained - both;
    return both + slotsOf(both) + averages + Math.max(0, gradients - Math.max(others, drawn));
  }

  /**
   * What the fake scores after the first take, with their slots; 0 where there is one for all steps
   * of the student.
   */
  public long ofFurtherFakeScores() {
    long further = ofFakeScores() - weights.getOrDefault(VariableNames.FAKE_SCORE, 0L);
    return further + slotsOf(further);
  }

  /** The student's weights, where a step computes. */
  public long ofStudent() {
    return weights.getOrDefault(VariableNames.STUDENT, 0L);
  }

  private long ofFakeScores() {
    return bytes(weights, weights.keySet().stream().filter(VariableNames::isFakeScore).toList());
  }

  private long slotsOf(long weights) {
    return trained == 0 ? 0 : (long) ((double) slots * weights / trained);
  }

  /**
   * What is added up where a batch is computed in so many parts, by one worker or by several,
   * whatever it was computed in here.
   */
  public long sumsOf(int parts) {
    return parts == 1 ? 0 : sums > 0 ? sums : trained;
  }

  /**
   * What training changes. While a checkpoint is written, it keeps all of that as it was, and steps
   * take other memory for what it becomes.
   */
  public long changed() {
    return trained + slots + averages + others;
  }

  /**
   * What there is for a time beside variables and steps: what training changes, while a checkpoint
   * is written, or a model that is drawn from.
   */
  public long beside() {
    return Math.max(changed(), drawn);
  }

  /** What that is beside. */
  public String occasion() {
    return drawn > changed() ? "a picture" : "a checkpoint";
  }

  /** What there is without any images: variables, and gradients or a model that is drawn from. */
  public long least() {
    return all() + Math.max(gradients, drawn);
  }

  /** What each of so many workers would have of what is sharded, beside its weights. */
  public long share(int workers) {
    return sharded.stream()
        .mapToLong(bytes -> Float.BYTES * Shards.shareOf(bytes / Float.BYTES, workers))
        .sum();
  }

  /** How much less each of so many workers would have than one alone. */
  public long sharedOut(int workers) {
    return workers == 1 ? 0 : Math.max(0, whole - share(workers));
  }

  /** All variables, but for those on the host beside a GPU. */
  public long all() {
    long all = slots + averages + sums + others;
    return all + weights.values().stream().mapToLong(Long::longValue).sum();
  }
}
