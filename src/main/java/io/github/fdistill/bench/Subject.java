package io.github.fdistill.bench;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Precision;
import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Trial;
import io.github.fdistill.training.Turn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operation;

/**
 * A graph in a session, and what can be timed in it.
 *
 * @param graph closed after its use
 */
public record Subject(AutoCloseable graph, List<Workload> workloads) implements AutoCloseable {
  /** Makes one; only then is anything built. */
  @FunctionalInterface
  public interface Opening {
    Subject open();
  }

  public Subject {
    workloads = List.copyOf(workloads);
  }

  /**
   * Each turn of a training, and where there are several the whole step too.
   *
   * @param owner of the trial's graph
   */
  public static Subject of(AutoCloseable owner, Trial trial, Precision precision) {
    List<Workload> workloads = new ArrayList<>();
    FloatOperations all = FloatOperations.none();
    int batches = trial.step().size();
    for (Turn turn : trial.turns()) {
      FloatOperations once = operations(turn, trial.parts());
      for (List<Turn> batch : trial.step()) {
        all = batch.contains(turn) ? all.plus(once) : all;
      }
      workloads.add(
          new Workload(
              Work.of(turn.kind()),
              trial.batchSize(),
              precision,
              once,
              trial.repeated(List.of(List.of(turn)))));
    }
    if (workloads.size() > 1) {
      int images = batches * trial.batchSize();
      workloads.add(new Workload(Work.CYCLE, images, precision, all, trial.repeated(trial.step())));
    }
    return new Subject(
        () -> {
          trial.close();
          owner.close();
        },
        workloads);
  }

  private static FloatOperations operations(Turn turn, int parts) {
    FloatOperations all = FloatOperations.none();
    for (Turn.Run run : turn.runs()) {
      List<Operation> wanted = new ArrayList<>(List.of(run.target().op()));
      run.scalars().values().forEach(scalar -> wanted.add(scalar.op()));
      all = all.plus(FloatOperations.of(wanted).complete().times(run.eachPart() ? parts : 1));
    }
    return all;
  }

  /**
   * Drawing images, under conditions of zeros.
   *
   * @param work which drawing it is
   * @param images drawn at once
   */
  public static Subject of(Sampler sampler, Work work, int images, Precision precision) {
    ConditionRows zeros = ConditionRows.zeros(sampler.conditioning(), images);
    long[] seeds = new long[images];
    Arrays.setAll(seeds, i -> i);
    Workload drawing =
        new Workload(
            work,
            images,
            precision,
            FloatOperations.of(sampler.graph(), sampler.runs(), images).complete(),
            how -> sampler.draw(seeds, zeros, how));
    return new Subject(sampler, List.of(drawing));
  }

  @Override
  public void close() {
    try {
      graph.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
