package io.github.fdistill.bench;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.Share;
import io.github.fdistill.training.Span;
import io.github.fdistill.training.Trial;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Times the step of a distillation by all workers of a crew beside the same step by the first of
 * them alone: in turns, so that what else the machine does meets both. While the first computes
 * alone, the others wait and take no time of the processor.
 */
public final class TeamBench {
  private static final int WARM_UP = 2;

  /** Exchanges are short: those of so many steps are timed at once. */
  private static final int TIMED = 4;

  private final Crew crew;
  private final int rounds;
  private final ProcessorTime clock = ProcessorTime.here();
  private long orders;

  /**
   * Settings to be timed.
   *
   * @param name as {@code graphs/fashion-mnist}
   * @param config whose batch is that of all workers together
   */
  public record Variant(String name, DistillConfig config, Models models, ImageSource images) {

    private Step open(Share share) {
      Span span = new Span(0, config.getSteps());
      Distillation distillation = new Distillation(models, config, span, share);
      try {
        Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
        Trial trial = distillation.graph().trial(batches);
        return new Step(distillation, trial, trial.repeated(trial.step()));
      } catch (RuntimeException e) {
        distillation.close();
        throw e;
      }
    }
  }

  /** A distillation, and what makes its next step. */
  private record Step(Distillation owner, Trial trial, Consumer<SessionRuns> next)
      implements AutoCloseable {
    void make() {
      next.accept(SessionRuns.PLAIN);
    }

    @Override
    public void close() {
      trial.close();
      owner.close();
    }
  }

  private TeamBench(Crew crew, int rounds) {
    this.crew = crew;
    this.rounds = rounds;
  }

  /**
   * Times; all workers call this with the same.
   *
   * @param rounds how often each is timed, at least once
   * @return for the first worker; the others find nothing
   */
  public static List<TeamFindings> run(
      List<Variant> variants, Crew crew, int rounds, Progress.Options how) {
    TeamBench bench = new TeamBench(crew, rounds);
    List<TeamFindings> found = new ArrayList<>();
    long each = WARM_UP + rounds;
    try (Progress progress = Progress.start("bench", 0, variants.size() * each, how)) {
      for (int i = 0; i < variants.size(); i++) {
        long before = i * each;
        bench
            .time(variants.get(i), round -> progress.stepTo(before + round, 0, ""))
            .ifPresent(found::add);
      }
    }
    return found;
  }

  private Optional<TeamFindings> time(Variant variant, Consumer<Integer> progress) {
    try (Step shared = variant.open(new Share(Optional.of(crew)))) {
      List<Exchange> exchanges = StepExchanges.of(shared.trial(), crew.workers());
      try (StepExchanges step = new StepExchanges(crew, exchanges)) {
        Runnable someExchanges =
            () -> {
              for (int i = 0; i < TIMED; i++) {
                step.run();
              }
            };
        if (!crew.leads()) {
          for (int i = 0; i < WARM_UP + rounds; i++) {
            join(shared::make);
            join(someExchanges);
          }
          return Optional.empty();
        }
        try (Step alone = variant.open(Share.ALL)) {
          return Optional.of(
              new TeamFindings(
                  variant.name(),
                  variant.config().getPrecision(),
                  shared.trial().step().size() * shared.trial().batchSize(),
                  crew.workers(),
                  exchanges,
                  rounds(alone, shared, someExchanges, progress)));
        }
      }
    }
  }

  private List<TeamFindings.Round> rounds(
      Step alone, Step shared, Runnable someExchanges, Consumer<Integer> progress) {
    List<TeamFindings.Round> found = new ArrayList<>();
    for (int i = 0; i < WARM_UP + rounds; i++) {
      TeamFindings.Time one = alone(alone::make);
      TeamFindings.Time all = lead(shared::make);
      double seconds = lead(someExchanges).seconds() / TIMED;
      if (i >= WARM_UP) {
        found.add(new TeamFindings.Round(one, all, seconds));
      }
      progress.accept(i + 1);
    }
    return found;
  }

  private TeamFindings.Time alone(Runnable work) {
    long start = System.nanoTime();
    double processor = processor(work);
    return new TeamFindings.Time((System.nanoTime() - start) / 1e9, processor);
  }

  /** Of all workers, from the order until the last has done it. */
  private TeamFindings.Time lead(Runnable work) {
    long start = System.nanoTime();
    crew.order(Order.of(Order.Kind.STEP, orders++));
    double most = processor(work);
    for (double[] report : crew.reports(1)) {
      most = Math.max(most, report[0]);
    }
    return new TeamFindings.Time((System.nanoTime() - start) / 1e9, most);
  }

  /** Another worker's part: waits for the order, and says how much of the processor it took. */
  private void join(Runnable work) {
    crew.ordered();
    crew.report(processor(work));
  }

  private double processor(Runnable work) {
    double before = clock.seconds();
    work.run();
    return clock.seconds() - before;
  }
}
