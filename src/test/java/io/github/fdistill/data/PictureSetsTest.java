package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets of pictures as others lay them out. */
class PictureSetsTest extends SetFolder {
  private static int[] labels(ImageSource images) {
    return IntStream.range(0, (int) images.size()).map(images::label).toArray();
  }

  /** What EDM and StyleGAN write: folders are chunks of the set, dataset.json has the classes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[[\"00000/b.png\", 2], [\"00000/a.png\", 0], [\"00001/a.png\", 1], [\"gone.png\", 9]]",
        "{\"00000/a.png\": 0, \"00000/b.png\": 2, \"00001/a.png\": 1.0}",
        "[[\"00000\\\\b.png\", [0, 0, 1]], [\"00000/a.png\", [1, 0, 0]], [\"00001/a.png\", [0, 1, 0]]]",
        "[[\"./00000/b.png\", 2], [\"00000//a.png\", 0], [\".\\\\00001/./a.png\", 1]]",
      })
  void labelsAreThoseOfDatasetJson(String labels) throws IOException {
    put("00000/a.png", "00000/b.png", "00001/a.png");
    write("dataset.json", "{\"more\": {\"a\": [1]}, \"labels\": " + labels + "}");
    ImageSource images = train();
    assertEquals(3, images.classes());
    assertArrayEquals(new int[] {0, 2, 1}, labels(images));
    assertEquals(List.of(), images.classNames());
    String before = images.fingerprint();
    for (String none : List.of("null", "[[\"00000/a.png\", -1], [\"00001/a.png\", -1.0]]")) {
      write("dataset.json", "{\"labels\": " + none + "}");
      assertEquals(1, train().classes(), none);
      assertEquals(List.of(), train().classNames(), none);
      assertNotEquals(before, train().fingerprint());
    }
    Files.delete(folder.resolve("dataset.json"));
    assertEquals(List.of("00000", "00001"), train().classNames());
  }

  /** As one part of Hugging Face's sets lies there, or an archive with one folder around all. */
  @Test
  void theOnlyFolderIsNoClassWhereItSaysLabelsItself() throws IOException {
    put("train/a.png", "train/b.png");
    write("train/dataset.json", "{\"labels\": [[\"a.png\", 1], [\"b.png\", 0]]}");
    assertArrayEquals(new int[] {1, 0}, labels(train()));
    assertEquals(List.of(), train().notes());
    write("train/dataset.json", "{}");
    assertEquals(List.of("train"), train().classNames());
    write("train/metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": \"x\"}\n");
    assertEquals(List.of(), train().classNames());
    assertEquals(List.of("x"), train().captions(0));
  }

  @Test
  void tablesOfSomeOfThePicturesAreSaidNotToBeRead() throws IOException {
    put("cats/a.png", "dogs/b.png");
    write("cats/metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": \"x\"}\n");
    write("dogs/dataset.json", "{}");
    assertEquals(List.of("cats", "dogs"), train().classNames());
    String unread = "not read: cats/metadata.jsonl, dogs/dataset.json; one file tells of all";
    assertTrue(train().notes().get(0).startsWith(unread), train().notes().toString());
  }

