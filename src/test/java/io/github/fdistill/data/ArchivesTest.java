package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchivesTest {
  @TempDir Path folder;

  private record Put(String name, byte[] bytes) {}

  private static Put pixel(String name, int level) throws IOException {
    Images image = new Images(new float[] {level / 127.5f - 1}, 1, 1, 1);
    return new Put(name, PngFile.bytes(image, 0));
  }

  private static Put text(String name, String text) {
    return new Put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private Path zip(Put... files) throws IOException {
    Path zip = folder.resolve("mine.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (Put file : files) {
        out.putNextEntry(new ZipEntry(file.name));
        out.write(file.bytes);
        out.closeEntry();
      }
    }
    return zip;
  }

  private Path archive(String name, Put... files) throws IOException {
    if (name.endsWith(".zip")) {
      return zip(files);
    }
    Path path = folder.resolve(name);
    byte[] tar = tar(files);
    try (OutputStream out = Files.newOutputStream(path);
        OutputStream zipped = name.endsWith("gz") ? new GZIPOutputStream(out) : out) {
      zipped.write(tar);
    }
    return path;
  }

  private static byte[] tar(Put... files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Put file : files) {
      byte[] name = file.name.getBytes(StandardCharsets.UTF_8);
      if (name.length > 100) {
        tarFile(out, "././@LongLink", 'L', file.name.getBytes(StandardCharsets.UTF_8));
      }
      tarFile(out, file.name.substring(0, Math.min(100, file.name.length())), '0', file.bytes);
    }
    out.write(new byte[1024]);
    return out.toByteArray();
  }

  private static void tarFile(ByteArrayOutputStream out, String name, char type, byte[] bytes)
      throws IOException {
    tarHeader(out, name, type, bytes.length);
    out.write(bytes);
    out.write(new byte[(512 - bytes.length % 512) % 512]);
  }

  private static void tarHeader(ByteArrayOutputStream out, String name, char type, long length)
      throws IOException {
    ByteBuffer header = ByteBuffer.allocate(512);
    header.put(name.getBytes(StandardCharsets.UTF_8));
    header.put(124, String.format("%011o", length).getBytes(StandardCharsets.UTF_8));
    header.put(156, (byte) type);
    header.put(257, "ustar\0".getBytes(StandardCharsets.UTF_8));
    header.put(148, "        ".getBytes(StandardCharsets.UTF_8));
    int sum = 0;
    for (byte b : header.array()) {
      sum += Byte.toUnsignedInt(b);
    }
    header.put(148, String.format("%06o\0 ", sum).getBytes(StandardCharsets.UTF_8));
    out.write(header.array());
  }

  private static ImageSource train(Path path) {
    return ImageSources.open(path, Split.TRAIN);
  }

  private static int[] labels(ImageSource images) {
    return IntStream.range(0, (int) images.size()).map(images::label).toArray();
  }

  private static float[] values(ImageSource images) {
    float[] values = new float[(int) images.size() * images.valuesPerImage()];
    for (int i = 0; i < images.size(); i++) {
      images.copy(i, values, i * images.valuesPerImage());
    }
    return values;
  }

  /** As a folder of the same files: classes, chunks with dataset.json, one folder around all. */
  @ParameterizedTest
  @ValueSource(strings = {"mine.zip", "mine.tar", "mine.tar.gz", "mine.tgz"})
  void picturesAreReadWhereTheyLie(String name) throws IOException {
    String wide = "mine/dogs/" + "x\u00e4b".repeat(40) + ".png"; // Byte 100 is half a letter.
    Path path =
        archive(
            name,
            pixel("mine/dogs/b.png", 51),
            pixel("mine/cats/a.png", 0),
            pixel(wide, 255),
            pixel("./__MACOSX/mine/cats/._Icon\r", 1),
            text("./mine/readme.txt", "more"));
    ImageSource images = train(path);
    assertEquals(List.of("cats", "dogs"), images.classNames());
    assertArrayEquals(new int[] {0, 1, 1}, labels(images));
    assertArrayEquals(new float[] {-1, -0.6f, 1}, values(images), 1e-6f);
    images.check();
    assertEquals(1, images.notes().size());
    String before = images.fingerprint();
    archive(name, pixel("mine/dogs/b.png", 52), pixel("mine/cats/a.png", 0), pixel(wide, 255));
    assertNotEquals(before, train(path).fingerprint());

    byte[] cut = Arrays.copyOf(pixel("", 51).bytes, 40);
    archive(name, new Put("mine/dogs/b.png", cut), pixel("mine/cats/a.png", 0), pixel(wide, 255));
    ImageSource damaged = train(path);
    String begun = damaged.fingerprint();
    Refusals.refused(() -> damaged.copy(1, new float[1], 0), "dogs/b.png: damaged");
    archive(name, pixel("mine/dogs/b.png", 51), pixel("mine/cats/a.png", 0), pixel(wide, 255));
    assertNotEquals(begun, train(path).fingerprint());
    assertEquals(begun, train(path).fingerprintWith(damaged.unread()), "none of it was used");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mine.zip", "mine.tar"})
  void edmsArchivesHaveTheirLabelsInDatasetJson(String name) throws IOException {
    String json = "{\"labels\": [[\"00000/img0.png\", 1], [\"00001/img1.png\", 0]]}";
    Path path =
        archive(
            name,
            pixel("00000/img0.png", 0),
            pixel("00001/img1.png", 255),
            text("dataset.json", json));
    assertArrayEquals(new int[] {1, 0}, labels(train(path)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.png", "/a.png", "cats/../../a.png", "a\\b.png", "a\nb.png"})
  void namesThatLeadOutAreRefused(String name) throws IOException {
    for (String kind : new String[] {"mine.zip", "mine.tar", "mine.tar.gz"}) {
      Path path = archive(kind, pixel("a.png", 0), pixel(name, 0));
      Refusals.refused(() -> train(path), kind + ": a file called '", "stay within the archive");
    }
  }

  @Test
  void twoFilesOfOneNameAreRefused() throws IOException {
    Path tar = archive("mine.tar", pixel("a.png", 0), pixel("./a.png", 1));
    Refusals.refused(() -> train(tar), "mine.tar: two files called a.png");
    Path zip = zip(pixel("a.png", 0), pixel("b.png", 1));
    byte[] bytes = Files.readAllBytes(zip);
    for (int i = 0; i + 5 < bytes.length; i++) {
      if (new String(bytes, i, 5, StandardCharsets.ISO_8859_1).equals("b.png")) {
        bytes[i] = 'a';
      }
    }
    Files.write(zip, bytes);
    Refusals.refused(() -> train(zip), "mine.zip: two files called a.png");
  }

  /** What is refused, or only looked at, is not held until the garbage collector comes. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatIsRefusedIsClosedAgain() throws IOException {
    Path tar = archive("mine.tar", pixel("a.png", 0), pixel("./a.png", 1));
    Refusals.refused(() -> train(tar), "two files");
    Path zip = zip(pixel("../a.png", 0));
    Refusals.refused(() -> train(zip), "..");
    assertFalse(OpenFiles.has(zip));
    Path npz =
        MadeNpz.write(
            folder.resolve("mine.npz"),
            MadeNpz.array("a.npy", "|u1", "(1, 1, 1, 1)", 0),
            MadeNpz.array("b.npy", "|u1", "(1, 1)", 0));
    assertFalse(ImageSources.hasParts(npz));
    assertFalse(PublishedMoments.areIn(npz));
    assertFalse(OpenFiles.has(npz));
    Refusals.refused(() -> PublishedMoments.read(npz), "no mu.npy");
    Path npy = folder.resolve("a.npy");
    NpyFile.writeFloat32(npy, new long[] {1, 1, 1, 1}, new float[] {Float.NaN});
    Refusals.refused(() -> train(npy), "NaN");
    for (Path file : List.of(tar, npz, npy)) {
      assertFalse(OpenFiles.has(file), file.toString());
    }
    ImageSource read = train(npz);
    assertEquals(1, read.size());
    assertTrue(OpenFiles.has(npz));
  }

  /** Whatever is cut or flipped, there is an answer, and what is read is what was put in. */
  @ParameterizedTest
  @ValueSource(strings = {"mine.zip", "mine.tar", "mine.tar.gz"})
  void damageIsToldOf(String name) throws IOException {
    Path path = archive(name, pixel("cats/a.png", 51), pixel("dogs/a.png", 204));
    float[] expected = values(train(path));
    byte[] whole = Files.readAllBytes(path);
    Random random = new Random(7);
    int read = 0;
    for (int i = 0; i < 400; i++) {
      byte[] wrong =
          i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int flips = i % 2 * 3; flips > 0; flips--) {
        wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Path file = Files.write(folder.resolve("wrong-" + name), wrong);
      try {
        ImageSource images = train(file);
        if (images.size() == 2) {
          float[] values = values(images); // Their order is that of names, which no sum is of.
          Arrays.sort(values);
          assertArrayEquals(expected, values);
          read++;
        }
      } catch (InputException e) {
        assertTrue(e.getMessage().contains("wrong-"), e.getMessage());
      }
    }
    assertTrue(read < 400, "nothing was found");
  }

  /** A few bytes that unpack to very many take no more memory than the archive says, or less. */
  @Test
  void aBombIsNotUnpacked() throws IOException {
    Path zip = zip(new Put("a.png", new byte[64 << 20]), pixel("b.png", 0));
    assertTrue(Files.size(zip) < 100_000);
    Refusals.refused(() -> train(zip).copy(0, new float[1], 0), "a.png: no picture");
    Path claimed = zip(pixel("a.png", 0));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(claimed)).order(ByteOrder.LITTLE_ENDIAN);
    int entry = bytes.getInt(bytes.limit() - 6); // Where the directory begins.
    bytes.putInt(entry + 24, 1 << 28);
    for (int packed : new int[] {bytes.getInt(entry + 20), 1 << 28}) {
      bytes.putInt(entry + 20, packed);
      Files.write(claimed, bytes.array());
      Refusals.refused(() -> train(claimed), "a.png: damaged: the archive says 268435456 bytes");
    }
    Path tgz = archive("mine.tgz", new Put("a.png", new byte[1 << 20]));
    Refusals.refused(
        () -> TarArchive.open(tgz, true, 1 << 19),
        "in a compressed archive",
        "gunzip -c ",
        "/mine.tar");
    Files.createFile(folder.resolve("mine.tar"));
    Path other = Files.move(tgz, folder.resolve("other.tar"));
    Refusals.refused(() -> TarArchive.open(other, true, 1 << 19), "> " + folder, "/other-2.tar");
  }

  /** No picture is longer than 256 MiB: what is, is passed over, and held nowhere. */
  @Test
  void aLongFileInACompressedArchiveIsPassedOver() throws IOException {
    ByteArrayOutputStream parts = new ByteArrayOutputStream();
    long length = (256L << 20) + (1 << 20);
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    tarHeader(head, "film.mp4", '0', length);
    parts.write(gzipped(head.toByteArray()));
    byte[] megabyte = gzipped(new byte[1 << 20]);
    for (long at = 0; at < length; at += 1 << 20) {
      parts.write(megabyte);
    }
    parts.write(gzipped(tar(pixel("a.png", 51))));
    Path path = Files.write(folder.resolve("mine.tar.gz"), parts.toByteArray());
    ImageSource images = train(path);
    assertArrayEquals(new float[] {-0.6f}, values(images), 1e-6f);
    assertTrue(images.notes().get(0).contains("left out: 1 .mp4"), images.notes().toString());
  }

  private static byte[] gzipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream zipped = new GZIPOutputStream(out)) {
      zipped.write(bytes);
    }
    return out.toByteArray();
  }

  /** A batch of two images: the planes of one are 10, 20 and 30, of the other 40, 50 and 60. */
  private static byte[] batch(int labels) {
    ByteBuffer batch = ByteBuffer.allocate(2 * (labels + 3072)).order(ByteOrder.LITTLE_ENDIAN);
    for (int image = 0; image < 2; image++) {
      for (int label = 0; label < labels; label++) {
        batch.put((byte) (3 + image + 4 * label));
      }
      for (int i = 0; i < 3072; i++) {
        batch.put((byte) (10 + 30 * image + 10 * (i / 1024)));
      }
    }
    return batch.array();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mine.zip", "mine.tar.gz"})
  void cifarsBatchesAreImages(String name) throws IOException {
    String names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    String top = "cifar-10-batches-bin/";
    Path path =
        archive(
            name,
            new Put(top + "data_batch_1.bin", batch(1)),
            new Put(top + "data_batch_2.bin", batch(1)),
            new Put(top + "test_batch.bin", batch(1)),
            text(top + "batches.meta.txt", names));
    ImageSource images = train(path);
    assertEquals(10, images.classes());
    assertEquals("cat", images.classNames().get(3));
    assertArrayEquals(new int[] {3, 4, 3, 4}, labels(images));
    float[] values = values(images);
    assertEquals(10 / 127.5f - 1, values[0], 1e-6f);
    assertEquals(20 / 127.5f - 1, values[1], 1e-6f);
    assertEquals(60 / 127.5f - 1, values[2 * 3072 - 1], 1e-6f);
    assertEquals(2, ImageSources.open(path, Split.TEST).size());
    assertTrue(ImageSources.hasParts(path));
  }

  @Test
  void cifar100HasItsFineLabels() throws IOException {
    Files.write(folder.resolve("train.bin"), batch(2));
    Files.write(folder.resolve("fine_label_names.txt"), "a\n".repeat(100).getBytes());
    ImageSource images = train(folder);
    assertEquals(100, images.classes());
    assertArrayEquals(new int[] {7, 8}, labels(images));
    Files.write(folder.resolve("train.bin"), new byte[3075]);
    Refusals.refused(() -> train(folder), "train.bin: 3075 bytes", "a multiple of 3074");
    Files.write(folder.resolve("train.bin"), Arrays.copyOf(new byte[] {0, 100}, 3074));
    Refusals.refused(() -> train(folder), "train.bin: the label 100", "0 to 99");
  }
}
