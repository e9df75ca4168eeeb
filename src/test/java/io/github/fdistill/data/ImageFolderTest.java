package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path folder;

  @Test
  void picturesComeInTheOrderOfTheirNames() {
    put("b.png", 1, 2, 0.2f, 1);
    put("a.PNG", 1, 2, -1, -0.6f);
    put("c.png", 1, 2, 0.6f, 0.2f);
    ImageFolder images = ImageFolder.open(folder);
    assertEquals(3, images.size());
    assertEquals(1, images.height());
    assertEquals(2, images.width());
    assertEquals(1, images.channels());
    float[] into = new float[7];
    for (int i = 0; i < 3; i++) {
      images.copy(i, into, 1 + 2 * i);
    }
    assertArrayEquals(new float[] {0, -1, -0.6f, 0.2f, 1, 0.6f, 0.2f}, into, 1e-6f);
  }

  @Test
  void onlyPicturesCount() throws IOException {
    put("a.png", 1, 1, 0);
    put(".hidden/b.png", 1, 1, 0);
    Files.writeString(folder.resolve("._a.png"), "what some systems add");
    Files.writeString(folder.resolve("readme.txt"), "not a picture");
    Path pictures = Path.of("src/test/resources/pictures");
    Files.copy(pictures.resolve("grey.jpg"), folder.resolve("d.JPG"));
    Files.copy(pictures.resolve("progressive.jpeg"), folder.resolve("e.jpeg"));
    assertEquals(3, ImageFolder.open(folder).size());
  }

  @Test
  void namesOfSamplesSayTheClass() {
    put("class-0-seed-7.png", 1, 1, 0);
    put("class-11-seed-0.png", 1, 1, 0);
    put("class-2-seed-3.png", 1, 1, 0);
    ImageFolder images = ImageFolder.open(folder);
    assertEquals(12, images.classes());
    assertArrayEquals(new int[] {0, 11, 2}, IntStream.range(0, 3).map(images::label).toArray());
  }

  @Test
  void oneOtherNameMakesTheClassesUnknown() {
    put("class-0-seed-7.png", 1, 1, 0);
    put("class-11-seed-0.png", 1, 1, 0);
    put("class-3.png", 1, 1, 0);
    ImageFolder images = ImageFolder.open(folder);
    assertEquals(1, images.classes());
    assertEquals(0, images.label(1));
  }

  /** The order of torchvision's ImageFolder. */
  @Test
  void aFolderForEachClassIsALabelledDataset() throws IOException {
    put("dogs/a.png", 1, 1, 0.2f);
    put("cats/b.png", 1, 1, -1);
    put("cats/a.PNG", 1, 1, -0.6f);
    put("cats and more/z.png", 1, 1, 1);
    put(".thumbnails/a.png", 1, 1, 0);
    Files.writeString(folder.resolve("readme.txt"), "not a picture");
    Files.writeString(folder.resolve("dogs/source.txt"), "not a picture");
    ImageFolder images = ImageFolder.open(folder);
    assertEquals(List.of("cats", "cats and more", "dogs"), images.classNames());
    assertEquals(3, images.classes());
    assertArrayEquals(new int[] {0, 0, 1, 2}, IntStream.range(0, 4).map(images::label).toArray());
    float[] into = new float[4];
    for (int i = 0; i < 4; i++) {
      images.copy(i, into, i);
    }
    assertArrayEquals(new float[] {-0.6f, -1, 1, 0.2f}, into, 1e-6f);
    String sums = "";
    for (String name : List.of("cats/a.PNG", "cats/b.png", "cats and more/z.png", "dogs/a.png")) {
      sums += Sha256.of(folder.resolve(name)) + "  " + name + "\n";
    }
    assertEquals(Sha256.ofText(sums), images.fingerprint());
    Files.move(folder.resolve("cats/b.png"), folder.resolve("dogs/b.png"));
    assertNotEquals(images.fingerprint(), ImageFolder.open(folder).fingerprint());
  }

  @Test
  void picturesBesideFoldersAreOfNoKnownClass() throws IOException {
    put("cats/a.png", 1, 1, 0);
    put("dogs/a.png", 1, 1, 0);
    put("b.png", 1, 1, 0);
    Refusals.refused(
        () -> ImageFolder.open(folder),
        "pictures (b.png) beside folders of pictures (cats/)",
        "of no class");
  }

  @Test
  void aClassWithoutPicturesIsRefused() throws IOException {
    put("cats/a.png", 1, 1, 0);
    Files.createDirectory(folder.resolve("dogs"));
    Refusals.refused(() -> ImageFolder.open(folder), "dogs: no pictures; it holds (nothing)");
  }

  /** The others are read when they are asked for: of a million that would take long. */
  @Test
  void openingReadsTheFirstPictureAlone() throws IOException {
    put("a.png", 1, 1, 0);
    Files.writeString(folder.resolve("b.png"), "no picture");
    assertEquals(2, ImageFolder.open(folder).size());
    Files.delete(folder.resolve("b.png"));
    Files.createSymbolicLink(folder.resolve("b.png"), folder.resolve("a.png"));
    assertEquals(2, ImageFolder.open(folder).size());
  }

  @Test
  void sizesTimesAndNamesAreTheFingerprintOfVeryManyFiles() throws IOException {
    Path file = Files.write(folder.resolve("a.png"), new byte[7]);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_999L));
    List<String> names = List.of("a.png");
    String before = FolderFingerprint.ofStamps(folder, names, Map.of());
    assertEquals(Sha256.ofText("7 1700000000 a.png\n"), before);
    assertEquals(
        FolderFingerprint.ofContents(folder, names, Map.of()),
        FolderFingerprint.of(folder, names, Map.of()));
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_001_000L));
    assertNotEquals(before, FolderFingerprint.ofStamps(folder, names, Map.of()));
    List<String> many = Collections.nCopies(10_001, "a.png");
    assertEquals(
        FolderFingerprint.ofStamps(folder, many, Map.of()),
        FolderFingerprint.of(folder, many, Map.of()));
  }

  @Test
  void theFingerprintIsOverNamesAndContents() throws IOException {
    put("b.png", 1, 1, 0);
    put("a.png", 1, 1, 1);
    String sums = "";
    for (String name : new String[] {"a.png", "b.png"}) {
      sums += Sha256.of(folder.resolve(name)) + "  " + name + "\n";
    }
    String before = ImageFolder.open(folder).fingerprint();
    assertEquals(Sha256.ofText(sums), before);
    Files.move(folder.resolve("b.png"), folder.resolve("c.png"));
    assertNotEquals(before, ImageFolder.open(folder).fingerprint());
  }

  @Test
  void anotherSizeOrKindIsRefusedByName() {
    put("a.png", 2, 3, 0, 0, 0, 0, 0, 0);
    put("b.png", 3, 2, 0, 0, 0, 0, 0, 0);
    put("c.png", 1, 2, 0, 0, 0, 0, 0, 0);
    ImageFolder images = ImageFolder.open(folder);
    float[] into = new float[6];
    Refusals.refused(
        () -> images.copy(1, into, 0), "b.png: 3x2, grey", "needed: 2x3, grey, as a.png");
    Refusals.refused(() -> images.copy(2, into, 0), "c.png: 1x2, colour", "2x3, grey");
  }

  @Test
  void aDamagedPictureIsRefusedByName() throws IOException {
    put("a.png", 1, 1, 0);
    Files.writeString(folder.resolve("b.png"), "no picture");
    ImageFolder images = ImageFolder.open(folder);
    Refusals.refused(
        () -> images.copy(1, new float[1], 0), "b.png: no picture of a form that is read");
  }

  @Test
  void aFolderWithoutPicturesSaysWhatItHolds() throws IOException {
    Refusals.refused(() -> ImageFolder.open(folder), "no pictures; it holds (nothing)");
    Files.writeString(folder.resolve("readme.txt"), "");
    Refusals.refused(
        () -> ImageFolder.open(folder), "it holds readme.txt", "folder for each class");
    for (int i = 10; i < 40; i++) {
      Files.writeString(folder.resolve(i + ".txt"), "");
    }
    Refusals.refused(() -> ImageFolder.open(folder), "10.txt, ", "29.txt and 11 more");
    Refusals.refused(() -> ImageFolder.open(folder.resolve("dogs")), "dogs: no such folder");
  }

  @Test
  void severalThreadsMayCopyAtOnce() {
    for (int i = 0; i < 4; i++) {
      put(i + ".png", 1, 2, i / 5f, -i / 5f);
    }
    ImageFolder images = ImageFolder.open(folder);
    IntStream.range(0, 400)
        .parallel()
        .forEach(
            n -> {
              float[] into = new float[2];
              images.copy(n % 4, into, 0);
              float first = n % 4 / 5f;
              assertArrayEquals(new float[] {first, -first}, into, 1 / 127.5f);
            });
  }

  /** Grey if the values fill height x width once, colour if three times. */
  private void put(String name, int height, int width, float... values) {
    int channels = values.length / (height * width);
    PngFile.write(folder.resolve(name), new Images(values, height, width, channels), 0);
  }
}
