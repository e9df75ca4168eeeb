package io.github.fdistill.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the variables of a training graph hold, in bytes; exact.
 *
 * @param weights by network, those that stay as they are too
 * @param slots optimisers' moments and counts of updates
 * @param averages of weights
 * @param sums what is added up over the parts of a batch: gradients, above all; 0 for one part
 * @param others density ratio's bins, rate factor
 * @param trained the weights of all networks that are trained: as much as a gradient of each
 * @param gradients the most that are there at a time
 * @param sharded of sharded optimisers: each moment, average and vector of weights, of which
 *     several workers would keep and update a share each
 */
public record Holdings(
    Map<String, Long> weights,
    long slots,
    long averages,
    long sums,
    long others,
    long trained,
    long gradients,
    List<Long> sharded) {

  /**
   * Sorts variables by their names.
   *
   * @param variables bytes by name
   * @param together the networks that are trained in one turn, of each turn
   * @param sharded bytes of vectors that workers would share out
   */
  static Holdings of(Map<String, Long> variables, List<List<String>> together, List<Long> sharded) {
    Map<String, Long> weights = new LinkedHashMap<>();
    long slots = 0;
    long averages = 0;
    long sums = 0;
    long others = 0;
    for (Map.Entry<String, Long> variable : variables.entrySet()) {
      String name = variable.getKey();
      long bytes = variable.getValue();
      switch (VariableNames.kind(name)) {
        case SCRATCH -> sums += bytes;
        case WEIGHTS -> weights.put(VariableNames.network(name), bytes);
        case SLOT -> slots += bytes;
        case AVERAGE -> averages += bytes;
        case OTHER -> others += bytes;
      }
    }
    long trained = together.stream().mapToLong(turn -> bytes(weights, turn)).sum();
    long most = together.stream().mapToLong(turn -> bytes(weights, turn)).max().orElse(0);
    return new Holdings(weights, slots, averages, sums, others, trained, most, sharded);
  }

  private static long bytes(Map<String, Long> weights, List<String> networks) {
    return networks.stream().mapToLong(weights::get).sum();
  }

  /**
   * What student and fake score take because all their weights are trained: those, and the slots,
   * averages and gradients that go with them. A discriminator's remain.
   */
  public long ofStudentAndFakeScore() {
    long both =
        weights.getOrDefault(VariableNames.STUDENT, 0L)
            + weights.getOrDefault(VariableNames.FAKE_SCORE, 0L);
    long slotsOfBoth = trained == 0 ? 0 : (long) ((double) slots * both / trained);
    long others = trained - both;
    return both + slotsOfBoth + averages + Math.max(0, gradients - others);
  }

  /**
   * What training changes. While a checkpoint is written, it keeps all of that as it was, and steps
   * take other memory for what it becomes.
   */
  public long changed() {
    return trained + slots + averages + others;
  }

  /** What each of so many workers would have of what is sharded, beside its weights. */
  public long share(int workers) {
    return sharded.stream()
        .mapToLong(bytes -> Float.BYTES * Shards.shareOf(bytes / Float.BYTES, workers))
        .sum();
  }

  /** All variables. */
  public long all() {
    long all = slots + averages + sums + others;
    return all + weights.values().stream().mapToLong(Long::longValue).sum();
  }
}
