package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.run.FirstRun;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code rerun} makes of a record is what the first run made, bit for bit, or an error. */
class RerunTest {
  @TempDir static Path folder;
  private static Workplace place;

  /** In two stages and parts, measured on the way. */
  private static final String[] STUDENT = {
    "train",
    "--config=staged.pbtxt",
    "--quiet",
    "--set=accumulation_steps=2",
    "--set=evaluation.every_steps=1",
    "--set=evaluation.samples=20",
    "--set=evaluation.features=eyes",
  };

  private static final String FEATURES =
      """
      name: "features"
      dataset { path: "data" }
      steps: 2
      batch_size: 4
      classifier { level { channels: 8 blocks: 1 } features: 6 }
      """;

  @BeforeAll
  static void aTeacherAndAStudent() throws IOException {
    place = Workplace.create(folder);
    place.images("data", "t10k", 10, Workplace.SIDE, Workplace.CLASSES);
    place.write("features.pbtxt", FEATURES);
    place.columnFeatures("eyes", Workplace.SIDE, "features");
    String stages = "stage { steps: 1 }\nstage { steps: 1 set: 'divergence=FORWARD_KL' }\n";
    place.write("staged.pbtxt", place.read("distill.pbtxt").replace("steps: 2\n", "") + stages);
    place
        .pretrain("evaluation.every_steps=2", "evaluation.samples=20", "evaluation.features=eyes")
        .done();
    place.run(STUDENT).done();
  }

  private static Workplace.Outcome rerun(String record, String... more) {
    String[] words = new String[3 + more.length];
    words[0] = "rerun";
    words[1] = record;
    words[2] = "--quiet";
    System.arraycopy(more, 0, words, 3, more.length);
    return place.run(words);
  }

  private static float[] values(String model) {
    return WeightArrays.of(DenoiserModel.read(place.path("savedmodels/" + model)).weights());
  }

  private static String metrics(String run) throws IOException {
    return place.read("runs/" + run + "/metrics.jsonl");
  }

  /** A copy of the student's record, changed. */
  private static String changed(String name, String part, String instead) throws IOException {
    String record = place.read("runs/student/record.json");
    assertTrue(record.contains(part), record);
    place.write(name, record.replace(part, instead));
    return name;
  }

  @Test
  void aStudentBitForBit() throws IOException {
    // The record has been moved, and names its run no more.
    String said = rerun(changed("elsewhere/moved.json", "\"run\": ", "\"was\": ")).done();
    assertTrue(said.contains("Student:  savedmodels/student-rerun/1"), said);
    assertFalse(said.contains("Warning"), said);
    assertEquals(metrics("student"), metrics("student-rerun"));
    assertArrayEquals(values("student"), values("student-rerun"));
    RecordFile first = RecordFile.read(place.path("runs/student/record.json"));
    RecordFile again = RecordFile.read(place.path("runs/student-rerun/record.json"));
    assertEquals("train", again.text("command"));
    assertEquals("elsewhere/moved.json", again.text("repeats"));
    assertEquals(
        first.text("config").replace("\"student\"", "\"student-rerun\""), again.text("config"));
    assertFalse(first.run().equals(again.run()), "two runs");

    assertEquals(said, rerun("elsewhere/moved.json").done(), "finished is finished");
    rerun(changed("other-seed.json", "seed: 1", "seed: 2"))
        .failed("runs/student-rerun/config.pbtxt", "'seed: 1' then, 'seed: 2' now", "--set name=");
  }

  @Test
  void aTeacherFromTheRecordOfItsModel() throws IOException {
    String said =
        rerun("savedmodels/teacher/1/assets.extra/record.json", "--set", "name=other").done();
    assertTrue(said.contains("Teacher:  savedmodels/other/1"), said);
    assertArrayEquals(values("teacher"), values("other"));
    assertEquals(place.read("runs/teacher/network.pbtxt"), place.read("runs/other/network.pbtxt"));
  }

  @Test
  void featuresFromARecordThatHasTheCommandLineAlone() throws IOException {
    place.features().done();
    String record = place.read("runs/features/record.json");
    place.write("old.json", record.replaceAll("(?m)^  \"(command|run)\": .*\n", ""));
    rerun("old.json").done();
    assertArrayEquals(classifier("features"), classifier("features-rerun"));
    // The test images count too.
    place.images("renewed", "train", 24, Workplace.SIDE, Workplace.CLASSES);
    place.images("renewed", "t10k", 11, Workplace.SIDE, Workplace.CLASSES);
    rerun("old.json", "--set", "dataset.path=renewed", "--set", "name=renewed")
        .failed("old.json: test_images: renewed", "SHA-256 ", "as the first run had it in data");
  }

