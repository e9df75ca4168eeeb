package io.github.fdistill.data;

import static io.github.fdistill.data.MadeTar.tar;
import static io.github.fdistill.data.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures with captions, in the forms in which others lay them out. */
class CaptionsTest extends SetFolder {
  private static final PictureReading SKIPPING = new PictureReading(Optional.empty(), false, true);

  private static List<List<String>> captions(ImageSource images) {
    return IntStream.range(0, (int) images.size()).mapToObj(images::captions).toList();
  }

  private static Tokenizer tokenizer() {
    return BytePairTraining.train(List.of("a cat", "a cat"), TextForm.CLIP, 520, 8);
  }

  @Test
  void textsBesidePicturesAreTheirCaptions() throws IOException {
    put("a.png", "b.png", "\u00e9.PNG");
    write("a.txt", "\ufeffa  cat\r\non a mat \n");
    write("b.txt", "日本の犬");
    write("e\u0301.TXT", "of a camera");
    ImageSource images = train();
    assertTrue(images.hasCaptions());
    assertEquals(
        List.of(List.of("a cat on a mat"), List.of("日本の犬"), List.of("of a camera")),
        captions(images));
    assertEquals(List.of(), images.notes(), "captions are not left out");
    write("b.TXT", "another");
    assertEquals(List.of("日本の犬"), train().captions(1));
    assertTrue(train().notes().toString().contains("left out: 1 .TXT"), "" + train().notes());
  }

