package io.github.fdistill.data;

import static io.github.fdistill.data.MadeTar.tar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarShardsTest {
  @TempDir Path folder;

  private ImageSource open() {
    return ImageSources.open(folder, Split.TRAIN);
  }

  /** As webdataset's users lay them out: a folder for each part. */
  @Test
  void shardsInTheFoldersOfPartsAreParts() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    Files.createDirectories(folder.resolve("train"));
    Files.createDirectories(folder.resolve("val"));
    Files.write(folder.resolve("train/0.tar"), tar("0.png", png, "0.txt", "a cat", "1.png", png));
    Files.write(folder.resolve("train/1.tar"), tar("a/2.png", png));
    Files.write(folder.resolve("val/0.tar"), tar("3.png", png, "3.txt", "a dog"));
    assertEquals(3, open().size());
    assertEquals(1, open().classes());
    assertEquals(List.of("a cat"), open().captions(0));
    open().check();
    open().copy(2, new float[1], 0);
    assertTrue(ImageSources.hasParts(folder));
    ImageSource test = ImageSources.open(folder, Split.TEST);
    assertEquals(List.of("a dog"), test.captions(0));
    assertEquals(1, test.size());
    assertNotEquals(open().fingerprint(), test.fingerprint());
    FolderFiles listed = FolderFiles.of(folder);
    Files.delete(folder.resolve("train/1.tar"));
    Refusals.refused(() -> TarShards.open(listed, true), "1.tar: cannot be read", "see whether");
  }

  /** Of several files of one key, as {@code 0.img.png}, {@code 0.seg.png} and {@code 0.txt} are. */
  @Test
  void theKeyOfAPictureEndsAtItsFirstDot() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    Files.write(
        folder.resolve("A.1.TAR"),
        tar("b.c/0.img.png", png, "b.c/0.seg.png", png, "b.c/0.txt", "a cat", "1.5.png", png));
    Files.write(folder.resolve("B.tar"), tar("1.5.png", png, "1.5.txt", "long", "1.txt", "x"));
    assertEquals(4, open().size());
    assertEquals(List.of("A.1.TAR:1.5.png", "A.1.TAR:b.c/0.img.png"), names().subList(0, 2));
    assertEquals(List.of("a cat"), open().captions(1));
    assertEquals(List.of("a cat"), open().captions(2));
    assertEquals(List.of("long"), open().captions(3));
    String told =
        "1 picture has the key of another, its name up to the first dot, and count beside";
    assertTrue(open().notes().get(0).startsWith(told), open().notes().toString());
  }

  private List<String> names() {
    FolderFiles files = FolderFiles.of(folder);
    return PictureNames.in(TarShards.open(files, false), Split.TRAIN).names();
  }

  /** Its end is two blocks of zeros, of which some programs write none. */
  @Test
  void aTarThatMayBeCutBetweenTwoFilesIsToldOf() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    byte[] whole = tar("0.png", png);
    byte[] cut = Arrays.copyOf(whole, whole.length - 1024);
    String told = " does not say where it ends, and may be cut short between two files";
    Path alone = Files.write(folder.resolve("mine.tar"), cut);
    List<String> notes = ImageSources.open(alone, Split.TRAIN).notes();
    assertTrue(notes.contains("the archive" + told), notes.toString());
    Files.move(alone, folder.resolve("0.tar"));
    Files.write(folder.resolve("1.tar"), tar("1.png", png));
    assertTrue(open().notes().contains("1 shard" + told + ": 0.tar"), open().notes().toString());
    assertEquals(2, open().size());
    Files.write(folder.resolve("0.tar"), whole);
    assertEquals(List.of(), open().notes());
  }

  @Test
  void foldersWithinAShardAreToldToBeNoClasses() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    Files.write(folder.resolve("0.tar"), tar("0/0.png", png));
    Files.write(folder.resolve("1.tar"), tar("1/1.png", png));
    assertEquals(List.of(), open().notes(), "a folder of its own for each shard");
    Files.write(folder.resolve("1.tar"), tar("cats/a.png", png, "dogs/b.png", png));
    assertEquals(1, open().classes());
    assertEquals(
        List.of(
            "folders within shards are no classes: dogs/ in 1.tar; unpacked into one folder they"
                + " are"),
        open().notes());
    Files.write(folder.resolve("1.tar"), tar("train/a.png", png, "test/b.png", png));
    assertEquals(3, open().size(), "and no parts");
    assertTrue(open().notes().get(0).contains("no classes: train/ in 1.tar"));
    assertFalse(ImageSources.hasParts(folder));
    Files.write(folder.resolve("dev-1.tar"), tar("a/a.png", png));
    Files.write(folder.resolve("train-1.tar"), tar("a/b.png", png));
    Refusals.refused(this::open, "shards of two parts in one folder, train-1.tar and dev-1.tar");
  }

  /** Images for tests would be trained on, and nobody be told. */
  @Test
  void shardsOfTwoPartsInOneFolderAreRefused() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    for (String name : List.of("cc-train-0000.tar", "cc-train-0001.tar", "cc-0000.tar")) {
      Files.write(folder.resolve(name), tar("0.png", png));
    }
    assertEquals(3, open().size());
    Path test = Files.write(folder.resolve("cc-validation-00.tar"), tar("0.png", png));
    Refusals.refused(this::open, "cc-train-0000.tar and cc-validation-00.tar", "train/ and test/");
    Files.delete(folder.resolve("cc-0000.tar"));
    for (String name : List.of("cc-train-0000.tar", "cc-train-0001.tar")) {
      Files.createDirectories(folder.resolve("train"));
      Files.move(folder.resolve(name), folder.resolve("train").resolve(name));
    }
    Files.createDirectories(folder.resolve("test"));
    Files.move(test, folder.resolve("test/cc-validation-00.tar"));
    assertEquals(2, open().size());
  }

  /** None of it has been used: the set counts as the one that a run began with. */
  @Test
  void theShardOfADamagedPictureMayBeReplaced() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    byte[] wrong = png.clone();
    wrong[41]++; // Among the pixels, of which the checksum is then wrong.
    Files.write(folder.resolve("00000.tar"), tar("0.png", png));
    Files.write(folder.resolve("00001.tar"), tar("1.png", wrong));
    ImageSource damaged = open();
    String begun = damaged.fingerprint();
    Refusals.refused(() -> damaged.copy(1, new float[1], 0), "00001.tar: 1.png: damaged");
    Files.write(folder.resolve("00001.tar"), tar("1.png", png));
    assertNotEquals(begun, open().fingerprint());
    assertEquals(begun, open().fingerprintWith(damaged.unread()));
    Files.write(folder.resolve("00000.tar"), tar("0.png", png, "2.txt", "another"));
    assertNotEquals(begun, open().fingerprintWith(damaged.unread()), "the other shard was used");
  }
}
