package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is damaged or malicious is refused by a sentence, and what is not is read. */
class HostileFilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/github/fdistill/imports/bad");

  /** Nothing in these looks at a part that is wrong, or it does no harm. */
  private static final List<String> HARMLESS =
      List.of("pickle-module-src.pkl", "pickle-laughs-in-kwargs.pkl", "pickle-trailing.pkl");

  @TempDir Path scratch;

  private static Stream<Path> hostile() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("ok"))
          .filter(file -> !file.getFileName().toString().equals("README.md"))
          .filter(file -> !HARMLESS.contains(file.getFileName().toString()))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void isRefusedByASentenceThatNamesTheFile(Path file) {
    InputException refused =
        assertTimeoutPreemptively(
            Duration.ofSeconds(120),
            () -> assertThrows(InputException.class, () -> ForeignFiles.read(file)));
    assertTrue(refused.getMessage().contains(file.getFileName().toString()), refused.getMessage());
    assertFalse(refused.getMessage().contains("null"), refused.getMessage());
    assertFalse(Files.exists(Path.of("PWNED")));
  }

  @ParameterizedTest
  @CsvSource({
    "pickle-os-system.pkl, refers to",
    "pickle-os-system-in-storage.pkl, refers to",
    "zip-os-system.pt, .system",
    "pickle-eval-stack-global.pkl, refers to builtins.eval",
    "pickle-getattr-chain.pkl, refers to builtins.getattr",
    "pickle-inst.pkl, opcode 'S'",
    "pickle-html.pkl, a web page",
    "st-lfs-pointer.safetensors, Git LFS",
    "st-f8.safetensors, type F8_E4M3",
    "st-dtype-unknown.safetensors, type Q4_K",
    "st-overlap.safetensors, overlaps",
    "st-not-json.safetensors, no JSON object at line 1",
    "st-duplicate.safetensors, twice",
    "st-duplicate-same.safetensors, twice",
    "st-header-2-62.safetensors, a header of 4611686018427387904 bytes",
    "pickle-storage-type.pkl, Complex",
    "zip-big-endian.pt, byte order 'big'",
    "zip-truncated.pt, cut off",
    "sharded-absent, m-00002-of-00002.safetensors",
    "sharded-traversal, ../ok.safetensors",
    "sharded-wrong, which has it not",
  })
  void saysWhatItFound(String file, String found) {
    InputException refused =
        assertThrows(InputException.class, () -> ForeignFiles.read(FOLDER.resolve(file)));
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ok-mini.pkl",
        "ok-tensor-half.pkl",
        "ok-tensor-bfloat16.pkl",
        "ok-tensor-slice.pkl",
        "ok-zip.pt",
        "ok-zip-no-byteorder.pt",
        "ok-legacy.pt",
        "pickle-module-src.pkl",
        "pickle-laughs-in-kwargs.pkl",
        "pickle-trailing.pkl",
      })
  void wholeFilesAreRead(String file) {
    Tensors tensors = ForeignFiles.read(FOLDER.resolve(file));
    assertEquals(1, tensors.count());
    var tensor = tensors.get(tensors.names().iterator().next());
    assertArrayEquals(new long[] {2, 3}, tensor.shape());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, tensor.floats());
  }

  @Test
  void stridesAreHonoured() {
    Tensors tensors = ForeignFiles.read(FOLDER.resolve("ok-tensor-transposed.pkl"));
    assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, tensors.get("weight").floats());
  }

  @Test
  void safetensorsAreReadWholeAndInParts() {
    Tensors one = ForeignFiles.read(FOLDER.resolve("ok.safetensors"));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, one.get("a").floats());
    assertArrayEquals(new float[] {7, 8, 9, 10, 11, 12}, one.get("b").floats());
    assertArrayEquals(new long[] {0, 4}, one.get("empty").shape());
    assertArrayEquals(new float[] {13}, one.get("scalar").floats());
    Tensors order = ForeignFiles.read(FOLDER.resolve("ok-order.safetensors"));
    assertArrayEquals(one.get("a").floats(), order.get("a").floats());
    Tensors half = ForeignFiles.read(FOLDER.resolve("ok-half.safetensors"));
    half.names().forEach(n -> assertArrayEquals(one.get("a").floats(), half.get(n).floats()));
    Tensors parts = ForeignFiles.read(FOLDER.resolve("ok-sharded"));
    assertEquals(2, parts.count());
  }

  /** Lists in lists, 60 000 deep, and objects in a header, 40 000 deep. */
  @Test
  void whatIsDeepDoesNotOverflowTheStack() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 2});
    pickle.write("]".repeat(60_000).getBytes(StandardCharsets.US_ASCII));
    pickle.write("a".repeat(59_999).getBytes(StandardCharsets.US_ASCII));
    pickle.write('.');
    Path deep = Files.write(scratch.resolve("deep.pkl"), pickle.toByteArray());
    assertThrows(InputException.class, () -> ForeignFiles.read(deep));

    String header = "{\"a\":" + "[".repeat(40_000) + "]".repeat(40_000) + "}";
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(
        new byte[] {(byte) header.length(), (byte) (header.length() >> 8), 1, 0, 0, 0, 0, 0});
    file.write(header.getBytes(StandardCharsets.US_ASCII));
    Path nested = Files.write(scratch.resolve("deep.safetensors"), file.toByteArray());
    InputException refused = assertThrows(InputException.class, () -> ForeignFiles.read(nested));
    assertTrue(refused.getMessage().contains("deep.safetensors"), refused.getMessage());
  }

  /** 160 000 calls that share a tuple of 500 000, and 60 000 modules that share 150 000 entries. */
  @Test
  void whatIsSharedIsNotCopied() throws IOException {
    String device = "\u0080\u0002ctorch\ndevice\nq\u00000";
    String calls =
        device + "(" + "N".repeat(500_000) + "tq\u00010(" + "h\0h\1R".repeat(160_000) + "t.";
    assertIsRefused("calls.pkl", calls, "calls.pkl");

    StringBuilder modules = new StringBuilder("\u0080\u0002}(U\u0003ema");
    String module = "ctorch.nn.modules.container\nModuleDict\n)\u0081";
    modules.append(module).append("}(U\b_modules}(U\u0001x").append(module);
    modules.append("}(U\u000b_parameters}(");
    entries(modules, 150_000, "N");
    modules.append("uubq\u0000");
    entries(modules, 60_000, "h\0");
    modules.append("uubu.");
    assertIsRefused("modules.pkl", modules.toString(), "modules in modules without an end");
  }

  /** Ten calls for a storage whose own pickle, of 200 000 values that are dropped, is read anew. */
  @Test
  void picklesWithinAPickleAreCountedWithIt() throws IOException {
    String magic = "\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.";
    String head = magic + "M\u00e9\u0003." + "}(U\rlittle_endian\u0088u.";
    String id = "(U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0000tQ.";
    String stream = head + "N0".repeat(200_000) + id + "]U\u00010a." + "\u0000".repeat(8);
    int length = stream.length();
    String size = "" + (char) (length & 255) + (char) (length >> 8 & 255) + (char) (length >> 16);
    String load = "ctorch.storage\n_load_from_bytes\nq\u00000";
    String calls = load + "B" + size + "\u0000" + stream + "\u0085q\u00010(";
    String once = "}U\u0001a" + calls + "h\u0000h\u0001Rts.";
    Path file = scratch.resolve("once.pkl");
    Files.write(file, once.getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(1, PickleFile.read(file).size());
    assertIsRefused("often.pkl", calls + "h\u0000h\u0001R".repeat(10) + "t.", "1000000 steps");
  }

  /** As protocols 0 and 1 write them; their texts are refused by the name of the protocol. */
  @Test
  void truthsOfTheFirstProtocolsAreTruths() {
    String pickle = "}U\u0001aI01\nsU\u0001bI00\nsU\u0001cI2\ns";
    byte[] bytes = (pickle + ".").getBytes(StandardCharsets.ISO_8859_1);
    PickleDict found = PickleFile.read(Path.of("old.pkl"), bytes);
    assertEquals(Map.of("a", true, "b", false, "c", 2L), found.named());
    byte[] text = (pickle + "U\u0001dS'e'\ns.").getBytes(StandardCharsets.ISO_8859_1);
    InputException refused =
        assertThrows(InputException.class, () -> PickleFile.read(Path.of("old.pkl"), text));
    assertTrue(refused.getMessage().contains("'S' of protocol 0 or 1"), refused.getMessage());
  }

  private static void entries(StringBuilder pickle, int count, String value) {
    for (int i = 0; i < count; i++) {
      pickle.append("U\u0006").append(100_000 + i).append(value);
    }
  }

  private void assertIsRefused(String name, String pickle, String said) throws IOException {
    Path file = scratch.resolve(name);
    Files.write(file, pickle.getBytes(StandardCharsets.ISO_8859_1));
    InputException refused =
        assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () -> assertThrows(InputException.class, () -> ForeignFiles.read(file)));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
  }

  /** 64 MB of zeros in 64 KB. */
  @Test
  void whatIsCompressedIsNotUnpacked() throws IOException {
    Path bomb = scratch.resolve("bomb.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bomb))) {
      zip.putNextEntry(new ZipEntry("m/data/0"));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 64; i++) {
        zip.write(zeros);
      }
      zip.closeEntry();
    }
    InputException refused = assertThrows(InputException.class, () -> ForeignFiles.read(bomb));
    assertTrue(refused.getMessage().contains("compressed"), refused.getMessage());
  }
}
