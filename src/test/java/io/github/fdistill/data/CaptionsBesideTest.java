package io.github.fdistill.data;

import static io.github.fdistill.data.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Captions in NAME.json beside a picture. */
class CaptionsBesideTest extends SetFolder {
  @Test
  void anEmptyEntryTakesNoOtherAway() throws IOException {
    put("a.png");
    for (String empty : List.of("null", "\"\"", "[]")) {
      write("a.json", "{\"text\": \"a cat\", \"caption\": " + empty + "}");
      assertEquals(List.of("a cat"), train().captions(0), empty);
      write("a.json", "{\"caption\": \"a cat\", \"text\": " + empty + "}");
      assertEquals(List.of("a cat"), train().captions(0), empty);
    }
  }

  /** As of large files that are kept elsewhere: such names beside pictures may be of anything. */
  @Test
  void jsonThatIsALinkToNothingSaysNothingOfCaptions() throws IOException {
    put("a.png");
    Files.createSymbolicLink(folder.resolve("a.json"), Path.of("nowhere"));
    assertEquals(1, train().size());
  }

  @Test
  void jsonBesideAPictureIsReadToItsEnd() throws IOException {
    put("a.png");
    put("b.png");
    write("b.json", "{\"caption\": \"b\"}");
    for (String none : List.of("{}", "{\"caption\": null}", "no JSON")) {
      write("a.json", none);
      assertTrue(train().hasCaptions(), none);
      assertEquals(List.of("b"), train().captions(1));
    }
    write("a.json", "{\"caption\": \"a\"}");
    write("b.json", "{\"caption\": \"b\"} {}");
    ImageSource images = train();
    refused(() -> images.captions(1), "b.json", "text after the end of the document");
    write("b.json", "{\"caption\": \"b\", \"caption\": \"c\"}");
    refused(() -> images.captions(1), "b.json", "the key 'caption' twice");
  }
}
