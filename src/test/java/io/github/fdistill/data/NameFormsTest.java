package io.github.fdistill.data;

import static io.github.fdistill.data.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** macOS writes an accent apart from its letter; who told of the file wrote both as one. */
class NameFormsTest extends SetFolder {
  private static final String ONE = "caf\u00e9";
  private static final String APART = "cafe\u0301";

  private List<String> captions() {
    ImageSource images = train();
    return IntStream.range(0, (int) images.size())
        .mapToObj(i -> String.join("; ", images.captions(i)))
        .toList();
  }

  @Test
  void textsBesidePicturesAreFoundInBothForms() throws IOException {
    put(APART + ".png");
    put("z" + ONE + ".png");
    write(ONE + ".txt", "black");
    write("z" + APART + ".json", "{\"caption\": \"white\"}");
    assertEquals(List.of("black", "white"), captions());
    assertEquals(List.of(), train().notes(), "the texts are not left out");
  }

  @Test
  void soAreLinesOfMetadataWithTheirLabels() throws IOException {
    put("x/" + APART + ".png");
    put("b.png");
    write(
        "metadata.jsonl",
        "{\"file_name\": \"x/"
            + ONE
            + ".png\", \"text\": \"black\", \"label\": 1}\n"
            + "{\"file_name\": \"b.png\", \"text\": \"b\", \"label\": 0}\n");
    assertEquals(List.of("b", "black"), captions());
    assertEquals(1, train().label(1));
    assertEquals(List.of(), train().notes());
  }

  @Test
  void soAreLabelsAndCaptionsOfEdm() throws IOException {
    put("00000/" + APART + ".png");
    write("dataset.json", "{\"labels\": [[\"00000/" + ONE + ".png\", 3]]}");
    assertEquals(3, train().label(0));
    write("dataset.json", "{\"labels\": [[\"00000/" + ONE + ".png\", \"black\"]]}");
    assertEquals(List.of("black"), captions());
  }

  @Test
  void soAreChecksums() throws IOException {
    put(APART + ".png");
    Path file = folder.resolve(APART + ".png");
    write("SHA256SUMS", Sha256.of(file) + "  " + ONE + ".png\n");
    Checksums.in(folder).orElseThrow().check(file, Sha256.of(file));
  }

  /** What is written as the file is called is told of that file, whatever reads like it. */
  @Test
  void namesThatAreThereAsTheyAreWrittenAreThoseAlone() throws IOException {
    put(ONE + ".png");
    put(APART + ".png");
    write(ONE + ".txt", "as one");
    assertArrayEquals(
        new String[] {"", "as one"}, captions().toArray(), "no text is of two pictures");
    write(APART + ".txt", "apart");
    assertArrayEquals(new String[] {"apart", "as one"}, captions().toArray());
    String notes = train().notes().toString();
    assertTrue(notes.contains("1 picture has the name of another in another of Unicode's"), notes);
  }

  @Test
  void namesOfWhichTwoAreTheSameAreRefused() throws IOException {
    String twice = ONE + ONE;
    put(twice + ".png");
    write(APART + APART + ".txt", "both apart");
    write(APART + ONE + ".txt", "one apart");
    refused(this::train, "two names that read alike, caf", "\\u0301", "give one file another name");
  }
}