  /** What a table says of labels: a number of JSON is one, and a text is a name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "10.0 | 2 | 11 classes",
        "'10' | '2' | 11 classes",
        "-1 | -1 | none, 0 and 0",
        "'-1' | 'a' | -1, a",
        "-1 | 2 | no label of a.png, and of others",
        "-2 | 2 | the label -2 of a.png",
        "1.5 | 2 | the label 1.5 of a.png",
        "true | 2 | a label that is neither a number nor a text",
        "'cat' | 2 | labels that are numbers, and the label 'cat'",
      })
  void aNumberInATableIsALabelAndNoName(String a, String b, String what) throws IOException {
    put("a.png", "b.png");
    String line = "{\"file_name\": \"%s.png\", \"label\": %s}\n";
    String lines = String.format(line, "a", a) + String.format(line, "b", b);
    write("metadata.jsonl", lines.replace('\'', '"'));
    if (what.endsWith("classes")) {
      assertArrayEquals(new int[] {10, 2}, labels(train()));
      assertEquals(List.of(), train().classNames());
    } else if (what.startsWith("none")) {
      assertArrayEquals(new int[2], labels(train()));
      assertFalse(train().saysClasses());
      assertFalse(train().hasCaptions(), "nor texts");
    } else if (what.equals("-1, a")) {
      assertEquals(List.of("-1", "a"), train().classNames());
    } else {
      Refusals.refused(this::train, what);
    }
  }

  /** As where the labels of the test images are kept back. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"file_name\": \"test/c.png\", \"label\": -1}",
        "{\"file_name\": \"test/c.png\"}",
        "",
      })
  void aTableAboveThePartsMaySayLabelsOfOneAlone(String line) throws IOException {
    put("train/a.png", "train/b.png", "test/c.png");
    String labelled = "{\"file_name\": \"train/%s.png\", \"label\": \"%s\"}\n";
    String train = String.format(labelled, "a", "dog") + String.format(labelled, "b", "cat");
    write("metadata.jsonl", train + line);
    assertEquals(List.of("cat", "dog"), train().classNames());
    ImageSource test = ImageSources.open(folder, Split.TEST);
    assertFalse(test.saysClasses());
    String none = "metadata.jsonl tells of none of these pictures";
    assertEquals(line.isEmpty() ? List.of(none) : List.of(), test.notes());
    write("metadata.jsonl", train.replace("train/", "img/") + line);
    Refusals.refused(this::train, "no label of train/a.png, and of others");
  }

  /** Other programs call their files so too: class folders are not taken away for them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"title\": \"mine\", \"files\": [1, {\"a\": null}]}",
        "{\"labels\": {\"0\": \"cats\", \"1\": \"dogs\"}}",
        "{\"labels\": {\"cats\": 0, \"dogs\": 1}}",
        "{\"labels\": []}",
      })
  void aDatasetJsonThatSaysNothingOfPicturesIsPassedOver(String json) throws IOException {
    put("mine/cats/a.png", "mine/dogs/a.png", "mine/dogs/b.png");
    for (String place : List.of("dataset.json", "mine/dataset.json")) {
      write(place, json);
      assertEquals(List.of("cats", "dogs"), train().classNames());
      assertArrayEquals(new int[] {0, 1, 1}, labels(train()));
      assertFalse(train().hasCaptions());
      assertEquals(
          List.of(place + " says nothing of these pictures that can be read, and is passed over"),
          train().notes());
      Files.delete(folder.resolve(place));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'labels': [['a.png', 0]]} | no label of b.png",
        "{'labels': [['a.png', 0], ['b.png', -1]]} | no label of b.png",
        "{'labels': [['a.png', -2], ['b.png', -1]]} | the label -2 of a.png",
        "{'labels': [['a.png', 0], ['b.png', 1.5]]} | the label 1.5 of b.png",
        "{'labels': [['a.png', 0], ['b.png', 3e9]]} | the label 3000000000 of b.png",
        "{'labels': [['a.png', 0], ['b.png', 2000000000]]} | the label 2000000000 of b.png",
        "{'labels': [['a.png', 0], ['b.png', '1000000']]} | the label 1000000 of b.png",
        "{'labels': [['a.png', 0], ['b.png', [0.5, 0.5]]]} | a row of numbers that are not one 1",
        "{'labels': [['a.png', 0], ['a.png', 1]]} | two labels, 0 and 1 of a.png",
        "{'labels': [['a.png', true]]} | no labels that can be read",
        "{'labels': [['a.png', 0] | no labels that can be read",
        "[] | no labels that can be read",
        "'' | no labels that can be read",
      })
  void whatDoesNotSayALabelOfEachPictureIsRefused(String json, String found) throws IOException {
    put("a.png", "b.png");
    write("dataset.json", json.replace('\'', '"'));
    Refusals.refused(this::train, "dataset.json: " + found);
  }

  @Test
  void foldersWithinAClassBelongToIt() {
    put("dogs/a.png", "dogs/small/b.png", "cats/images/1/a.png");
    assertEquals(List.of("cats", "dogs"), train().classNames());
    assertArrayEquals(new int[] {0, 1, 1}, labels(train()));
  }

  @Test
  void whatSystemsAddIsPassedOver() throws IOException {
    put("mine/cats/a.png", "mine/dogs/a.png", "__MACOSX/mine/cats/._a.png", ".trash/a.png");
    put("__MACOSX/mine/cats/a.png", "mine/cats/.b.png");
    write("mine/cats/Thumbs.db", "");
    write("mine/.DS_Store", "");
    write("mine/cats/Icon\r", "");
    put("mine/cats/@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg");
    Files.createDirectories(folder.resolve("mine/lost+found"));
    Files.createSymbolicLink(folder.resolve("mine/.back"), folder); // Which cannot be walked.
    assertEquals(List.of("cats", "dogs"), train().classNames());
    assertEquals(2, train().size());
    assertEquals(List.of(), train().notes());
  }

  /** Two classes whose names read alike would be one, and nobody be told. */
  @Test
  void namesInAnArchiveThatAreNoUtf8AreRefused() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    Path path = folder.resolve("mine.tar");
    byte[] acute = "caf\u00e9/a.png".getBytes(StandardCharsets.ISO_8859_1);
    byte[] grave = "caf\u00e8/b.png".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(path, MadeTar.tar(acute, png, grave, png));
    Refusals.refused(
        () -> ImageSources.open(path, Split.TRAIN), "mine.tar: a file called 'caf", "no UTF-8");
    byte[] hidden = "./caf\u00e9/._a.png".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(path, MadeTar.tar("caf\u00e9/a.png", png, hidden, png, "caf\u00e8/b.png", png));
    assertEquals(
        List.of("caf\u00e8", "caf\u00e9"), ImageSources.open(path, Split.TRAIN).classNames());
  }

  /** train/ and test/ are parts of a set, not two classes. */
  @ParameterizedTest
  @ValueSource(strings = {"test", "val", "validation", "eval"})
  void partsAreParts(String test) throws IOException {
    put("train/cats/a.png", "train/dogs/a.png", "train/dogs/b.png");
    put(test + "/cats/a.png", test + "/dogs/a.png");
    assertEquals(List.of("cats", "dogs"), train().classNames());
    assertEquals(3, train().size());
    assertEquals(2, ImageSources.open(folder, Split.TEST).size());
    assertTrue(ImageSources.hasParts(folder));
    assertFalse(ImageSources.hasParts(folder.resolve("train")));
    assertEquals(List.of(), train().notes());
    put("unlabeled/a.png", "unlabeled/b.png");
    assertEquals(List.of("cats", "dogs"), train().classNames(), "with others beside");
    String left = "left out beside the parts train/ and " + test + "/: ";
    assertEquals(List.of(left + "unlabeled/ with 2 pictures"), train().notes());
    IntStream.range(0, 10).forEach(i -> put("more" + i + "/a.png"));
    assertEquals(1, train().notes().size());
    assertTrue(train().notes().get(0).endsWith(", more9/ with 1 picture, ..."));
    Refusals.refused(
        () -> ImageSources.open(Path.of(folder + ":dev"), Split.TRAIN),
        "no such folder or file",
        "choose " + folder + ", or " + folder + ":test");
  }

  /** Else images for tests are trained on, and nobody is told. */
  @Test
  void foldersThatAreCalledAsPartsAreThatOrSaidToBeClasses() {
    put("all/seg_train/x/a.png", "all/seg_test/x/b.png", "all/seg_pred/c.png", "all/dev/d.png");
    assertEquals(List.of("x"), train().classNames());
    assertEquals(
        List.of(
            "left out beside the parts all/seg_train/ and all/seg_test/: all/dev/ with"
                + " 1 picture, all/seg_pred/ with 1 picture"),
        train().notes());
    put("trainA/x/a.png", "testA/x/a.png", "trainB/x/a.png", "testB/x/a.png");
    assertEquals(5, train().classes(), "of which pair would be for tests?");
    String classes = " classes; a set has parts where one folder train/ and one test/";
    assertTrue(train().notes().get(0).startsWith("testA/, testB/, trainA/, trainB/ are taken as"));
    assertTrue(train().notes().get(0).contains(classes));
    put("train/y/a.png", "test/y/a.png");
    assertEquals(List.of("y"), train().classNames(), "these say it without more");
  }

  /** Of a train that is a vehicle this says a little too much, of one without tests what it is. */
  @Test
  void aClassThatIsCalledAsAPartIsSaidToBeAClass() {
    put("train/a.png", "extra/b.png", "test_tube/c.png");
    assertEquals(3, train().classes());
    assertTrue(train().notes().get(0).startsWith("test_tube/, train/ are taken as classes; "));
  }

  @Test
  void classesMayBeCalledByNumbers() {
    put("0/a.png", "1/a.png", "10/a.png", "2/a.png");
    assertEquals(List.of("0", "1", "10", "2"), train().classNames());
  }

  @Test
  void everyFormCounts() throws IOException {
    put("cats/a.PNG", "cats/b.JFIF", "cats/c.webp", "cats/d.TIFF", "cats/e.bmp", "cats/f.gif");
    put("cats/g.jpe");
    write("cats/h.heic", "");
    write("cats/i.heic", "");
    write("cats/list", "");
    put("cats/j.png");
    Files.copy(folder.resolve("cats/j.png"), folder.resolve("cats/j.jpg"));
    assertEquals(9, train().size());
    assertEquals(
        List.of(
            "3 files are no pictures of a form that is read, and left out: 2 .heic, 1 without an"
                + " ending",
            "1 picture has the name of another but for the ending, and count beside it: cats/j.png"),
        train().notes());
    write("labels.csv", "a.png,0");
    assertTrue(
        train().notes().get(0).contains("1 .csv, 2 .heic, 1 without an ending; of tables one is"));
  }

  @Test
  void aLinkThatLeadsBackIsToldOf() throws IOException {
    put("cats/a.png");
    Files.createSymbolicLink(folder.resolve("cats/back"), folder);
    Refusals.refused(this::train, "cannot be read", "no link leads back");
  }

  /** The names are those of all classes: images of the last may be in another part, or gone. */
  @Test
  void aClassThatIsNamedIsOneWithoutImagesToo() throws IOException {
    put("a.png", "b.png");
    write(
        "metadata.jsonl",
        "{\"file_name\": \"a.png\", \"label\": \"dog\"}\n"
            + "{\"file_name\": \"b.png\", \"label\": \"cat\"}\n"
            + "{\"file_name\": \"gone.png\", \"label\": \"fox\"}\n");
    assertEquals(List.of("cat", "dog", "fox"), train().classNames());
    assertEquals(3, train().classes());
    String notes = train().notes().toString();
    assertTrue(notes.contains("2 has no images; it is neither drawn nor measured"), notes);
    assertArrayEquals(new int[] {0, 1}, train().examples().labels().orElseThrow());
  }

  @Test
  void classesWithoutImagesAreSaidAndNotDrawn() throws IOException {
    put("a.png", "b.png", "c.png");
    write("dataset.json", "{\"labels\": [[\"a.png\", 1], [\"b.png\", 3], [\"c.png\", 1]]}");
    ImageSource images = train();
    assertEquals(4, images.classes());
    assertEquals(
        List.of("classes 0, 2 have no images; they are neither drawn nor measured"),
        images.notes());
    assertArrayEquals(new int[] {1, 3}, images.examples().labels().orElseThrow());
    write("dataset.json", "{\"labels\": [[\"a.png\", 1], [\"b.png\", 999999], [\"c.png\", 1]]}");
    assertEquals(
        List.of("999,998 of 1,000,000 classes have no images; they are neither drawn nor measured"),
        train().notes());
  }
}
