package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherMeasuresTest {
  @TempDir Path folder;

  private static Map<String, Double> measured(double fid, double precision) {
    return Map.of("average_0/fid", fid, "average_0/precision", precision);
  }

  /** Of a teacher with these FIDs from step 600 on. */
  private List<String> advised(double... fids) throws IOException {
    TeacherMeasures measures = TeacherMeasures.resumed(new RunFiles(folder), 0);
    for (int i = 0; i < fids.length; i++) {
      measures.add(600 + 100 * i, measured(fids[i], 0.9));
    }
    return measures.advice(900);
  }

  /** The last session may have measured once, or not at all. */
  @Test
  void whatEarlierSessionsMeasuredCounts() throws IOException {
    RunFiles files = new RunFiles(folder);
    assertEquals(List.of(), TeacherMeasures.resumed(files, 0).advice(30));
    StringBuilder lines = new StringBuilder();
    for (int step = 0; step < 30; step++) {
      String fid = ", \"average_0/fid\": " + (3 - step / 10.0) + ", \"average_0/precision\": 0.2";
      lines.append("{\"step\": " + step + ", \"loss\": 1" + (step % 10 == 9 ? fid : "") + "}\n");
    }
    Files.writeString(files.metrics(), lines);
    TeacherMeasures all = TeacherMeasures.resumed(files, 30);
    assertTrue(all.advice(30).get(0).startsWith("Only 20 %"), all.advice(30)::toString);
    assertTrue(
        all.advice(30)
            .get(1)
            .startsWith("FID 1.10 at step 20, 0.100 at step 30, and still falling"),
        all.advice(30)::toString);

    TeacherMeasures some = TeacherMeasures.resumed(files, 29);
    assertEquals(1, some.advice(30).size(), "step 30 is yet to come");
    some.add(30, measured(1, 0.9));
    assertEquals(List.of(), some.advice(30), "as good, and no better");
    assertEquals(List.of(), advised(10, 6, 7, 8), "lower than at step 600, and rising since");
    assertTrue(advised(10, 6, 5, 5.15).get(0).contains("still falling"), "but for chance");
    assertEquals(List.of(), TeacherMeasures.resumed(files, 0).advice(30), "it begins anew");
  }
}
