package io.github.fdistill.training;

import io.github.fdistill.device.ResidentMemory;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Two steps of a run that were made to see what they take. Nothing of them is kept.
 *
 * @param step the first of them, from 0
 * @param numbers of the first
 * @param seconds that the second took
 * @param holdings the variables
 * @param before bytes that the process held before the first
 * @param peak bytes, the most that it held in them; none where the system does not tell
 */
public record Rehearsal(
    long step,
    Map<Reading, Float> numbers,
    double seconds,
    Holdings holdings,
    long before,
    OptionalLong peak) {

  /** Something that makes two steps. */
  @FunctionalInterface
  public interface Rehearsing {
    /**
     * Makes them.
     *
     * @param rows images at a time, in as many parts of a batch as the run has
     * @param room hears of the variables before there are any, and throws if there is no room
     */
    Rehearsal with(int rows, Consumer<Holdings> room) throws IOException;
  }

  /**
   * What a run of several stages takes, of which each was rehearsed: the most memory that any of
   * them does, and the mean time of a step.
   *
   * @param stages in their order; the first is the one that the run stands in
   * @param steps that each has left
   */
  public static Rehearsal ofStages(List<Rehearsal> stages, List<Long> steps) {
    Rehearsal first = stages.get(0);
    double seconds = 0;
    long all = 0;
    for (int i = 0; i < stages.size(); i++) {
      seconds += stages.get(i).seconds * steps.get(i);
      all += steps.get(i);
    }
    return new Rehearsal(
        first.step,
        first.numbers,
        all > 0 ? seconds / all : first.seconds,
        stages.stream()
            .map(Rehearsal::holdings)
            .max(Comparator.comparingLong(Holdings::least))
            .orElseThrow(),
        first.before,
        stages.stream().flatMapToLong(stage -> stage.peak.stream()).max());
  }

  /**
   * Makes the steps.
   *
   * @param first number of the first
   * @param steps makes the step of a number, and returns its numbers
   */
  static Rehearsal of(long first, Holdings holdings, LongFunction<Map<Reading, Float>> steps) {
    ResidentMemory memory = ResidentMemory.here();
    boolean anew = memory.resetPeak();
    long before = memory.now().orElse(0);
    long peakBefore = memory.peak().orElse(0);
    Map<Reading, Float> numbers = steps.apply(first);
    long start = System.nanoTime();
    steps.apply(first + 1);
    double seconds = (System.nanoTime() - start) / 1e9;
    // A peak of before that could not be reset, and was not reached again, tells nothing.
    long peak = memory.peak().orElse(0);
    OptionalLong told = anew || peak > peakBefore ? OptionalLong.of(peak) : OptionalLong.empty();
    return new Rehearsal(first, numbers, seconds, holdings, before, told);
  }
}
