package io.github.fdistill.data;

import static io.github.fdistill.data.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captions in NAME.json beside a picture. */
class CaptionsBesideTest {
  @TempDir Path folder;

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private ImageSource open() {
    return ImageSources.open(folder, Split.TRAIN);
  }

  /** A grey pixel. */
  private void put(String name) {
    PngFile.write(folder.resolve(name), new Images(new float[1], 1, 1, 1), 0);
  }

  @Test
  void anEmptyEntryTakesNoOtherAway() throws IOException {
    put("a.png");
    for (String empty : List.of("null", "\"\"", "[]")) {
      write("a.json", "{\"text\": \"a cat\", \"caption\": " + empty + "}");
      assertEquals(List.of("a cat"), open().captions(0), empty);
      write("a.json", "{\"caption\": \"a cat\", \"text\": " + empty + "}");
      assertEquals(List.of("a cat"), open().captions(0), empty);
    }
  }

  @Test
  void jsonBesideAPictureIsReadToItsEnd() throws IOException {
    put("a.png");
    put("b.png");
    write("b.json", "{\"caption\": \"b\"}");
    for (String none : List.of("{}", "{\"caption\": null}", "no JSON")) {
      write("a.json", none);
      assertTrue(open().hasCaptions(), none);
      assertEquals(List.of("b"), open().captions(1));
    }
    write("a.json", "{\"caption\": \"a\"}");
    write("b.json", "{\"caption\": \"b\"} {}");
    ImageSource images = open();
    refused(() -> images.captions(1), "b.json", "text after the end of the document");
    write("b.json", "{\"caption\": \"b\", \"caption\": \"c\"}");
    refused(() -> images.captions(1), "b.json", "the key 'caption' twice");
  }
}
