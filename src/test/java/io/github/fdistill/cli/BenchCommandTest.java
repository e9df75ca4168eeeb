package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiny networks with random weights on images of noise. */
class BenchCommandTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void settings() throws IOException {
    place = new Workplace(folder);
    place.write("graphs/tiny/network.pbtxt", Workplace.network(8, 3));
    place.write("graphs/tiny/pretrain.pbtxt", "batch_size: 4\n");
    place.write(
        "graphs/tiny/distill.pbtxt",
        "batch_size: 4 schedule { critic_steps: 2 } discriminator { channels: 8 }\n");
  }

  private Workplace.Outcome bench(String... more) {
    List<String> words = new ArrayList<>(List.of("bench", "--quiet"));
    words.addAll(List.of(more));
    words.addAll(List.of("--graphs", "graphs/tiny"));
    if (!words.contains("--rounds")) {
      words.addAll(List.of("--rounds", "2"));
    }
    return place.run(words.toArray(String[]::new));
  }

  private List<JsonObject> measured(String file) throws IOException {
    JsonObject all = JsonParser.parseString(place.read(file)).getAsJsonObject();
    List<JsonObject> measured = new ArrayList<>();
    for (JsonElement element : all.getAsJsonArray("measured")) {
      measured.add(element.getAsJsonObject());
    }
    return measured;
  }

  private static String text(JsonObject object, String key) {
    return object.get(key).getAsString();
  }

  private static long operations(JsonObject entry) {
    return entry.get("operations").getAsLong();
  }

  @Test
  void everythingIsTimed() throws IOException {
    String told = bench("--json", "found.json").done();
    assertTrue(told.contains("from the start of Java to the end of the first critic"), told);
    assertTrue(told.contains("| MatMul |"), told);

    List<JsonObject> measured = measured("found.json");
    assertEquals(
        List.of("critic", "student", "cycle", "pretrain", "heun", "one-step"),
        measured.stream().map(m -> text(m, "workload")).toList());
    for (JsonObject m : measured) {
      assertEquals(
          Set.of(
              "variant",
              "workload",
              "images",
              "precision",
              "rounds",
              "seconds",
              "processor_seconds",
              "images_per_second",
              "operations",
              "operations_by_op",
              "operations_per_second",
              "matrix_operations_per_second",
              "share_of_matrix_rate",
              "share_of_matrix_rate_by_processor",
              "share_outside_tensorflow",
              "times_as_fast_as_first",
              "times_as_fast_by_processor",
              "peak_tensor_bytes",
              "traced_seconds",
              "ops"),
          m.keySet());
      JsonObject seconds = m.getAsJsonObject("seconds");
      double median = seconds.get("median").getAsDouble();
      assertTrue(median > 0 && median < 60, m.toString());
      assertTrue(seconds.get("quarter").getAsDouble() <= median, m.toString());
      double outside = m.getAsJsonObject("share_outside_tensorflow").get("median").getAsDouble();
      assertTrue(outside > 0 && outside < 1, m.toString());
      assertTrue(m.get("peak_tensor_bytes").getAsLong() > 0, m.toString());
    }
    JsonObject cycle = measured.get(2);
    assertEquals(12, cycle.get("images").getAsInt(), "two batches of critics, one of the student");
    assertEquals(2 * operations(measured.get(0)) + operations(measured.get(1)), operations(cycle));
    assertEquals(
        9 * operations(measured.get(5)), operations(measured.get(4)), "Heun evaluates 2 * 5 - 1");
  }

  @Tag("trial")
  @Test
  void valuesOfASettingSideBySide() throws IOException {
    String told =
        bench(
                "--sweep",
                "distill.batch_size=4,8",
                "--set",
                "distill.precision=FLOAT32",
                "--only",
                "critic",
                "--json",
                "found.json")
            .done();
    assertTrue(told.contains("\ngraphs/tiny distill.batch_size=8\n"), told);
    assertTrue(told.contains("times the first"), told);
    assertTrue(told.matches("(?s).*Matrices in float32: .* on [0-9.]+ of \\d+ processors.*"), told);
    assertFalse(told.contains("pretrain"), told);
    List<JsonObject> measured = measured("found.json");
    assertEquals(2, measured.size());
    assertEquals("graphs/tiny distill.batch_size=4", text(measured.get(0), "variant"));
    assertEquals(8, measured.get(1).get("images").getAsInt());
    double itself =
        measured.get(0).getAsJsonObject("times_as_fast_as_first").get("median").getAsDouble();
    assertEquals(1, itself);
  }

  @Test
  void wrongInput() throws IOException {
    bench("--only", "critics").failed("--only", "'critics'", "critic, student, cycle, pretrain");
    bench("--sweep", "distill.batch_size").failed("--sweep", "FIELD=A,B");
    bench("--sweep", "distill.batch_size=" + "1,".repeat(16) + "1").failed("at most 16");
    bench("--rounds", "0").failed("--rounds", "1 to 10000");
    bench("--set", "batch_size=3").failed("--set batch_size", "distill.batch_size");
    bench("--set", "distill.batch_size=0").failed("--set distill.batch_size=0: found 0");
    bench("--set", "pretrain.batch_size=0").failed("--set pretrain.batch_size=0: found 0");
    bench("--set", "distill.images=-1").failed("--set distill.images=-1: found -1");
    bench("--set", "heun_steps=0").failed("--set heun_steps=0", "found 0", "1 to 1000");
    bench("--set", "images=0").failed("--set images=0", "found 0", "1 to 10000");
    bench("--set", "distill.teacher=nowhere").failed("nowhere", "no such folder");
    bench("--set", "network.unet.channels=12").failed("network.pbtxt");
    place.run("bench", "--graphs", "graphs/none").failed("distill.pbtxt", "no such file");
    bench("--json", "graphs/tiny").failed("graphs/tiny: cannot be written: a folder");
    place.write("graphs/bare/distill.pbtxt", "batch_size: 4\n");
    place.run("bench", "--graphs", "graphs/bare").failed("graphs/bare/distill.pbtxt");
    place.run("bench", "graphs/tiny").misused("unexpected argument");
  }
}
