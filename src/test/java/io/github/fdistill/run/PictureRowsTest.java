package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.sampling.SampleGrid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureRowsTest {
  private static final SampleGrid ALL =
      new SampleGrid(new long[] {0, 1}, ConditionRows.ofLabels(new int[] {2, 0, 1}));

  @TempDir Path folder;

  private RecordFile written(RunRecord record) throws IOException {
    record.write(folder.resolve("record.json"));
    return RecordFile.read(folder.resolve("record.json"));
  }

  /**
   * A picture that was cut to the time there is has its own rows' names beside it, in any session.
   */
  @Test
  void eachPictureHasTheNamesOfTheRowsThatItHas() throws IOException {
    RunRecord record = RunRecord.begin(List.of("train"));
    PictureRows rows = new PictureRows(record, Optional.empty());
    rows.name(ALL, new ClassNames(List.of("cat", "dog", "owl")), List.of());
    rows.drawn("step-00000001.png", ALL, ALL);
    assertFalse(record.toJson().contains("drawn"), "nothing of pictures that show all");
    rows.drawn("step-00000002.png", ALL.atMost(2), ALL);
    rows.drawn("samples.png", ALL.atMost(1), ALL);
    RecordFile told = written(record);
    assertEquals(List.of("owl", "cat", "dog"), PictureRows.of(told, "step-00000001.png"));
    assertEquals(List.of("owl", "cat"), PictureRows.of(told, "step-00000002.png"));
    assertEquals(List.of("owl"), PictureRows.of(told, "samples.png"));

    RunRecord later = RunRecord.resume(List.of("train"), folder.resolve("record.json"));
    PictureRows again = new PictureRows(later, Optional.of(told));
    again.name(ALL, new ClassNames(List.of("cat", "dog", "owl")), List.of());
    again.drawn("samples.png", ALL, ALL);
    told = written(later);
    assertEquals(List.of("owl", "cat"), PictureRows.of(told, "step-00000002.png"));
    assertEquals(List.of("owl", "cat", "dog"), PictureRows.of(told, "samples.png"));

    String wrong = "{\"program\": \"f\", \"picture_rows\": [\"a\"], \"picture_rows_drawn\": ";
    for (String drawn : new String[] {"{\"samples.png\": 7}", "{\"samples.png\": []}", "[1]"}) {
      Files.writeString(folder.resolve("record.json"), wrong + drawn + "}");
      told = RecordFile.read(folder.resolve("record.json"));
      assertEquals(List.of("a"), PictureRows.of(told, "samples.png"), drawn);
    }
  }
}
