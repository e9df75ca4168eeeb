package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.imports.ClipFeatures;
import io.github.fdistill.server.TinyStudent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** Models that take texts, measured under captions and prompts. */
class EvaluatePromptsTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void models() throws IOException {
    place = new Workplace(folder);
    TinyStudent.writeOfTexts(folder.resolve("savedmodels/texts/1"), 1);
    place.columnFeatures("features", 8, "features");
    for (int i = 0; i < 12; i++) {
      float[] values = new float[64];
      for (int p = 0; p < 64; p++) {
        values[p] = (float) Math.sin(i + p);
      }
      String name = "class-" + i % 3 + "-seed-" + i;
      for (String file : List.of("set/" + name, "plain/" + i)) {
        PngFile.write(folder.resolve(file + ".png"), new Images(values, 8, 8, 1), 0);
        Files.writeString(folder.resolve(file + ".txt"), TinyStudent.CAPTIONS.get(i % 3));
      }
    }
  }

  private static Workplace.Outcome evaluate(String... more) {
    return evaluateAgainst("set", more);
  }

  private static Workplace.Outcome evaluateAgainst(String set, String... more) {
    List<String> words = new ArrayList<>(List.of("evaluate", "--quiet", "savedmodels/texts"));
    words.addAll(List.of("--features", "features", "--against", set, "--samples", "12"));
    words.addAll(Arrays.asList(more));
    return place.run(words.toArray(String[]::new));
  }

  @Test
  void captionsOfTheReferenceAreDrawnOrPromptsOfAChoice() throws IOException {
    String captions = evaluate().done();
    assertTrue(captions.contains("Drawn of 12 captions of the reference, by chance"), captions);
    assertTrue(captions.contains("accuracy"), captions);
    String plain = evaluateAgainst("plain").done();
    assertTrue(plain.contains("Drawn of 12 captions of the reference, by chance"), plain);
    assertTrue(!plain.contains("accuracy"), "the set has no classes: " + plain);
    place.write("prompts.txt", "a red square\nnothing\n");
    String prompts = evaluate("--prompts", "prompts.txt", "--prompt", "").done();
    assertTrue(prompts.contains("Drawn of 3 prompts"), prompts);
    assertTrue(!prompts.contains("accuracy"), prompts);
    assertNotEquals(
        captions.replaceAll("(?s).*FID", ""), prompts.replaceAll("(?s).*FID|images/s.*", ""));
  }

  /** The texts go through the text encoders that are with the model. */
  @Test
  void aPipelineIsMeasuredUnderCaptions() throws IOException {
    Path imports = Path.of("src/test/resources/io/github/fdistill/imports").toAbsolutePath();
    place.run("import", imports.resolve("diffusers/sd").toString(), "--name", "sd").done();
    ClipFeatures.read(imports.resolve("clip"), Optional.empty(), Shape.of(16, 16, 3))
        .write(place.path("clip"));
    for (int i = 0; i < 9; i++) {
      float[] values = new float[16 * 16 * 3];
      for (int p = 0; p < values.length; p++) {
        values[p] = (float) Math.sin(i * p);
      }
      PngFile.write(folder.resolve("photos/" + i + ".png"), new Images(values, 16, 16, 3), 0);
      Files.writeString(folder.resolve("photos/" + i + ".txt"), i % 2 == 0 ? "cat" : "red apple");
    }
    String words = "evaluate savedmodels/sd --quiet --features clip --against photos --samples 9";
    String said = place.run((words + " --steps 2").split(" ")).done();
    assertTrue(said.contains("Drawn of 9 captions of the reference, by chance"), said);
    assertTrue(said.contains("CLIP score"), said);
    assertTrue(said.contains("FID"), said);
    String few = "evaluate photos --quiet --features clip --against photos --samples 5";
    String told = place.run(few.split(" ")).done();
    assertTrue(told.contains("No FID: it takes more than 6 images"), told);
    assertTrue(told.contains("CLIP score") && told.contains("KID"), told);
    assertTrue(!told.contains("  FID"), told);
    Files.delete(place.path("photos/3.txt"));
    place.run(few.split(" ")).failed("5 images for 6 features");
  }

  /** A run on prompts alone has no images to be measured by; the command that is named works. */
  @Test
  void aStudentOfPromptsAloneIsComparedWithPictures() throws IOException {
    String run = "runs/alone/";
    place.write("prompts.txt", "a red square\nnothing\n");
    place.write(run + "record.json", "{\"program\": \"fdistill 1\", \"command\": \"train\"}");
    place.write(run + "config.pbtxt", "name: \"alone\" dataset { path: \"prompts.txt\" }");
    place.write(run + "inputs", "dataset " + "0".repeat(64) + "  prompts.txt\n");
    place.write(run + "exported", "2\nsavedmodels/texts/1\n");
    place.write(run + "metrics.jsonl", "{\"step\": 1, \"loss\": 1}\n");
    Workplace.Outcome refused = place.run("report", run, "--measure");
    refused.failed("learnt from no images");
    String remedy =
        refused.err().replaceAll("(?s).*(Next: )?(\\./fdistill evaluate[^\n]*).*", "$2");
    place.doNext("Next: " + remedy.replace("PICTURES", "set").replace("FEATURES", "features"));
    place.run("report", run, "--measure", "--features", "mine").failed("--features mine --prompts");
    String record = "savedmodels/texts/1/assets.extra/record.json";
    place.write(record, "{\"program\": \"fdistill 1\", \"dataset\": {\"path\": \"prompts.txt\"}}");
    place
        .run("evaluate", "savedmodels/texts", "--quiet")
        .failed("--against: 'prompts.txt'", "learnt from prompts alone");
    Files.delete(place.path(record));
  }

  @Test
  void wrongPrompts() {
    evaluate("--prompts", "none.txt").failed("none.txt");
    evaluate("--uniform-classes").failed("--uniform-classes", "draws what texts say");
    String away = "nothing: a student has its guidance built in";
    evaluate("--negative-prompt", "blue").failed("--negative-prompt", away);
    evaluate("--negative-prompt", "blue", "--guidance", "3").failed("--negative-prompt", away);
    evaluate("--guidance", "3").failed("--guidance", "built in");
  }
}
