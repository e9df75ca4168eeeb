package io.github.fdistill.sampling;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import io.github.fdistill.workers.Parts;
import java.util.Arrays;
import java.util.Optional;

/**
 * Images that workers draw between them: each draws whole runs of those that one alone would make,
 * so that every image has the same bits, and brings them to the first.
 */
public final class SharedDrawing {
  private SharedDrawing() {}

  /**
   * Draws this worker's part of a grid.
   *
   * @return all images, with the first worker
   * @throws io.github.fdistill.InputException when the model cannot be sampled so, or a worker is
   *     lost
   */
  public static Optional<Samples> of(
      Crew crew, StudentModel model, Sampling sampling, SampleGrid grid) {
    int image = Math.toIntExact(model.image().size());
    try (Sampler sampler = sampling.sampler(model)) {
      int each = block(crew, sampler, grid.count());
      Parts parts = new Parts(grid.count(), each, crew.workers());
      int from = parts.begin(crew.worker());
      int to = parts.begin(crew.worker() + 1);
      long[] seeds = Arrays.copyOfRange(grid.seedOfEach(), from, to);
      ConditionRows conditions = grid.conditionOfEach(from, to);
      float[] mine = sampler.draw(seeds, conditions, each, SessionRuns.PLAIN);
      if (!crew.leads()) {
        crew.bring(mine);
        return Optional.empty();
      }
      float[] all = Arrays.copyOf(mine, Math.multiplyExact(grid.count(), image));
      for (int worker = 1; worker < crew.workers(); worker++) {
        crew.fetch(worker, all, parts.begin(worker) * image, parts.begin(worker + 1) * image);
      }
      return Optional.of(new Samples(all, model.image()));
    }
  }

  /** Images of a run, as many with all workers as the first would draw alone. */
  private static int block(Crew crew, Sampler sampler, int images) {
    if (!crew.leads()) {
      return Math.toIntExact(crew.ordered().numbers()[0]);
    }
    int each = sampler.block(images);
    crew.order(Order.of(Order.Kind.DRAW, each));
    return each;
  }
}