  private static float[] classifier(String name) {
    SavedModel model = SavedModel.read(place.path("savedmodels/" + name));
    return WeightArrays.of(model.weights(model.function("features").parameters()));
  }

  @Tag("trial")
  @Test
  void aBudgetOfTimeIsTheStepsThatItWas() throws IOException {
    place.train("name=timed", "minutes=1e-6").done();
    String record = place.read("runs/timed/record.json");
    assertTrue(record.contains("\\nsteps: 1\\n") && record.contains("minutes: 1.0E-6"), record);
    // As if the first machine had been faster.
    place.write("timed.json", record.replace("\\nsteps: 1\\n", "\\nsteps: 3\\n"));
    rerun("timed.json").done();
    assertEquals(3, place.finiteMetrics("timed-rerun").size());
    assertTrue(place.read("runs/timed-rerun/config.pbtxt").contains("minutes: 0.0"));
  }

  @Test
  void otherCircumstancesAreTold() throws IOException {
    Path runs = place.path("runs");
    RecordFile now = RecordFile.read(runs.resolve("student/record.json"));
    assertEquals(List.of(), new FirstRun(now).differences(now));
    String then = now.text("tensorflow");
    String processor = now.find("processor").orElse("?");
    for (String[] change :
        new String[][] {
          {"\"tensorflow\": \"" + then, "\"tensorflow\": \"1.15", "tensorflow: 1.15 then, " + then},
          {"\"commit\": \"unknown", "\"commit\": \"ab12", "commit: ab12 then, unknown now"},
          {"\"processors\": ", "\"processors\": 1", "processors: 1"},
          {"\"processors\": ", "\"workers\": 2, \"processors\": ", "workers: 2 then, 1 now"},
          {"\"name\": \"CPU:0", "\"name\": \"GPU:0", "GPU:0 then, CPU:0 now"},
          {"\"devices\"", "\"tools\"", "devices: ? then"},
          {
            "\"devices\"",
            "\"earlier_sessions\": [{\"processor\": \"another\"}], \"devices\"",
            "processor: another and later " + processor + " then, " + processor + " now"
          },
        }) {
      RecordFile first = RecordFile.read(place.path(changed("changed.json", change[0], change[1])));
      List<String> told = new FirstRun(first).differences(now);
      assertEquals(1, told.size(), told::toString);
      assertTrue(told.get(0).contains(change[2]), told::toString);
    }
    String record = place.read("runs/teacher/record.json");
    place.write("old.json", record.replace(then, "1.15").replace("CONSTANT", "COSINE"));
    String said = rerun("old.json", "--set", "name=told").done();
    assertTrue(said.contains("Warning:  bits may differ"), said);
    assertTrue(said.contains("          tensorflow: 1.15 then, " + then + " now\n"), said);
  }

  @Test
  void aLibraryThatRoundsOtherwiseIsToldWhereItIsKnown() throws IOException {
    RecordFile now = RecordFile.read(place.path("runs/student/record.json"));
    Optional<String> taken = now.find("onednn");
    assumeTrue(taken.isPresent(), "this processor has no choice");
    String has = "\"onednn\": \"" + taken.get();
    Path other = place.path(changed("changed.json", has, "\"onednn\": \"other"));
    assertEquals(
        List.of("oneDNN: other then, " + taken.get() + " now"),
        new FirstRun(RecordFile.read(other)).differences(now));
    Path before = place.path(changed("changed.json", has, "\"older\": \""));
    assertEquals(List.of(), new FirstRun(RecordFile.read(before)).differences(now));
  }

  @Test
  void aCosineThatWasLengthenedIsTold() throws IOException {
    place.write(
        "cosine.json", place.read("runs/teacher/record.json").replace("CONSTANT", "COSINE"));
    RecordFile one = RecordFile.read(place.path("cosine.json"));
    assertEquals(List.of(), new FirstRun(one).differences(one));
    place.write(
        "cosine.json",
        place.read("cosine.json").replaceFirst("(\"steps_planned\": \\[)", "$1 7, "));
    RecordFile two = RecordFile.read(place.path("cosine.json"));
    List<String> told = new FirstRun(two).differences(two);
    assertTrue(told.get(0).contains("[7, 2], one after the other"), told::toString);

    String longer =
        place
            .read("runs/student/record.json")
            .replaceFirst("(\"steps_planned\": \\[)", "$1 7, ")
            .replace("gan_growth: 1.0", "gan_growth: 3.0");
    place.write("growing.json", longer);
    RecordFile growing = RecordFile.read(place.path("growing.json"));
    told = new FirstRun(growing).differences(growing);
    assertTrue(
        told.get(0).contains("[7, 2]") && told.get(0).contains("gan_growth"), told::toString);
    place.write("growing.json", longer.replaceAll("gan_weight: [0-9.E-]+", "gan_weight: 0"));
    growing = RecordFile.read(place.path("growing.json"));
    assertEquals(List.of(), new FirstRun(growing).differences(growing));
  }

