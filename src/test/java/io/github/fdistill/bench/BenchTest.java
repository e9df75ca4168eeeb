package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Precision;
import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.journal.Progress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchTest {
  /** A signal comes while work is done: it ends, its graph is closed, and nothing is begun. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void nothingIsBegunAfterASignal(int signal) {
    AtomicInteger begun = new AtomicInteger();
    AtomicBoolean closed = new AtomicBoolean();
    BooleanSupplier stop = () -> begun.get() >= signal;
    Workload critic =
        new Workload(
            Work.CRITIC,
            1,
            Precision.FLOAT32,
            FloatOperations.none(),
            how -> begun.incrementAndGet());
    Subject subject = new Subject(() -> closed.set(true), List.of(critic));
    Bench.Variant variant = new Bench.Variant("a", List.of(() -> subject));
    Progress.Options how = Progress.Options.of(Progress.Display.NOTHING);
    assertTrue(Bench.run(List.of(variant), Set.of(Work.CRITIC), 10, how, stop).isEmpty());
    assertEquals(Math.max(signal, 2), begun.get(), "two are one warming-up");
    assertTrue(closed.get());
  }
}