  /** Files that say captions change no fingerprint of images alone: who has these goes on. */
  @Test
  void captionsAreNoPartOfTheImages() throws IOException {
    put("a.png");
    String before = train().fingerprint();
    assertFalse(train().hasCaptions());
    write("a.txt", "a cat");
    assertEquals(before, train().fingerprint());
    String captioned = CaptionedImages.of(train(), tokenizer(), false).fingerprint();
    write("a.txt", "a dog");
    assertNotEquals(captioned, CaptionedImages.of(train(), tokenizer(), false).fingerprint());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"file_name\": \"x/a.png\", \"text\": \"a cat\"}\n\n"
            + "{\"more\": {\"a\": [1]}, \"text\": [\"a dog\", \"\", \"one dog\"],"
            + " \"file_name\": \"b.png\"}\n",
        "{\"file_name\": \"./x\\\\a.png\", \"caption\": \"a cat\", \"text\": \"\"}\r\n"
            + "{\"file_name\": \"b.png\", \"caption\": \"a dog\"}\r\n"
            + "{\"file_name\": \"b.png\", \"caption\": \"one dog\"}"
      })
  void linesOfMetadataSayCaptions(String lines) throws IOException {
    put("x/a.png", "b.png");
    write("metadata.jsonl", lines);
    ImageSource images = train();
    assertEquals(List.of(List.of("a dog", "one dog"), List.of("a cat")), captions(images));
    assertEquals(1, images.classes());
    assertEquals(List.of(), images.notes());
  }

  @Test
  void metadataSaysLabelsToo() throws IOException {
    put("train/a.png", "train/b.png", "test/c.png");
    write(
        "train/metadata.jsonl",
        "{\"file_name\": \"b.png\", \"text\": \"b\", \"label\": \"cat\"}\n"
            + "{\"file_name\": \"a.png\", \"text\": \"a\", \"label\": \"dog\"}\n");
    write("test/metadata.jsonl", "{\"file_name\": \"c.png\", \"text\": \"c\", \"label\": 3}\n");
    assertEquals(List.of("cat", "dog"), train().classNames());
    assertEquals(1, train().label(0));
    assertEquals(0, train().label(1));
    ImageSource test = ImageSources.open(folder, Split.TEST);
    assertEquals(3, test.label(0));
    assertEquals(List.of(List.of("c")), captions(test));
    write(
        "train/metadata.jsonl",
        "{\"file_name\": \"b.png\", \"label\": 0}\n{\"file_name\": \"a.png\", \"label\": 1}\n");
    assertFalse(train().hasCaptions(), "labels alone");
    assertEquals(List.of(), train().notes());
    write("train/a.txt", "beside");
    assertEquals(List.of(List.of("beside"), List.of()), captions(train()));
  }

  @Test
  void oneTableInTheOutermostFolderIsOfAllParts() throws IOException {
    put("train/a.png", "test/b.png");
    write(
        "metadata.jsonl",
        "{\"file_name\": \"test/b.png\", \"text\": \"b\"}\n"
            + "{\"file_name\": \"train/a.png\", \"text\": \"a\"}\n");
    assertEquals(List.of(List.of("a")), captions(train()));
    assertEquals(List.of(List.of("b")), captions(ImageSources.open(folder, Split.TEST)));
  }

  /** Folders that hold but one other are passed through, and what lies in them is not. */
  @Test
  void aTableInAnyFolderAboveThePicturesIsTheirs() throws IOException {
    put("set/images/0/a.png", "set/images/1/b.png");
    write(
        "set/metadata.jsonl",
        "{\"file_name\": \"images/0/a.png\", \"text\": \"a\"}\n"
            + "{\"file_name\": \"images/1/b.png\", \"text\": \"b\"}\n");
    assertEquals(List.of(List.of("a"), List.of("b")), captions(train()));
    assertEquals(1, train().classes());
    assertEquals(List.of(), train().notes());
  }

  @Test
  void damagedTablesAreToldByTheirLines() throws IOException {
    put("a.png", "b.png");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": \"a\"}\n{\"file_name\": \n");
    refused(this::train, "metadata.jsonl:2");
    write("metadata.jsonl", "{\"text\": \"a\"}\n");
    refused(this::train, "metadata.jsonl:1", "without file_name");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"label\": 1}\n");
    refused(this::train, "no label of b.png");
    write(
        "metadata.jsonl",
        "{\"file_name\": \"a.png\", \"label\": 1}\n{\"file_name\": \"a.png\", \"label\": 2}\n");
    refused(this::train, "metadata.jsonl:2", "two labels of a.png");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"prompt\": \"a\", \"id\": 1}\n");
    assertEquals(
        List.of("metadata.jsonl: no line has text, caption or label; not read: id, prompt"),
        train().notes());
    write("metadata.jsonl", "{\"file_name\": \"gone.png\", \"text\": \"a\"}\n");
    assertTrue(train().notes().toString().contains("not there (1): gone.png"));
    Files.write(folder.resolve("metadata.jsonl"), new byte[] {'{', (byte) 0xff, '}'});
    refused(this::train, "metadata.jsonl: not UTF-8, from line 1 on");
    Files.delete(folder.resolve("metadata.jsonl"));
    Files.writeString(
        folder.resolve("dataset.json"), "{\n\"labels\": \"\u00e2\"}", StandardCharsets.ISO_8859_1);
    refused(this::train, "dataset.json: not UTF-8, from line 2 on");
  }

  /** As StyleGAN-T has it: where a label would stand. */
  @Test
  void captionsMayStandInDatasetJson() throws IOException {
    put("00000/a.png", "00000/b.png", "00000/c.png");
    String two = "[\"00000/b.png\", \"a dog\"], [\"00000/a.png\", \"two  cats\"]";
    write("dataset.json", "{\"labels\": [[\"00000/c.png\", \"2019\"], " + two + "]}");
    assertEquals(
        List.of(List.of("two cats"), List.of("a dog"), List.of("2019")), captions(train()));
    assertEquals(1, train().classes());
    assertEquals(List.of(), train().notes());
    String gone = ", [\"00000/d.png\", \"2\"], [\"00001/e.png\", \"2\"]";
    String numbers = two.replace("a dog", "0").replace("two  cats", "1");
    write("dataset.json", "{\"labels\": [[\"00000/c.png\", \"2\"], " + numbers + gone + "]}");
    assertFalse(train().hasCaptions());
    assertEquals(2, train().label(2));
    assertEquals(3, train().classes());
    String told = train().notes().toString();
    assertTrue(
        told.contains("dataset.json tells of pictures that are not there (2): 00000/d.png, "));
    write("dataset.json", "{\"labels\": [[\"00000/c.png\", \"\"], " + numbers + "]}");
    refused(this::train, "no label of 00000/c.png");
  }

  /** As img2dataset writes webdataset's shards: all of a picture under one number. */
  private void writeShards() throws IOException {
    put("p.png");
    byte[] png = Files.readAllBytes(folder.resolve("p.png"));
    Files.delete(folder.resolve("p.png"));
    Files.write(
        folder.resolve("00000.tar"),
        tar(
            "000000000.png",
            png,
            "000000000.txt",
            "a cat",
            "000000000.json",
            "{\"caption\": 1}",
            "000000003.json",
            "{\"caption\": \"b\", \"url\": {}}",
            "000000003.png",
            png));
    Files.write(folder.resolve("00001.tar"), tar("000010000.png", png, "000010000.txt", "a dog\n"));
    write("00000_stats.json", "{}");
  }

  @Test
  void shardsAreOneSet() throws IOException {
    writeShards();
    ImageSource images = train();
    assertEquals(List.of(List.of("a cat"), List.of("b"), List.of("a dog")), captions(images));
    assertEquals(1, images.classes());
    float[] pixel = new float[1];
    images.copy(2, pixel, 0);
    assertEquals(1 / 255f, pixel[0], 1e-6);
    images.check();
    Files.move(folder.resolve("00001.tar"), folder.resolve("2026-11-29T20:00.tar"));
    assertEquals(captions(images), captions(train()), "a shard with a colon in its name");
    Files.move(folder.resolve("2026-11-29T20:00.tar"), folder.resolve("00001.tar"));
    String before = images.fingerprint();
    Files.delete(folder.resolve("00001.tar"));
    assertNotEquals(before, train().fingerprint());
    assertEquals(
        List.of(List.of("a cat"), List.of("b")),
        captions(ImageSources.open(folder.resolve("00000.tar"), Split.TRAIN)));
  }

  /** Keys of webdataset's may have folders. */
  @Test
  void aFolderWithinAShardIsNoClass() throws IOException {
    writeShards();
    put("p.png");
    byte[] png = Files.readAllBytes(folder.resolve("p.png"));
    Files.delete(folder.resolve("p.png"));
    Files.write(
        folder.resolve("00002.tar"), tar("part/7.png", png, "part/7.txt", "a fox", "8.png", png));
    ImageSource images = train();
    assertEquals(5, images.size());
    assertEquals(1, images.classes());
  }

  /** Such as an archive of the pictures that was put beside them. */
  @Test
  void archivesBesidePicturesAreNoShards() throws IOException {
    writeShards();
    put("a.png");
    assertEquals(1, train().size());
    assertFalse(train().hasCaptions());
  }

  @Test
  void aDamagedShardIsToldOrSkipped() throws IOException {
    writeShards();
    byte[] whole = Files.readAllBytes(folder.resolve("00000.tar"));
    Files.write(folder.resolve("00000.tar"), java.util.Arrays.copyOf(whole, 700));
    refused(this::train, "00000.tar", "cut short");
    ImageSource images = ImageSources.open(folder, Split.TRAIN, SKIPPING);
    assertEquals(List.of(List.of("a dog")), captions(images));
    assertTrue(images.notes().toString().contains("damaged shards are skipped: {00000.tar"));
  }

  /** The folders that img2dataset writes in place of shards are no classes. */
  @Test
  void foldersWithStatisticsBesideAreNoClasses() throws IOException {
    put("00000/000000000.png", "00001/000010000.png");
    write("00000/000000000.txt", "a");
    write("00001/000010000.txt", "b");
    assertEquals(2, train().classes());
    write("00000_stats.json", "{}");
    write("00001_stats.json", "{}");
    assertEquals(1, train().classes());
    assertEquals(List.of(List.of("a"), List.of("b")), captions(train()));
  }

  /** Each caption is a row, with its image, its class and its tokens. */
  @Test
  void rowsHaveTheTokensOfCaptions() throws IOException {
    put("a.png", "b.png");
    write(
        "metadata.jsonl",
        "{\"file_name\": \"a.png\", \"text\": [\"a cat\", \"cat\"], \"label\": 1}\n"
            + "{\"file_name\": \"b.png\", \"text\": \"a cat a cat a cat a cat\", \"label\": 0}\n");
    Tokenizer tokenizer = tokenizer();
    CaptionedImages images = CaptionedImages.of(train(), tokenizer, false);
    assertEquals(3, images.size());
    assertEquals(2, images.pictures().size(), "each picture once, however many captions it has");
    assertEquals(2, CaptionedImages.of(new Mirrored(train()), tokenizer, false).pictures().size());
    assertEquals(
        "label [N] int32, tokens [N,8] int32, tokens_mask [N,8] int32",
        images.conditioning().toString());
    ConditionRows rows = ConditionRows.zeros(images.conditioning(), 3);
    for (int i = 0; i < 3; i++) {
      images.copyCondition(2 - i, rows, i);
    }
    assertArrayEquals(new int[] {0, 1, 1}, rows.labels().orElseThrow());
    String[] texts = {"a cat a cat a cat a cat", "cat", "a cat"};
    for (int i = 0; i < 3; i++) {
      ConditionRows row = rows.range(i, i + 1);
      assertArrayEquals(tokenizer.row(texts[i]).numbers(), ints(row, CaptionTokens.TOKENS));
      assertArrayEquals(tokenizer.row(texts[i]).mask(), ints(row, CaptionTokens.MASK));
    }
    assertTrue(images.notes().toString().contains("1 caption has more than 8 tokens"));
    Conditioning.Input none = images.conditioning().input(CaptionTokens.TOKENS).orElseThrow();
    assertArrayEquals(
        tokenizer.row("").numbers(), none.none().stream().mapToInt(Double::intValue).toArray());
    assertEquals(3, images.examples().count());
  }

  private static int[] ints(ConditionRows rows, String name) {
    return ((ConditionRows.Ints) rows.columns().get(name)).values();
  }

  @Test
  void imagesWithoutCaptionsAreToldBeforeTheRunOrSkipped() throws IOException {
    put("a.png", "b.png", "c.png", "d.png");
    write("a.txt", "a cat");
    write("b.txt", " \n");
    Files.write(folder.resolve("c.txt"), new byte[] {(byte) 0xff});
    refused(
        () -> CaptionedImages.of(train(), tokenizer(), false),
        "images without: 3 of 4: ",
        "b.png: no caption; ",
        "c.png: not UTF-8, from line 1 on; ",
        "d.png: no caption\n",
        "skip_damaged");
    CaptionedImages skipped = CaptionedImages.of(train(), tokenizer(), true);
    assertEquals(1, skipped.size());
    assertTrue(skipped.notes().toString().contains("images without a caption are skipped (3)"));
    Files.delete(folder.resolve("a.txt"));
    refused(() -> CaptionedImages.of(train(), tokenizer(), true), "images without: 4 of 4");
  }

  @Test
  void packedImagesKeepTheirCaptions() throws IOException {
    put("in/a.png", "in/b.png");
    write(
        "in/metadata.jsonl",
        "{\"file_name\": \"a.png\", \"text\": [\"a \\\"cat\\\"\", \"<cat>\"]}\n"
            + "{\"file_name\": \"b.png\", \"text\": \"犬\"}\n");
    Path npy = folder.resolve("packed.npy");
    ImageSource images = ImageSources.open(folder.resolve("in"), Split.TRAIN);
    PackedImages.write(images, npy, done -> {});
    assertEquals(captions(images), captions(ImageSources.open(npy, Split.TRAIN)));
    Files.write(folder.resolve("packed.captions.jsonl"), new byte[] {'"', (byte) 0xe2, '"'});
    refused(() -> ImageSources.open(npy, Split.TRAIN), "captions.jsonl: not UTF-8, from line 1 on");
    Files.writeString(folder.resolve("packed.captions.jsonl"), "\"one\"\n");
    refused(() -> ImageSources.open(npy, Split.TRAIN), "1 lines for 2 images");
    Files.writeString(folder.resolve("packed.captions.jsonl"), "\"one\"\n{\"a\": 1}\n");
    refused(() -> ImageSources.open(npy, Split.TRAIN), "packed.captions.jsonl:2");
    Files.writeString(folder.resolve("packed.captions.jsonl"), "\"one\"\n\"two\" \"more\"\n");
    refused(() -> ImageSources.open(npy, Split.TRAIN), "packed.captions.jsonl:2");
  }

  @Test
  void promptsAloneAreALineEach() throws IOException {
    write("prompts.txt", "a cat\n\n  two\tdogs \r\nlast");
    assertEquals(List.of("a cat", "two dogs", "last"), Prompts.read(folder.resolve("prompts.txt")));
    write("prompts.txt", "\n\n");
    refused(() -> Prompts.read(folder.resolve("prompts.txt")), "no prompt");
    refused(() -> Prompts.read(folder.resolve("gone.txt")), "gone.txt");
    Path other = folder.resolve("other.txt");
    Files.writeString(other, "a cat\nun ch\u00e2t\n", StandardCharsets.ISO_8859_1);
    refused(() -> Prompts.read(other), "other.txt: not UTF-8, from line 2 on", "save it again");
    for (Charset charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
      Files.writeString(other, "\ufeffa cat\n", charset);
      refused(() -> Prompts.read(other), "other.txt: UTF-16, not UTF-8", "save it again in UTF-8");
    }
    CaptionTokens tokens = CaptionTokens.of(tokenizer(), List.of("a cat", "cat"));
    assertArrayEquals(tokenizer().row("cat").numbers(), ints(tokens.rows(1), CaptionTokens.TOKENS));
  }

  /** What is bundled: four styles, and of what is held out nothing is trained on. */
  @Test
  void theBundledEmojiAreCaptioned() {
    Path emoji = Path.of("datasets/emoji/emoji.zip");
    ImageSource train = ImageSources.open(emoji, Split.TRAIN);
    ImageSource test = ImageSources.open(emoji, Split.TEST);
    assertEquals(6180, train.size());
    assertEquals(200, test.size());
    assertEquals(96, train.classes());
    assertTrue(train.classNames().containsAll(test.classNames()));
    Captions seen = Captions.of(train);
    assertEquals("12354, of 6180 images", seen.toString());
    List<String> heldOut = Captions.of(test).texts();
    assertEquals(200, heldOut.stream().distinct().count());
    assertTrue(heldOut.stream().noneMatch(java.util.Set.copyOf(seen.texts())::contains));
    for (String style : List.of("noto", "twemoji", "fluent", "3d")) {
      assertEquals(50, heldOut.stream().filter(c -> c.endsWith(", " + style + " style")).count());
    }
  }
}