  /** Where there are no rollbacks, checkpoints change nothing. */
  @Test
  void rollbacksToOtherCheckpointsAndBatchesInOtherPartsAreTold() throws IOException {
    String saved =
        place
            .read("runs/student/record.json")
            .replaceFirst("(\"checkpoint_every_steps\": \\[)", "$1 7, ");
    place.write("saved.json", saved);
    RecordFile first = RecordFile.read(place.path("saved.json"));
    assertEquals(List.of(), new FirstRun(first).differences(first));
    place.write("saved.json", saved.replace("rollbacks: 0", "rollbacks: 2"));
    first = RecordFile.read(place.path("saved.json"));
    List<String> told = new FirstRun(first).differences(first);
    assertTrue(told.get(0).contains("checkpoint.every_steps: [7, 500], one after"), told::toString);

    place.write("saved.json", saved.replaceFirst("(\"accumulation_steps\": \\[)", "$1 4, "));
    first = RecordFile.read(place.path("saved.json"));
    told = new FirstRun(first).differences(first);
    assertTrue(told.get(0).contains("accumulation_steps: [4, 2], one after"), told::toString);
  }

  @Test
  void otherInputsAreRefused() throws IOException {
    String record = "runs/student/record.json";
    ForeignModel.write(place.path("strange/1"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    rerun(record, "--set", "teacher=strange", "--set", "name=x")
        .failed(
            "record.json: teacher: strange/1",
            "SHA-256 ",
            "as the first run had it in savedmodels/teacher/1",
            "--set teacher=... (then savedmodels/teacher/1)");
    place.images("changed", "train", 25, Workplace.SIDE, Workplace.CLASSES);
    rerun(record, "--set", "dataset.path=changed", "--set", "name=x")
        .failed("record.json: dataset: changed", "in data", "--set dataset.path=");
    place.columnFeatures("squint", Workplace.SIDE, "features");
    Files.writeString(place.path("squint/1/note"), "another model");
    for (String each : List.of(record, "runs/teacher/record.json")) {
      rerun(each, "--set", "evaluation.features=squint", "--set", "name=x")
          .failed("record.json: features: squint", "in eyes", "--set evaluation.features=");
    }
    rerun(record, "--set", "student=strange", "--set", "name=x")
        .failed("student: strange/1: the record tells of none", "no student");
    rerun(record, "--set", "dataset.path=gone", "--set", "name=x")
        .failed("gone: no such folder", "data");
    rerun(record, "--set", "dataset.by_row[0].file=gone.npy", "--set", "name=x")
        .failed("by_row[0].input: found ''");
    rerun(record, "--set", "dataset.by_row[0].input=x")
        .failed("keeps its settings", "--set name=NEW");
    assertFalse(Files.exists(place.path("runs/x")), "nothing was begun");
  }

  @Test
  void whatIsNoRecordIsRefused() throws IOException {
    rerun("nowhere.json").failed("nowhere.json: no such file", "record.json, of the folder");
    rerun("runs").failed("runs: not a file");
    place.write("text.json", "{\"program\": ");
    rerun("text.json").failed("text.json: not JSON");
    place.write("list.json", "[1]");
    rerun("list.json").failed("list.json: not JSON, or no JSON object");
    place.write("other.json", "{\"name\": \"x\"}");
    rerun("other.json").failed("other.json: JSON without an entry \"program\"");
    place.write("none.json", "{\"program\": \"fdistill 0.0\", \"command_line\": [\"evaluate\"]}");
    rerun("none.json").failed("none.json: the record of the command 'evaluate'", "train]");
    place.write("old.json", "{\"program\": \"fdistill 0.0\", \"command_line\": [\"train\"]}");
    rerun("old.json").failed("old.json: no entry \"config\"", "fdistill 0.0");
    rerun(changed("new.json", "\"config\": \"name", "\"config\": \"nom"))
        .failed("new.json:1:1", "unknown field `nom`");
    String record = "runs/student/record.json";
    for (String each : List.of(record, "runs/student")) {
      rerun(each, "--set", "steps=3")
          .failed("--set steps=3", "keeps its settings", "train --config");
    }
    place.run("rerun").misused("one RECORD is needed");
  }
}
