package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is printed to be done about images is done here: it works, and changes nothing of theirs.
 */
class RemediesTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");

  /** The last words of a remedy; a shell would read them so. */
  private static final Pattern COMMAND = Pattern.compile("\\./fdistill data (.+)");

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void place() throws IOException {
    place = Workplace.create(folder);
    Files.createDirectory(place.path("my set"));
  }

  private void put(String... pictures) throws IOException {
    for (String picture : pictures) {
      Path file = PICTURES.resolve(picture);
      Files.copy(file, place.path("my set/" + file.getFileName()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "changed/rgba.png",
        "changed/key.png",
        "changed/palette.png",
        "changed/palette.gif",
        "changed/rgba.webp",
        "changed/turned-6.png",
        "changed/turned-3.png",
        "changed/turned-text.png",
        "changed/turned-big-4.jpg",
        "changed/turned.tif",
        "turned.jpg",
        "turned.png",
        "cmyk.jpg",
        "sixteen-bits.png",
        "array.npz", // No picture.
        "grey.jpg", // Another kind than the others.
      })
  void theRemedyOfAPictureWorksForItsFolder(String picture) throws IOException {
    put("colour.png", "upright.jpg");
    Path file = PICTURES.resolve(picture);
    String name = file.getFileName().toString();
    Files.copy(file, place.path("my set/" + name.replace(".npz", ".png")));
    remedied(place.pretrain("dataset.path=my set", "name=a"));
  }

  @Test
  void allThatIsToBeDoneIsInOneRemedy() throws IOException {
    put("colour.png", "turned.jpg", "cmyk.jpg", "sixteen-bits.png", "changed/rgba.png", "grey.jpg");
    place.write("my set/no.png", "no picture");
    remedied(place.run("data", "my set"));
  }

  /** Pictures enough of another size for test images among them: init looks at all first. */
  @Test
  void initTellsOfPicturesBeforeItPacksThem() throws IOException {
    put("colour.png", "turned.jpg", "changed/rgba.png");
    for (int i = 0; i < 20; i++) {
      Files.copy(PICTURES.resolve("grey.png"), place.path("my set/grey-" + i + ".png"));
    }
    remedied(place.run("init", "mine", "--data", "my set"));
    assertFalse(Files.exists(place.path("datasets/mine")));
  }

  /** The training images stay what they are: those for tests are packed beside them. */
  @Test
  void theRemedyOfTestImagesPacksThese() throws IOException {
    Files.createDirectory(place.path("my set/train"));
    put("colour.png", "upright.jpg");
    for (String name : List.of("colour.png", "upright.jpg")) {
      Files.move(place.path("my set/" + name), place.path("my set/train/" + name));
    }
    Files.createDirectory(place.path("my set/test"));
    put("turned.jpg");
    Files.move(place.path("my set/turned.jpg"), place.path("my set/test/turned.jpg"));
    String said = remedied(place.run("data", "my set:test"));
    assertTrue(said.contains("my set-test.npy: 1 image of "), said);

    try (ZipOutputStream npz = new ZipOutputStream(Files.newOutputStream(place.path("a.npz")))) {
      npz.putNextEntry(new ZipEntry("x_train.npy"));
      npz.write(npy("<u2", "(2, 1, 2, 1)", 0, 1, 2, 3));
      npz.putNextEntry(new ZipEntry("x_test.npy"));
      npz.write(npy("<u2", "(1, 1, 2, 1)", 0, 65535));
    }
    Workplace.Outcome refused = place.run("data", "a.npz:test");
    List<String> words = words(refused.err());
    place.run(Stream.concat(Stream.of("data"), words.stream()).toArray(String[]::new)).done();
    said = place.run("data", words.get(words.size() - 1)).done();
    assertTrue(said.contains("1 image of 1x2x1"), said);
  }

  /**
   * Runs what the error says, and then what was refused of what came of it.
   *
   * @return what is said of that
   */
  private String remedied(Workplace.Outcome refused) throws IOException {
    String before = Sha256.ofFolder(place.path("my set"));
    refused.failed();
    List<String> words = words(refused.err());
    String[] command = Stream.concat(Stream.of("data"), words.stream()).toArray(String[]::new);
    place.run(command).done();
    assertEquals(before, Sha256.ofFolder(place.path("my set")), "an original has changed");
    String said = place.run("data", words.get(words.size() - 1)).done();
    assertFalse(said.contains("Note"), said);
    return said;
  }

  /** Without a shell; only quotes are looked at. */
  private static List<String> words(String message) {
    Matcher command = COMMAND.matcher(message);
    assertTrue(command.find(), "no command in:\n" + message);
    List<String> words = new ArrayList<>();
    Matcher word = Pattern.compile("'([^']*)'|(\\S+)").matcher(command.group(1));
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    return words;
  }

  /** Numbers that are no bytes: the remedy scales them, and they come out as they looked. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "<u2 ; 0 ; 65535 ; 257 ; 0..65535",
        ">u2 ; 0 ; 65535 ; 257 ; 0..65535",
        "|i1 ; -128 ; 127 ; 1 ; -128..127",
        "<i2 ; -32768 ; 32767 ; 257 ; -32768..32767",
        "<i8 ; 0 ; 255 ; 1 ; 0..255",
        "<i4 ; 0 ; 1000000 ; 4000 ; 0..1000000",
        "<f4 ; 0 ; 255 ; 1 ; 0..255",
        "<f8 ; 0 ; 1 ; 0 ; 0..1",
        "|b1 ; 0 ; 1 ; 1 ; 0..1",
      })
  void numbersOfAnotherKindAreScaled(String type, long black, long white, long step, String range)
      throws IOException {
    byte[] whole = npy(type, "(2, 1, 2, 1)", black, white, white, black + step);
    Files.write(place.path("my set.npy"), whole);
    Workplace.Outcome refused = place.run("data", "my set.npy");
    refused.failed("--levels " + range);
    List<String> words = words(refused.err());
    place.run(Stream.concat(Stream.of("data"), words.stream()).toArray(String[]::new)).done();
    byte[] levels = Files.readAllBytes(Path.of(words.get(words.size() - 1)));
    byte[] last = Arrays.copyOfRange(levels, levels.length - 4, levels.length);
    int level = Math.round(255f * step / (white - black));
    assertEquals(
        List.of(0, 255, 255, level),
        Stream.of(0, 1, 2, 3).map(i -> Byte.toUnsignedInt(last[i])).toList());
    assertTrue(Arrays.equals(whole, Files.readAllBytes(place.path("my set.npy"))));
  }

  @Test
  void anArrayInAnotherOrderIsTurned() throws IOException {
    byte[] levels = new byte[2 * 3 * 5 * 6];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) i;
    }
    byte[] head = npy("|u1", "(2, 3, 5, 6)");
    byte[] whole = Arrays.copyOf(head, head.length + levels.length);
    System.arraycopy(levels, 0, whole, head.length, levels.length);
    Files.write(place.path("my set.npy"), whole);
    Files.write(place.path("my set.labels.npy"), npy("<i8", "(2, 1)", 1, 0));
    Workplace.Outcome refused = place.run("data", "my set.npy");
    refused.failed("the channels first");
    List<String> words = words(refused.err());
    place.run(Stream.concat(Stream.of("data"), words.stream()).toArray(String[]::new)).done();
    byte[] turned = Files.readAllBytes(Path.of(words.get(words.size() - 1)));
    int start = turned.length - levels.length;
    assertEquals(30, turned[start + 1], "the first pixel's second channel");
    String said = place.run("data", words.get(words.size() - 1)).done();
    assertTrue(said.contains("2 images of 5x6x3, 2 classes"), said);
  }

  /** Of pictures with alpha, whatever else is to be said of them, in one command. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "|u1 ; (1, 2, 3, 4) ; 2x3x3 ;--background white ",
        "|u1 ; (1, 3, 4, 2) ; 3x4x1 ;--background white ",
        "<u2 ; (1, 4, 5, 6) ; 5x6x3 ;--convert --levels 0..65535 ",
        "<u2 ; (2, 5, 6, 2) ; 5x6x1 ;--levels 0..65535 ",
      })
  void anArrayThatCanBeSeenThroughIsLaidOnAColour(
      String type, String shape, String size, String flags) throws IOException {
    long values =
        Stream.of(shape.split("\\D+"))
            .skip(1)
            .mapToLong(Long::parseLong)
            .reduce(1, (a, b) -> a * b);
    Files.write(place.path("my set.npy"), npy(type, shape, new long[(int) values]));
    Workplace.Outcome refused = place.run("data", "my set.npy");
    refused.failed("--background ", flags.strip());
    List<String> words = words(refused.err());
    place.run(Stream.concat(Stream.of("data"), words.stream()).toArray(String[]::new)).done();
    String said = place.run("data", words.get(words.size() - 1)).done();
    assertTrue(said.contains(" of " + size + ","), said);
  }

  /** Labels as Keras, PyTorch and others have them are read as they are. */
  @Test
  void labelsAreReadHoweverTheyAreWritten() throws IOException {
    Files.write(place.path("a.npy"), npy("|u1", "(3, 1, 1, 1)", 0, 1, 2));
    String[] types = {"|u1", "<i2", ">i4", "<u8", "<f4", ">f8"};
    for (String type : types) {
      for (String shape : new String[] {"(3,)", "(3, 1)"}) {
        Files.write(place.path("a.labels.npy"), npy(type, shape, 2, 0, 1));
        String said = place.run("data", "a.npy").done();
        assertTrue(said.contains("3 classes"), said);
      }
      Files.write(
          place.path("a.labels.npy"), npy(type, "(3, 4)", 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1));
      String said = place.run("data", "a.npy").done();
      assertTrue(said.contains("4 classes") && said.contains("class 1 has no images"), said);
      byte[] byColumns = npy(type, "(3, 4)", 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
      String head = new String(byColumns, StandardCharsets.ISO_8859_1).replace("False", "True ");
      Files.write(place.path("a.labels.npy"), head.getBytes(StandardCharsets.ISO_8859_1));
      assertEquals(
          said.lines().limit(5).toList(),
          place.run("data", "a.npy").done().lines().limit(5).toList());
    }
    Files.write(
        place.path("a.labels.npy"),
        new String(npy("|u1", "(3, 2)", 1, 0, 1, 1, 1, 0), StandardCharsets.ISO_8859_1)
            .replace("False", "True ")
            .getBytes(StandardCharsets.ISO_8859_1));
    place.run("data", "a.npy").failed("a.labels.npy[0]: a row that is not one 1 among zeros");
    byte[] head = npy("<U3", "(3,)");
    byte[] names = "dog\0cat\0dog\0".getBytes(Charset.forName("UTF-32LE"));
    ByteBuffer strings = ByteBuffer.allocate(head.length + 36).put(head);
    for (int i = 0; i < 3; i++) {
      strings.put(names, 16 * i, 12);
    }
    Files.write(place.path("a.labels.npy"), strings.array());
    String said = place.run("data", "a.npy").done();
    assertTrue(said.contains("     0: 1  cat\n     1: 2  dog\n"), said);
    Files.write(place.path("a.labels.npy"), npy("<U1025", "(3,)"));
    place.run("data", "a.npy").failed("names of 4100 bytes each", "at most 4096", "shorter names");
  }

  private static byte[] npy(String type, String shape, long... values) {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    String padded = text + " ".repeat(117 - text.length()) + "\n";
    ByteBuffer out = ByteBuffer.allocate(128 + 8 * values.length);
    out.order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    out.put(("\u0093NUMPY\1\0\166\0" + padded).getBytes(StandardCharsets.ISO_8859_1));
    for (long value : values) {
      switch (type.substring(1)) {
        case "u1", "i1", "b1" -> out.put((byte) value);
        case "u2", "i2" -> out.putShort((short) value);
        case "i4" -> out.putInt((int) value);
        case "f4" -> out.putFloat(value);
        case "f8" -> out.putDouble(value);
        default -> out.putLong(value);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** No remedy names a program that may be missing, or one that writes over originals. */
  @Test
  void noRemedyNeedsAnotherProgram() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/github/fdistill/data"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file).replaceAll("(?s)/\\*\\*.*?\\*/|//[^\n]*", "");
        Matcher other = Pattern.compile("mogrify|ImageMagick|numpy\\.\\w+\\(|python").matcher(text);
        if (other.find()) {
          found.add(file.getFileName() + ": " + other.group());
        }
      }
    }
    assertEquals(List.of(), found);
  }
}
