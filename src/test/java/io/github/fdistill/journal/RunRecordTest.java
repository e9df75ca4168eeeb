package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordTest {
  @TempDir Path folder;

  @Test
  void whatIsPutStandsInOrderBetweenTheMachineAndTheTime() throws IOException {
    Map<String, Object> hashes = new LinkedHashMap<>();
    hashes.put("teacher", "ab12");
    hashes.put("student", null);
    Path file = folder.resolve("run.json");
    RunRecord.start(List.of("train", "--set", "seed=7"))
        .put("seed", 1)
        .put("config", "seed: 7\nname: \"a\"")
        .put("sha256", hashes)
        .put("losses", List.of(0.5, Float.NaN))
        .put("seed", 7)
        .write(file);
    String json = Files.readString(file);
    assertTrue(json.startsWith("{\n  \"program\": \"fdistill development\",\n"), json);
    assertTrue(json.contains("\"command_line\": [\n    \"train\",\n    \"--set\","), json);
    String put =
        """
          "seed": 7,
          "config": "seed: 7\\nname: \\"a\\"",
          "sha256": {
            "teacher": "ab12",
            "student": null
          },
          "losses": [
            0.5,
            "NaN"
          ],
          "elapsed_seconds": \
        """;
    assertTrue(json.contains(put), json);
    assertTrue(json.endsWith("\n}\n"), json);
  }

  @Test
  void theMachineIsNamed() {
    String json = RunRecord.start(List.of()).toJson();
    for (String name : List.of("started", "jvm", "system", "architecture", "processor")) {
      assertTrue(json.matches("(?s).*\"" + name + "\": \"[^\"]+\".*"), name + " in " + json);
    }
    assertTrue(json.matches("(?s).*\"started\": \"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\".*"));
    assertEquals(1, json.split("\"processors\": \\d").length - 1);
  }

  @Test
  void aSessionThatEndsSaysWhen() {
    RunRecord record = RunRecord.start(List.of());
    assertFalse(record.toJson().contains("\"ended\""), "while it goes on");
    assertTrue(
        record
            .end()
            .toJson()
            .matches("(?s).*\"ended\": \"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\".*"));
    assertFalse(record.goOn().toJson().contains("\"ended\""), "to other steps");
  }

  @Test
  void theTimeOfEarlierSessionsCounts() throws IOException {
    Path file = folder.resolve("record.json");
    RunRecord.resume(List.of(), file).write(file);
    String earlier = Files.readString(file).replaceFirst("(elapsed_seconds\": ).*", "$11000.0");
    Files.writeString(file, earlier);
    RunRecord.resume(List.of(), file).write(file);
    String later = Files.readString(file);
    assertTrue(later.matches("(?s).*\"elapsed_seconds\": 1\\d\\d\\d\\..*"), later);
  }

  @Test
  void howEarlierSessionsSavedAndComputedStaysTold() throws IOException {
    Path file = folder.resolve("record.json");
    for (long every : new long[] {5, 5, 9}) {
      RunRecord record = RunRecord.resume(List.of(), file);
      record.saveEvery(every);
      record.computeInParts(every + 1);
      record.write(file);
    }
    RunRecord.resume(List.of(), file).write(file); // One that has no step left saves nothing.
    assertEquals(List.of(5L, 9L), RecordFile.read(file).savedEvery());
    assertEquals(List.of(6L, 10L), RecordFile.read(file).parts());
  }

  /** Of a run begun by a program that noted neither. */
  @Test
  void whatAnOlderRecordHasInItsSettingsAloneIsKept() throws IOException {
    Path file = folder.resolve("record.json");
    RunRecord.begin(List.of())
        .put("checkpoint_every_steps", List.of())
        .put("accumulation_steps", List.of())
        .put("config", "accumulation_steps: 4\ncheckpoint {\n  keep: 2\n  every_steps: 500\n}\n")
        .write(file);
    RunRecord record = RunRecord.resume(List.of(), file);
    record.saveEvery(100);
    record.computeInParts(4);
    record.write(file);
    assertEquals(List.of(500L, 100L), RecordFile.read(file).savedEvery());
    assertEquals(List.of(4L), RecordFile.read(file).parts());
  }

  @Test
  void whatEarlierSessionsComputedOnStaysTold() throws IOException {
    Path file = folder.resolve("record.json");
    RunRecord.begin(List.of()).write(file);
    Circumstances here = RecordFile.read(file).circumstances().get(0);
    String other = Files.readString(file);
    other = other.replaceFirst("(\"processor\": ).*", "$1\"another\",");
    Files.writeString(file, other.replaceFirst("(\"started\": ).*", "$1\"then\","));
    for (int i = 0; i < 2; i++) {
      RunRecord.resume(List.of(), file).write(file);
      RecordFile told = RecordFile.read(file);
      assertEquals(2, told.circumstances().size());
      assertEquals("another", told.circumstances().get(0).entries().get("processor"));
      assertEquals(here, told.circumstances().get(1), "the last is last");
      assertEquals("then", told.begun().orElseThrow(), "when the first began");
    }
  }

  @Test
  void whatJsonCannotHoldIsRefusedWhenItIsPut() {
    RunRecord record = RunRecord.start(List.of());
    assertThrows(IllegalArgumentException.class, () -> record.put("path", List.of(folder)));
  }
}
