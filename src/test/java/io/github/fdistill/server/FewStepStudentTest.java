package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.client.GrpcClient;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.client.RestClient;
import io.github.fdistill.client.Which;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.StudentSampler;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.inspect.Inspection;
import io.github.fdistill.inspect.InspectionText;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** A student of two steps from its weights to what a client gets. */
class FewStepStudentTest {
  private static final StudentSteps STEPS =
      new StudentSteps(List.of(80.0, 2.0), StudentSampler.RENOISE);
  private static final DenoiserModel ONE = TinyStudent.model(5);
  private static final DenoiserModel TWO = ONE.asStudent(STEPS);
  private static final long[] SEEDS = {3, 9};
  private static final ConditionRows LABELS = ConditionRows.ofLabels(0, 2);
  private static final SampleGrid GRID = new SampleGrid(SEEDS, LABELS);

  @TempDir static Path folder;
  private static Path version;
  private static LocalServer server;

  @BeforeAll
  static void export() throws IOException {
    version = folder.resolve("tiny/1");
    // It is loaded again there, and what generate makes of a seed's noise is compared.
    StudentExport.write(TWO, version, Expected.of(TWO, GRID), written -> {});
    server =
        LocalServer.start(
            List.of(folder.resolve("tiny")),
            new LocalServer.Address("127.0.0.1", 0, 0),
            Asked.LIMITS,
            Hosting.HERE);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** Images of rows by a sampling's own steps. */
  private static float[] drawn(DenoiserModel model, int steps) {
    return Samples.of(model, new Sampling(steps, 1, Precision.FLOAT32), GRID).values();
  }

  @Test
  void itsFirstStepIsTheOneStepStudentBitForBit() {
    assertArrayEquals(Samples.ofStudent(ONE, GRID).values(), drawn(TWO, 1));
    assertArrayEquals(Samples.ofStudent(TWO, GRID).values(), drawn(TWO, 2));
    assertArrayEquals(drawn(TWO, 2), drawn(TWO, 0));
    assertEquals("2 evaluations", Sampling.usual().method(TWO));
    assertEquals("one evaluation", Sampling.usual().method(ONE));
    String said = assertThrows(InputException.class, () -> drawn(TWO, 3)).getMessage();
    assertTrue(said.contains("1 to 2"), said);
  }

  @Test
  void whatIsReadAgainSaysItsSteps() {
    DenoiserModel read = DenoiserModel.read(folder.resolve("tiny"));
    assertEquals(STEPS, StudentSteps.of(read.info()));
    assertEquals(Shape.of(16, 8, 1), read.noise());
    assertArrayEquals(drawn(TWO, 0), drawn(read, 0));
    SavedModel model = SavedModel.read(version);
    Set<String> expected = new TreeSet<>(Set.of("denoise"));
    for (String name : List.of("serving_default", "png", "generate_seeded", "generate")) {
      expected.addAll(Set.of(name, name + "_steps_1", name + "_steps_2"));
    }
    assertEquals(expected, new TreeSet<>(model.metaGraph().getSignatureDefMap().keySet()));
    String told = new InspectionText(Inspection.of(model), false).lines();
    assertTrue(told.contains("yes, a 2-step student from sigma 80.0, then 2.0, renoised"), told);
  }

  private static void assertServed(DenoiserModel expected, List<byte[]> pngs) throws IOException {
    float[] images = Samples.ofStudent(expected, new SampleGrid(SEEDS, LABELS)).values();
    SampleGrid rows = GRID;
    assertEquals(SEEDS.length, pngs.size());
    for (int i = 0; i < SEEDS.length; i++) {
      BufferedImage png = ImageIO.read(new ByteArrayInputStream(pngs.get(i)));
      // The grid draws each seed under each label: row (label, seed).
      int row = rowOf(rows, i);
      for (int p = 0; p < TinyStudent.VALUES; p++) {
        float value = Math.max(-1, Math.min(1, images[row * TinyStudent.VALUES + p]));
        int grey = png.getRaster().getSample(p % 8, p / 8, 0);
        assertEquals(value * 127.5 + 127.5, grey, 0.51, "image " + i + ", pixel " + p);
      }
    }
  }

  private static int rowOf(SampleGrid grid, int i) {
    int[] labels = grid.conditionOfEach().labels().orElseThrow();
    long[] seeds = grid.seedOfEach();
    int wanted = LABELS.labels().orElseThrow()[i];
    for (int row = 0; row < seeds.length; row++) {
      if (seeds[row] == SEEDS[i] && labels[row] == wanted) {
        return row;
      }
    }
    throw new AssertionError("no row");
  }

  @Test
  void aServerGivesImagesAfterAsManyStepsAsAreAskedFor() throws Exception {
    Duration patience = Duration.ofSeconds(60);
    for (int steps = 0; steps <= 3; steps++) {
      Optional<Integer> asked = steps == 0 ? Optional.empty() : Optional.of(steps);
      Which which = new Which("tiny", Optional.empty(), Optional.empty(), asked);
      try (ModelClient grpc = new GrpcClient("127.0.0.1", server.grpcPort(), which, patience);
          ModelClient rest =
              new RestClient("http://127.0.0.1:" + server.restPort(), which, patience)) {
        for (ModelClient client : List.of(grpc, rest)) {
          if (steps > 2) {
            String said = assertThrows(InputException.class, client::inputs).getMessage();
            assertTrue(said.contains("'3'\n  needed: 1 to 2: the student was trained"), said);
            continue;
          }
          assertEquals(Set.of("seed", "label"), client.inputs().keySet());
          assertServed(steps == 1 ? ONE : TWO, client.png(SEEDS, LABELS));
        }
      }
    }
  }
}
