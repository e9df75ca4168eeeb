package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Precision;
import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.journal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTest {
  @TempDir Path folder;

  /** Of 16 images in half a second, 0.8 s of the processor's. */
  private static MeasuredWork measured(String variant, Work work) {
    FloatOperations operations = new FloatOperations(Map.of("Conv2D", 1L), List.of());
    Workload workload = new Workload(work, 16, Precision.FLOAT32, operations, how -> {});
    MeasuredWork.Time time = new MeasuredWork.Time(0.5, 0.5, 0.8, 1);
    return new MeasuredWork(
        variant, workload, List.of(new MeasuredWork.Round(time, time)), new Trace(Map.of(), 1, 1));
  }

  private static Bench.Findings findings(MeasuredWork... measured) {
    return new Bench.Findings(List.of(measured), "critic", 1, OptionalLong.of(2_000_000));
  }

  private Peer read(String json) throws IOException {
    return Peer.read(Files.writeString(folder.resolve("peer.json"), json));
  }

  @Test
  void theFormOfThePageIsReadAndShown() throws IOException {
    Peer peer =
        read(
            """
            {"program": "another 1.0", "peak_resident_bytes": 1000000,
             "measured": [{"workload": "cycle", "images_per_second": {"median": 64}},
                          {"workload": "student", "images": 8, "ms": 500, "processor_seconds": 0.2}]}
            """);
    Bench.Findings findings = findings(measured("a", Work.CYCLE), measured("a", Work.STUDENT));
    String text = peer.beside(findings);
    assertTrue(text.startsWith("Beside another 1.0:"), text);
    assertTrue(text.contains("| a | cycle | 32 | 64 | 0.500 |"), text);
    // 16 images a second; an image takes 0.05 s of our processor, and 0.025 of its.
    assertTrue(text.contains("| a | student | 32 | 16 | 2.000 | 0.500 | 8 images at once |"), text);
    assertTrue(text.contains("2 MB, its 1 MB, 2.00 times its"), text);
    assertEquals(2.0, peer.entries(findings).get(1).get("times_its"));
  }

  @Test
  void aVariantIsHeldAgainstItsOwn() throws IOException {
    Peer peer =
        read(
            """
            {"measured": [{"workload": "cycle", "images_per_second": 1},
                          {"workload": "cycle", "variant": "b", "images_per_second": 2}]}
            """);
    List<Map<String, Object>> entries =
        peer.entries(findings(measured("a", Work.CYCLE), measured("b", Work.CYCLE)));
    assertEquals(List.of(32.0, 16.0), entries.stream().map(e -> e.get("times_its")).toList());
    String none = peer.beside(findings(measured("a", Work.HEUN)));
    assertTrue(none.contains("none of these workloads"), none);
  }

  /** The same folder with other --set: another batch, precision or network. */
  @Test
  void otherWorkIsToldBesideItsRatio() throws IOException {
    Peer peer =
        read(
            """
            {"measured": [{"workload": "cycle", "images": 32, "ms": 500, "precision": "BFLOAT16",
                           "operations": 96},
                          {"workload": "student", "images": 32, "ms": 500, "precision": "float32",
                           "operations": 2}]}
            """);
    Bench.Findings findings = findings(measured("a", Work.CYCLE), measured("a", Work.STUDENT));
    String text = peer.beside(findings);
    assertTrue(
        text.contains("| 32 images at once, in BFLOAT16, 48.0 times the operations an image |"),
        text);
    assertTrue(text.contains("| a | student | 32 | 64 | 0.500 |  | 32 images at once |"), text);
    assertEquals(List.of("32 images at once"), peer.entries(findings).get(1).get("its_work"));
  }

  @Test
  void whatABenchWroteIsReadBack() throws IOException {
    Bench.Findings findings = findings(measured("a", Work.CYCLE));
    BenchReport report = new BenchReport(findings, Optional.empty());
    Peer itself = read(Json.pretty(report.entries()));
    Peer.Done done =
        new Peer.Done(OptionalDouble.of(16), Optional.of("FLOAT32"), OptionalDouble.of(1));
    assertEquals(
        List.of(new Peer.Speed("a", Work.CYCLE, 32, OptionalDouble.of(0.05), done)),
        itself.speeds());
    assertFalse(itself.beside(findings).contains("its work"), "it is the same");
    assertTrue(
        new BenchReport(findings, Optional.of(itself))
            .text()
            .contains("| 32 | 32 | 1.000 | 1.000 |"));
  }

  @Test
  void whatIsNoMeasurementIsRefused() {
    for (String json :
        List.of(
            "[]",
            "{}",
            "{\"measured\": []}",
            "{\"measured\": [1]}",
            "{\"measured\": [{\"workload\": \"matrix product\", \"images_per_second\": 1}]}",
            "{\"measured\": [{\"workload\": \"cycle\"}]}",
            "{\"measured\": [{\"workload\": \"cycle\", \"ms\": 1}]}",
            "{\"measured\": [{\"workload\": \"cycle\", \"images_per_second\": 0}]}",
            "{\"measured\": [{\"workload\": \"cycle\", \"images_per_second\": \"many\"}]}",
            "{\"measured\": [{\"workload\": \"cycle\", \"images_per_second\": {\"mean\": 1}}]}",
            "{\"measured\": [{\"workload\": \"cycle\", \"images_per_second\": 1e999}]}")) {
      assertThrows(InputException.class, () -> read(json), json);
    }
  }
}
