package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSourcesTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");

  @TempDir Path folder;

  @Test
  void aDatasetsFolderHasTwoParts() {
    Path dataset = Path.of("datasets/fashion-mnist");
    ImageSource test = ImageSources.open(dataset, Split.TEST);
    assertEquals(10_000, test.size());
    assertEquals(IdxDataset.open(dataset, Split.TEST).fingerprint(), test.fingerprint());
    assertEquals(60_000, ImageSources.open(dataset, Split.TRAIN).size());
  }

  @Test
  void aDatasetThatLacksAFileIsOneStill() throws IOException {
    Files.writeString(folder.resolve("t10k-labels-idx1-ubyte.gz"), "");
    Files.copy(PICTURES.resolve("grey.png"), folder.resolve("preview.png"));
    Refusals.refused(() -> ImageSources.open(folder, Split.TEST), "no file t10k-images-idx3-ubyte");
  }

  @Test
  void aFolderOfPicturesIsOpened() throws IOException {
    Files.copy(PICTURES.resolve("grey.png"), folder.resolve("a.png"));
    assertInstanceOf(ImageFolder.class, ImageSources.open(folder, Split.TRAIN));
  }

  @Test
  void aFolderOfClassesIsOpened() throws IOException {
    Path cats = Files.createDirectory(folder.resolve("cats"));
    Files.copy(PICTURES.resolve("grey.png"), cats.resolve("a.png"));
    assertEquals(List.of("cats"), ImageSources.open(folder, Split.TRAIN).classNames());
    assertTrue(ImageSources.hasParts(Path.of("datasets/fashion-mnist")));
    assertFalse(ImageSources.hasParts(folder));
  }

  @Test
  void anArrayIsOpened() throws IOException {
    Path npy = Files.copy(PICTURES.resolve("colour.npy"), folder.resolve("a.NPY"));
    assertInstanceOf(NpyImages.class, ImageSources.open(npy, Split.TRAIN));
  }

  @Test
  void anArchiveBesideItsLicenceIsNamed() throws IOException {
    Files.writeString(folder.resolve("README.md"), "of pictures");
    Files.write(folder.resolve("pictures.zip"), new byte[] {1});
    InputException refused =
        assertThrows(InputException.class, () -> ImageSources.open(folder, Split.TRAIN));
    assertTrue(
        refused.getMessage().contains("name the file in it: " + folder.resolve("pictures.zip")),
        refused.getMessage());
    Files.write(folder.resolve("more.zip"), new byte[] {1});
    refused = assertThrows(InputException.class, () -> ImageSources.open(folder, Split.TRAIN));
    assertTrue(refused.getMessage().contains("choose one of these"), refused.getMessage());
    Path raw = Files.createDirectories(folder.resolve("MNIST/raw"));
    Files.write(raw.resolve("train-images-idx3-ubyte"), new byte[] {1});
    Refusals.refused(() -> ImageSources.open(folder, Split.TRAIN), "name the folder in it: " + raw);
    Path test = Path.of(folder + ":test");
    Refusals.refused(
        () -> ImageSources.open(test, Split.TRAIN), "choose " + folder + ": here the whole set");
  }

  @Test
  void anythingElseIsRefusedWithWhatEachWouldLookLike() throws IOException {
    String[] all = {
      "train-images-idx3-ubyte.gz", "a folder with files .png", "folder for each class", "[N,H,W,C]"
    };
    Files.createDirectory(folder.resolve("inner"));
    for (String part : all) {
      Refusals.refused(
          () -> ImageSources.open(folder, Split.TEST), "a folder that holds inner/", part);
      Path missing = folder.resolve("none");
      Refusals.refused(
          () -> ImageSources.open(missing, Split.TEST), "none: no such folder or file", part);
      Path picture = PICTURES.resolve("grey.png");
      Refusals.refused(
          () -> ImageSources.open(picture, Split.TEST), "grey.png: a file whose name", part);
    }
  }
}
