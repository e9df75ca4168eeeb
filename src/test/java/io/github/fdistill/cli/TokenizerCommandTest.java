package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerCommandTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void captions() throws IOException {
    place = new Workplace(folder);
    for (String name : new String[] {"a", "b"}) {
      PngFile.write(place.path("in/" + name + ".png"), new Images(new float[16], 4, 4, 1), 0);
      Files.writeString(place.path("in/" + name + ".txt"), "a cat on a mat");
    }
    Files.writeString(place.path("prompts.txt"), "a cat\n\na cat on a mat on a mat\n");
  }

  @Test
  void makesOneOfCaptionsAndTriesItOnPrompts() throws IOException {
    String made = place.run("tokenizer", "in", "--length", "8", "--out", "tokens").done();
    assertTrue(made.startsWith("captions of in: 2\n"), made);
    assertTrue(made.contains("a caption is 7 tokens at the median, 7 at the most"), made);
    assertTrue(made.endsWith("cut at 8 tokens: 0\nWrote tokens\n"), made);
    assertEquals(8, TokenizerFiles.read(place.path("tokens")).length());
    String tried = place.run("tokenizer", "prompts.txt", "--with", "tokens").done();
    assertTrue(tried.contains("10 at the most ('a cat on a mat on a mat')"), tried);
    assertTrue(tried.endsWith("cut at 8 tokens: 1\n"), tried);
  }

  @Test
  void whatIsNoCaptionsIsRefused() throws IOException {
    place.run("tokenizer", "in", "--out", "tokens").done();
    place.run("tokenizer", "in", "--out", "tokens").failed("a folder without one");
    place.run("tokenizer", "nowhere", "--out", "tokens").failed("a folder without one");
    place.run("tokenizer", "in", "--with", "in").failed("no tokenizer");
    place
        .run("tokenizer", "in", "--with", "tokens", "--vocabulary", "600")
        .failed("--vocabulary", "'600'", "beside --with");
    Files.delete(place.path("in/a.txt"));
    Files.delete(place.path("in/b.txt"));
    place.run("tokenizer", "in").failed("images without captions", "under text or caption");
    place.run("tokenizer", "gone.txt").failed("gone.txt");
    place.run("tokenizer", "prompts.txt", "--vocabulary", "3").failed("--vocabulary");
  }

  @Test
  void dataTellsOfCaptions() throws IOException {
    Files.writeString(place.path("in/b.txt"), " ");
    String said = place.run("data", "in").done();
    assertTrue(said.contains("Captions: 1, of 1 image; images without: 1\n"), said);
    assertTrue(said.contains("\n    a cat on a mat\n"), said);
    assertTrue(said.contains("b.png: no caption\n"), said);
    place.run("data", "in", "--out", "packed.npy", "--quiet").done();
    assertEquals("\"a cat on a mat\"\n[]\n", place.read("packed.captions.jsonl"));
    String prompts = place.run("data", "prompts.txt", "--quiet").done();
    String checked = place.run("data", "prompts.txt", "--check").done();
    assertTrue(checked.endsWith("and are read as they lie\n"), checked);
    assertTrue(prompts.startsWith("prompts.txt: 2 prompts, of which"), prompts);
    assertTrue(prompts.endsWith("\n    a cat\n    a cat on a mat on a mat\n"), prompts);
    place
        .run("data", "prompts.txt", "--out", "p.npy")
        .failed("--out: p.npy, where it has no effect", "leave --out out");
  }
}
