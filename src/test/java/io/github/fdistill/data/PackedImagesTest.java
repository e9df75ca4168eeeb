package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PackedImagesTest {
  private static final int COUNT = 600;

  @TempDir Path folder;
  private Path npy;

  @BeforeEach
  void name() {
    npy = folder.resolve("packed.npy");
  }

  private static ByteImages images() {
    byte[] pixels = new byte[COUNT * 6];
    int[] labels = new int[COUNT];
    new Random(3).nextBytes(pixels);
    for (int i = 0; i < COUNT; i++) {
      labels[i] = i % 7;
    }
    return new ByteImages(2, 1, 3, 7, pixels, labels, "", List.of());
  }

  /** Of a few photos the next batches would be these again, each decoded many times. */
  @Test
  void eachImageIsMadeOnce() {
    AtomicInteger made = new AtomicInteger();
    PackedImages.write(
        new MadeImages(300, 2, 1, 3, 7, (index, into, to) -> made.incrementAndGet()),
        npy,
        done -> {});
    assertEquals(300, made.get());
  }

  @Test
  void imagesAndLabelsAreTheSourcesBitForBit() {
    ByteImages images = images();
    List<Long> done = new ArrayList<>();
    PackedImages.write(images, npy, done::add);
    assertEquals(COUNT, done.get(done.size() - 1));
    NpyImages packed = NpyImages.open(npy);
    assertEquals(COUNT, packed.size());
    assertEquals(7, packed.classes());
    ImageSource some = PackedImages.first(images, 9);
    assertEquals(List.of(9L, 7), List.of(some.size(), some.classes()));
    float[] expected = new float[6];
    float[] found = new float[6];
    for (int i = 0; i < COUNT; i++) {
      images.copy(i, expected, 0);
      packed.copy(i, found, 0);
      assertArrayEquals(expected, found);
      assertEquals(images.label(i), packed.label(i));
      if (i < some.size()) {
        some.copy(i, found, 0);
        assertArrayEquals(expected, found);
        assertEquals(images.label(i), some.label(i));
      }
    }
  }

  /** The file beside is what sha256sum prints, and so new that the images are not read for it. */
  @Test
  void theFingerprintIsThere() throws IOException {
    PackedImages.write(images(), npy, done -> {});
    String line = Sha256.of(npy) + "  packed.npy\n";
    assertEquals(line, Files.readString(folder.resolve("packed.npy.sha256")));
    assertEquals(Sha256.of(npy), Checksums.known(npy).orElseThrow());
  }

  @Test
  void valuesBetweenLevelsAreRounded() {
    Path source = folder.resolve("source.npy");
    NpyFile.writeFloat32(source, new long[] {1, 1, 4, 1}, new float[] {-1.5f, -0.995f, 0.2f, 2});
    PackedImages.write(NpyImages.open(source), npy, done -> {});
    float[] found = new float[4];
    NpyImages.open(npy).copy(0, found, 0);
    assertArrayEquals(new float[] {-1, 1 / 127.5f - 1, 153 / 127.5f - 1, 1}, found);
  }

  /** The middle third of a wide one, the middle half of a tall one; grey becomes colour. */
  @Test
  void picturesOfAnySizeBecomeOfOne() {
    Path pictures = folder.resolve("pictures");
    float[] wide = new float[2 * 6 * 3];
    float[] tall = new float[4 * 2];
    for (int i = 0; i < wide.length; i++) {
      int column = i / 3 % 6;
      wide[i] = column < 2 ? -1 : column < 4 ? 0.2f : 1;
    }
    for (int i = 0; i < tall.length; i++) {
      tall[i] = i < 2 || i >= 6 ? 1 : -0.2f;
    }
    PngFile.write(pictures.resolve("a.png"), new Images(wide, 2, 6, 3), 0);
    PngFile.write(pictures.resolve("b.png"), new Images(tall, 4, 2, 1), 0);
    ImageFolder source = ImageFolder.open(pictures);
    PackedImages.write(Resized.cropped(source, 1, 1, 3), npy, done -> {});
    float[] found = new float[2 * 3];
    NpyImages packed = NpyImages.open(npy);
    packed.copy(0, found, 0);
    packed.copy(1, found, 3);
    assertArrayEquals(new float[] {0.2f, 0.2f, 0.2f, -0.2f, -0.2f, -0.2f}, found, 1e-6f);
  }

  @Test
  void aColourIsNotLostUnasked() {
    Path pictures = folder.resolve("pictures");
    PngFile.write(pictures.resolve("a.png"), new Images(new float[1], 1, 1, 1), 0);
    PngFile.write(pictures.resolve("b.png"), new Images(new float[3], 1, 1, 3), 0);
    ImageSource grey = Resized.cropped(ImageFolder.open(pictures), 1, 1, 1);
    Refusals.refused(
        () -> PackedImages.write(grey, npy, done -> {}), "b.png: a picture in colour", "1x1x3");
  }

  /** No half-written file has the name, nor is one left beside it but those that were there. */
  @Test
  void aDamagedPictureLeavesNothingUnderTheName() throws IOException {
    Path pictures = folder.resolve("pictures");
    for (int i = 100; i < 110; i++) {
      PngFile.write(pictures.resolve(i + ".png"), new Images(new float[1], 1, 1, 1), 0);
    }
    Files.writeString(pictures.resolve("109.png"), "no picture");
    ImageFolder source = ImageFolder.open(pictures);
    Refusals.refused(
        () -> PackedImages.write(source, npy, done -> {}), "109.png: no picture of a form");
    assertEquals(List.of("pictures"), names());
    NpyFile.writeLabels(npy, new int[10]);
    Refusals.refused(() -> PackedImages.write(source, npy, done -> {}), "109.png: no picture");
    assertEquals(List.of("packed.labels.npy", "pictures"), names());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aNameThatIsTakenAndADiskThatIsTooSmallAreRefusedBeforeTheWork() throws IOException {
    Files.writeString(npy, "mine");
    Refusals.refused(() -> PackedImages.write(images(), npy, done -> {}), "is there already");
    assertEquals("mine", Files.readString(npy));
    Files.delete(npy);
    String[] all = {
      "packed.labels.npy", "packed.captions.jsonl", "packed.classes.txt", "packed.npy.sha256"
    };
    for (String of : all) {
      Path old = Files.writeString(folder.resolve(of), "an older array's");
      Refusals.refused(
          () -> PackedImages.write(images(), npy, done -> {}), of + ": is there already", "move");
      Refusals.refused(() -> PackedImages.requireNothingBeside(npy), of + ": is there already");
      assertEquals("an older array's", Files.readString(old));
      Files.delete(old);
    }
    Path some = folder.resolve("some.npy");
    PackedImages.write(images(), some, done -> {});
    Files.move(folder.resolve("some.labels.npy"), folder.resolve("packed.labels.npy"));
    PackedImages.write(images(), npy, done -> {}); // As after a kill: the labels are these.
    assertEquals(-1, Files.mismatch(some, npy));
    PackedImages.requireRoom(npy, 1 << 20, 1 << 20);
    Refusals.refused(
        () -> PackedImages.requireRoom(npy, 3 << 20, 2 << 20),
        "packed.npy: 2 MiB are free on its disk",
        "3 MiB, a byte for each value");
  }

  /** What was written of a large set is read: it ends where the file does, and not before. */
  @Test
  @EnabledOnOs(OS.LINUX) // Elsewhere a file with a hole takes the room of a whole one.
  void captionsOfManyImagesAreReadBack() throws IOException {
    PackedImages.write(images(), npy, done -> {});
    try (FileChannel captions =
        FileChannel.open(
            folder.resolve("packed.captions.jsonl"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE)) {
      captions.write(ByteBuffer.wrap("\n".getBytes()), FileKind.PROMPTS.mostBytes());
    }
    Refusals.refused(() -> NpyImages.open(npy), "captions.jsonl: ", "line 1 has no end");
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldOf() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Path inside = file.resolve("packed.npy");
    assertThrows(InputException.class, () -> PackedImages.write(images(), inside, done -> {}));
  }
}
