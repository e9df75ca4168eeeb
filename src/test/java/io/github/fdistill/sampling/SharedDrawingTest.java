package io.github.fdistill.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.training.Tiny;
import io.github.fdistill.workers.Crews;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SharedDrawingTest {
  /** Of 3 classes 37 seeds each: 111 images, more than one run draws. */
  @Test
  void theFirstWorkerHasTheImagesThatOneWouldDrawAlone() throws Exception {
    DenoiserModel model = Tiny.model(1);
    SampleGrid some = SampleGrid.of(model);
    SampleGrid grid = new SampleGrid(LongStream.range(5, 42).toArray(), some.conditions());
    Sampling sampling = new Sampling(2, 1, io.github.fdistill.config.Precision.FLOAT32);
    Samples alone = Samples.of(model, sampling, grid);
    DenoiserModel other = // One that would draw 20 at once.
        new DenoiserModel(
            model.origin(),
            model.function(),
            model.weights(),
            model.info().toBuilder().setRows(20).build(),
            model.image());
    List<Optional<Samples>> drawn =
        Crews.run(2, crew -> SharedDrawing.of(crew, crew.leads() ? model : other, sampling, grid));
    assertArrayEquals(alone.values(), drawn.get(0).orElseThrow().values(), 0);
    assertEquals(Optional.empty(), drawn.get(1));
  }
}
