package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.Survey.Depth;
import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class SurveyTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");

  @TempDir Path folder;

  @BeforeEach
  void wholeOnes() throws IOException {
    copy("colour.png", "a.png");
    copy("upright.jpg", "b.jpg");
    copy("subsampled.jpg", "c.jpg");
  }

  private void copy(String picture, String name) throws IOException {
    Files.copy(PICTURES.resolve(picture), folder.resolve(name));
  }

  private Survey survey(Depth depth) {
    return ImageFolder.open(folder).survey(depth, done -> {});
  }

  private static byte[] bytes(String picture) throws IOException {
    return Files.readAllBytes(PICTURES.resolve(picture));
  }

  private static byte[] wrongInside() throws IOException {
    return DamagedPng.of(bytes("colour.png"));
  }

  @Test
  void picturesOfOneSizeAreAllRight() {
    Survey survey = survey(Depth.HEADERS);
    assertEquals(Map.of(new PictureSize(7, 9, 3), 3), survey.sizes());
    ImageFolder.open(folder).check();
  }

  @Test
  void whatIsCutIsFoundWithoutDecodingTheOthers() throws IOException {
    byte[] png = bytes("colour.png");
    byte[] jpeg = bytes("progressive.jpeg");
    Files.write(folder.resolve("d.png"), Arrays.copyOf(png, png.length - 20));
    Refusals.refused(
        () -> ImageFolder.open(folder).check(), "d.png: damaged: cut short", "--skip-damaged");
    Files.write(folder.resolve("e.jpg"), Arrays.copyOf(jpeg, jpeg.length - 20));
    Files.write(folder.resolve("f.png"), new byte[0]);
    Refusals.refused(
        () -> ImageFolder.open(folder).check(),
        "3 pictures cannot be read: d.png: damaged: cut short after 244 bytes; e.jpg: damaged",
        "; f.png: an empty file\n");
  }

  @Test
  void pixelsThatAreWrongAreFoundWhenAllAreDecoded() throws IOException {
    Files.write(folder.resolve("d.png"), wrongInside());
    assertEquals(Map.of(), survey(Depth.HEADERS).unread());
    assertEquals(List.of("d.png"), List.copyOf(survey(Depth.PIXELS).unread().keySet()));
  }

  @Test
  void damagedOnesAreLeftOutWhenAsked() throws IOException {
    Files.write(folder.resolve("aa.png"), wrongInside());
    Files.write(folder.resolve("0.png"), new byte[3]);
    PictureReading skipping = new PictureReading(Optional.empty(), false, true);
    ImageSource images = ImageSources.open(folder, Split.TRAIN, skipping);
    assertEquals(3, images.size());
    images.check();
    String said = images.notes().toString();
    assertTrue(
        said.startsWith("[2 pictures that cannot be read are skipped: 0.png: no picture of"), said);
    assertTrue(said.contains("; aa.png: damaged: "), said);
    assertNotEquals(images.fingerprint(), images.identity());
    float[] into = new float[7 * 9 * 3];
    for (int i = 0; i < 3; i++) {
      images.copy(i, into, 0);
    }
    Path none = Files.createDirectory(folder.resolve("none"));
    Files.write(none.resolve("b.tif"), new byte[] {'I', 'I', '+', 0, 8, 0});
    Refusals.refused(
        () -> ImageSources.open(none, Split.TRAIN, skipping),
        "none of 1 pictures can be read: b.tif: a BigTIFF",
        "convert others to PNG");
  }

  @Test
  void whatHasToBeAskedForIsToldOfAtOnce() throws IOException {
    copy("turned.jpg", "d.jpg");
    copy("cmyk.jpg", "e.jpg");
    copy("changed/rgba.png", "f.png");
    copy("sixteen-bits.png", "g.png");
    Refusals.refused(
        () -> ImageFolder.open(folder).check(),
        "1 picture stored turned (d.jpg)",
        "1 picture of more than 8 bits a channel (g.png)",
        "1 picture in CMYK (e.jpg)",
        "1 transparent picture (f.png)",
        "pictures of 3 sizes (5 of 7x9x3, ",
        " --background white --convert --resize 7x9x3 --out ");
  }

  private ImageSource resized(String size) {
    PictureReading reading =
        new PictureReading(
            Optional.empty(),
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            AskedSize.parse("", size));
    return ImageSources.open(folder, Split.TRAIN, reading);
  }

  @Test
  void picturesOfAnySizeAreBroughtToOneWhereAsked() throws IOException {
    PngFile.write(folder.resolve("d.png"), new Images(new float[2 * 30], 2, 10, 3), 0);
    Refusals.refused(() -> ImageFolder.open(folder).check(), "pictures of 2 sizes");
    ImageSource images = resized("4x4");
    images.check();
    images.checkPixels(done -> {});
    assertEquals(Shape.of(4, 4, 3), images.shape());
    float[] found = new float[48];
    images.copy(3, found, 0);
    for (float value : found) {
      assertEquals(0, value, 0.005f);
    }
    float[] expected = new float[48];
    Resized.cropped(ImageFolder.open(folder), 4, 4, 3).copy(0, expected, 0);
    images.copy(0, found, 0);
    assertArrayEquals(expected, found);
    assertNotEquals(images.fingerprint(), resized("4x5").fingerprint());
    copy("turned.jpg", "e.jpg");
    Refusals.refused(
        () -> resized("4x4").check(), "1 picture stored turned (e.jpg)", "--resize 4x4 --out ");
    Files.write(folder.resolve("f.png"), new byte[0]);
    Refusals.refused(() -> resized("4x4").check(), "f.png: an empty file", "--resize 4x4 --out ");
    Refusals.refused(() -> resized("4 x 4"), "'4 x 4'", "such as 64x64");
    Refusals.refused(() -> resized("0x4"), "'0x4'", "such as 64x64");
  }

  /** Of a set that begins with grey, colours are not lost unasked, nor in the middle of a run. */
  @Test
  void whatSomePicturesHaveOfColourIsAskedForBefore() throws IOException {
    PngFile.write(folder.resolve("0.png"), new Images(new float[4], 2, 2, 1), 0);
    Refusals.refused(
        () -> resized("4x4").check(), "in colour, where the first is grey", "resize: \"4x4x3\"");
    ImageSource colour = resized("4x4x3");
    colour.check();
    assertEquals(Shape.of(4, 4, 3), colour.shape());
    ImageSource grey = resized("4x4x1");
    grey.check();
    grey.copy(1, new float[16], 0);
  }

  @Test
  void opaqueAlphaIsNoTransparency() throws IOException {
    copy("alpha.png", "d.png");
    ImageFolder.open(folder).check();
  }

  /** Of a large set only the first bytes of each file are read: the same is found. */
  @Test
  void theBeginningsOfFilesTellTheSame() throws IOException {
    copy("turned.jpg", "d.jpg");
    copy("changed/rgba.png", "f.png");
    copy("changed/turned-text.png", "g.png");
    byte[] cut = bytes("colour.png");
    Files.write(folder.resolve("h.png"), Arrays.copyOf(cut, 20));
    PictureNames names =
        PictureNames.in(new Large(FolderFiles.of(folder), new AtomicInteger()), Split.TRAIN);
    Survey large = Survey.of(names, PictureReading.STRICT, Depth.HEADERS, done -> {});
    Survey small = survey(Depth.HEADERS);
    assertEquals(small, large);
    assertTrue(large.unread().containsKey("h.png"), large.toString());
  }

  /** What an earlier look has found is not looked for again, until a file changes. */
  @Test
  void aLookIsKept() throws IOException {
    Path wrong = Files.write(folder.resolve("d.png"), wrongInside());
    Survey first = survey(Depth.PIXELS);
    assertEquals(first, survey(Depth.PIXELS));
    FileTime then = Files.getLastModifiedTime(wrong);
    Files.write(wrong, bytes("colour.png")); // A copy that keeps the time, as the remedy says.
    Files.setLastModifiedTime(wrong, then);
    Survey copied = survey(Depth.PIXELS);
    assertEquals(Map.of(), copied.unread());
    assertEquals(Map.of(new PictureSize(7, 9, 3), 4), copied.sizes());
    Files.write(wrong, bytes("grey.png"));
    assertEquals(Map.of(), survey(Depth.PIXELS).unread());
  }

  /** What stood in the way of a picture that is whole may be gone, and no file has changed. */
  @Test
  void whatPassesIsNotKept() throws IOException {
    for (int times = 1; times <= 2; times++) {
      NamedFiles files = new Large(FolderFiles.of(folder), new AtomicInteger(times));
      PictureNames names = PictureNames.in(files, Split.TRAIN);
      Set<String> unread = times == 1 ? Set.of() : Set.of("b.jpg");
      for (Set<String> expected : List.of(unread, Set.<String>of())) {
        Survey survey = SurveyCache.survey(names, PictureReading.STRICT, Depth.PIXELS, done -> {});
        assertEquals(expected, survey.unread().keySet());
      }
      Files.setLastModifiedTime(folder.resolve("a.png"), FileTime.fromMillis(0)); // Another set.
    }
  }

  /** Left out for what stood in its way, a set would be another at each start. */
  @Test
  void aPictureThatMayBeWholeIsNotLeftOut() throws IOException {
    NamedFiles denied = new Large(FolderFiles.of(folder), new AtomicInteger(2));
    ImageFolder images = ImageFolder.open(denied, Split.TRAIN, PictureReading.STRICT);
    Refusals.refused(() -> images.checkPixels(done -> {}), "b.jpg: ", "mend its permissions");
    Files.write(folder.resolve("0.png"), new byte[3]);
    NamedFiles files = new Large(FolderFiles.of(folder), new AtomicInteger(2));
    PictureReading skipping = PictureReading.STRICT.skipping();
    Refusals.refused(
        () -> ImageFolder.open(files, Split.TRAIN, skipping), "b.jpg: ", "mend its permissions");
    assertEquals(3, ImageFolder.open(files, Split.TRAIN, skipping).size());
  }

  /** Which pictures are left out, and what numbers of an array mean, is not found by a look. */
  @Test
  void aLookServesAllWhoWouldFindTheSame() {
    AtomicInteger reads = new AtomicInteger();
    NamedFiles files = new Large(FolderFiles.of(folder), reads);
    PictureNames names = PictureNames.in(files, Split.TRAIN);
    PictureReading again = PictureReading.STRICT.skipping().of(new LevelRange(0, 9));
    for (PictureReading reading : List.of(PictureReading.STRICT, again)) {
      SurveyCache.survey(names, reading, Depth.PIXELS, done -> {});
      assertEquals(-1, reads.get(), "b.jpg is read once");
    }
    SurveyCache.survey(names, again.converting(), Depth.PIXELS, done -> {});
    assertEquals(-2, reads.get());
  }

  /** Files that are many. */
  private record Large(FolderFiles files, AtomicInteger denied) implements NamedFiles {
    @Override
    public Path path() {
      return files.path();
    }

    @Override
    public List<String> names() {
      return files.names();
    }

    @Override
    public List<String> folders() {
      return files.folders();
    }

    @Override
    public byte[] read(String name) {
      if (name.equals("b.jpg") && denied.getAndDecrement() > 0) {
        throw DiskRefusal.unreadable(Path.of(where(name)), new AccessDeniedException(name));
      }
      return files.read(name);
    }

    @Override
    public byte[] start(String name, int bytes) {
      return files.start(name, bytes);
    }

    @Override
    public String where(String name) {
      return files.where(name);
    }

    @Override
    public String fingerprint(List<String> names, Map<String, String> others) {
      return files.fingerprint(names, others);
    }

    @Override
    public String line(List<String> names, String name) {
      return files.line(names, name);
    }

    @Override
    public boolean isSmall(List<String> names) {
      return false;
    }

    @Override
    public String stamp(List<String> names) {
      return files.stamp(names);
    }
  }

  /** What is kept and is none is as if it were not there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"sizes\": 1}",
        "{\"sizes\": {\"4x5\": 1}}",
        "{\"sizes\": {\"4x5x3\": {}}}",
        "{\"sizes\": {}, \"needs\": {\"DEEP\": []}, \"firsts\": {}, \"unread\": {}, \"several\":"
            + " 0}",
        "{\"sizes\": {}, \"needs\": {}, \"firsts\": {}, \"unread\": {}, \"several\": null}"
      })
  void whatIsNoLookIsNotUsed(String kept) throws IOException {
    assertEquals(
        Optional.empty(), SurveyCache.read(Files.writeString(folder.resolve("kept"), kept)));
  }
}
