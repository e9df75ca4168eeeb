package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@code dataset.json} above the pictures, or of which it is open whether it is of them. */
class DatasetJsonTest extends SetFolder {
  @Test
  void oneDatasetJsonAboveThePartsIsOfThoseThatItTellsOf() throws IOException {
    put("train/a.png", "train/b.png", "test/c.png");
    write("dataset.json", "{\"labels\": [[\"train/a.png\", 1], [\"train/b.png\", 0]]}");
    assertArrayEquals(new int[] {1, 0}, IntStream.range(0, 2).map(train()::label).toArray());
    assertEquals(List.of(), train().notes());
    assertEquals(
        List.of("dataset.json says nothing of these pictures that can be read, and is passed over"),
        ImageSources.open(folder, Split.TEST).notes());
    write("train/metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": \"x\"}\n");
    assertTrue(train().hasCaptions(), "the nearer one");
    assertTrue(train().notes().toString().startsWith("[not read: dataset.json; one file tells"));
  }

  /** Above the parts, or in a folder that is a class if no file says otherwise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"id\": 1}]",
        "",
        "{\"labels\": {\"cats\": 0, \"cats\": 1}}",
        "{\"labels\": [[\"a.png\", true]]}",
        "{\"labels\": null}",
      })
  void oneAboveThePicturesThatIsOfAnotherKindRefusesNothing(String json) throws IOException {
    put("train/cats/a.png", "train/dogs/b.png", "test/cats/c.png", "test/dogs/d.png");
    write("dataset.json", json);
    String passed = " says nothing of these pictures that can be read, and is passed over";
    for (Split split : Split.values()) {
      ImageSource images = ImageSources.open(folder, split);
      assertEquals(List.of("cats", "dogs"), images.classNames());
      assertEquals(List.of("dataset.json" + passed), images.notes());
    }
    Path only = folder.resolve("test/dogs");
    Files.move(folder.resolve("dataset.json"), only.resolve("dataset.json"));
    Files.move(only, Files.createDirectory(folder.resolve("alone")).resolve("dogs"));
    ImageSource alone = ImageSources.open(folder.resolve("alone"), Split.TRAIN);
    boolean says = json.endsWith("null}");
    assertEquals(says ? List.of() : List.of("dogs"), alone.classNames());
    assertEquals(says ? List.of() : List.of("dogs/dataset.json" + passed), alone.notes());
  }

  /** Else chunks of the set would be classes in the place of those that it says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[['train/00000/a.png', 1.5]]} | the label 1.5 of train/00000/a.png",
        "[['train/00000/a.png', 3], ['train/00001/b | no labels that can be read",
        "[['train/00000/a.png', true]]} | no labels that can be read",
        "[['test/00000/c.png', 3], ['train/000 | no labels that can be read",
      })
  void oneAboveThePicturesThatNamesThemIsRefused(String json, String found) throws IOException {
    put("train/00000/a.png", "train/00001/b.png", "test/00000/c.png");
    write("dataset.json", "{\"labels\": " + json.replace('\'', '"'));
    Refusals.refused(this::train, "dataset.json: " + found);
  }

  @Test
  void oneInTheOnlyFolderThatNamesItsPicturesIsRefused() throws IOException {
    put("one/a.png");
    write("one/dataset.json", "{\"labels\": [[\"a.png\", 1.5]]}");
    Refusals.refused(this::train, "one/dataset.json: the label 1.5 of a.png");
    write("one/dataset.json", "{\"labels\": [[\"a.png\", [" + "0,".repeat(1_000_000) + "1]]]}");
    Refusals.refused(this::train, "one/dataset.json: the label 1000000 of a.png");
  }

  /** As Hugging Face's sets have it where the labels of the test images are kept back. */
  @Test
  void oneAboveThePartsMaySayThatTheyHaveNoLabels() throws IOException {
    put("train/x/a.png", "train/y/b.png", "test/x/c.png", "test/y/d.png");
    String none = "[\"test/x/c.png\", -1], [\"test/y/d.png\", -1]";
    for (String train : List.of("0], [\"train/y/b.png\", 1", "-1], [\"train/y/b.png\", -1")) {
      write("dataset.json", "{\"labels\": [[\"train/x/a.png\", " + train + "], " + none + "]}");
      assertEquals(train.startsWith("0") ? 2 : 1, train().classes());
      ImageSource test = ImageSources.open(folder, Split.TEST);
      assertEquals(List.of(), train().classNames());
      assertEquals(List.of(), test.classNames());
      assertEquals(1, test.classes());
      assertEquals(List.of(), test.notes());
    }
    Files.delete(folder.resolve("test/x/c.png"));
    assertTrue(
        train()
            .notes()
            .contains("dataset.json tells of pictures that are not there (1): test/x/c.png"));
  }
}
