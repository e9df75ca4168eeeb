package io.github.fdistill.study;

import io.github.fdistill.Logs;
import io.github.fdistill.journal.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.Logger;

/**
 * The runs of a study, several side by side. Those that are finished stay so; the others go on
 * where they stopped.
 */
public final class Study {
  private static final Logger LOG = Logs.of(Study.class);

  private Study() {}

  /**
   * Runs them all. One that fails keeps no other from its end.
   *
   * @param workers runs side by side
   * @return whether all are finished
   * @throws IOException what the first of those that failed threw, once all have ended
   */
  public static boolean run(
      List<StudyRun> runs, int workers, Progress.Options options, BooleanSupplier stop)
      throws IOException {
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try (Progress progress = Progress.start("study", "run", 0, runs.size(), options)) {
      List<Future<Boolean>> all = new ArrayList<>();
      for (StudyRun run : runs) {
        Callable<Boolean> work = () -> !stop.getAsBoolean() && run.run(stop);
        all.add(pool.submit(work));
      }
      boolean finished = true;
      Optional<ExecutionException> failure = Optional.empty();
      for (int i = 0; i < runs.size(); i++) {
        String name = runs.get(i).folder().getFileName().toString();
        try {
          finished &= all.get(i).get();
        } catch (ExecutionException e) {
          LOG.warn("{} has failed: {}", name, e.getCause().getMessage());
          failure = failure.or(() -> Optional.of(e));
        }
        progress.stepTo(i + 1, 0, name);
      }
      if (failure.isPresent()) {
        throw cause(failure.get());
      }
      return finished;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      pool.shutdownNow();
    }
  }

  private static IOException cause(ExecutionException e) {
    if (e.getCause() instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }
}
