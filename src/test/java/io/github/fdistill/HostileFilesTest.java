package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.wire.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small files that are made to take much memory: every reader ends with little heap, and says what
 * is wrong in words of its own.
 */
class HostileFilesTest {
  @TempDir Path folder;

  /** Those whose largest files would take more than the little memory. */
  private static final List<Readers> LARGE =
      List.of(Readers.SAFETENSORS, Readers.SHARDS, Readers.DATASET_JSON, Readers.CHECKSUMS);

  /** In a JVM of its own, whose heap is small: a line for each reader and size. */
  static final class Reading {
    private Reading() {}

    public static void main(String[] args) {
      try {
        read(args);
        readLarge(Path.of(args[0]));
        System.out.println("DONE");
        System.exit(0); // Servers that readers have asked live on.
      } catch (Throwable e) {
        e.printStackTrace(System.out);
        System.exit(1);
      }
    }

    private static void read(String[] args) throws IOException {
      for (Readers reader : Readers.values()) {
        Path folder = Path.of(args[0], reader.name());
        Files.createDirectories(folder);
        reader.writeGood(folder);
        reader.read(folder);
        for (int bytes : Arrays.stream(args).skip(1).mapToInt(Integer::parseInt).toArray()) {
          List<byte[]> files = HostileFiles.of(reader, bytes);
          for (int i = 0; i < files.size(); i++) {
            Files.write(folder.resolve(reader.file()), files.get(i));
            files = new java.util.ArrayList<>(files);
            files.set(i, new byte[0]);
            System.out.println(reader + " " + bytes + " " + i + ": " + said(reader, folder));
          }
        }
      }
    }

    /** What is refused for its size alone; and what a large model, and a large array, has. */
    private static void readLarge(Path all) throws IOException {
      for (Readers reader : LARGE) {
        Path folder = all.resolve(reader.name());
        HostileModels.writeLarge(reader, folder.resolve(reader.file()));
        System.out.println(reader + " large: " + said(reader, folder));
      }
      Path folder = all.resolve(Readers.SAFETENSORS.name());
      byte[] good = HostileModels.manyTensors(1_000_000);
      Files.write(folder.resolve(Readers.SAFETENSORS.file()), good);
      System.out.println("SAFETENSORS good: " + said(Readers.SAFETENSORS, folder));
      Path arrays = all.resolve(Readers.NPZ.name());
      ArchivedFiles.largeNpz(arrays.resolve(Readers.NPZ.file()));
      System.out.println("NPZ good: " + said(Readers.NPZ, arrays));
      Path requests = all.resolve(Readers.JSON_REQUEST.name());
      Files.write(
          requests.resolve(Readers.JSON_REQUEST.file()), HostileFiles.otherKeys(16_000_000));
      System.out.println("JSON_REQUEST good: " + said(Readers.JSON_REQUEST, requests));
    }

    private static String said(Readers reader, Path folder) {
      long start = System.nanoTime();
      String said;
      try {
        reader.read(folder);
        said = "read";
      } catch (InputException | ApiException e) {
        said = "refused: " + e.getMessage().lines().findFirst().orElse("");
      } catch (Throwable e) {
        said = "FAILED: " + e;
      }
      return said.substring(0, Math.min(300, said.length()))
          + " ("
          + (System.nanoTime() - start) / 1_000_000
          + " ms)";
    }
  }

  @Test
  void everyReaderEndsWithLittleMemory() throws Exception {
    assertEnds("1000", "100000");
  }

  @Test
  @Tag("trial")
  void soItDoesWithFilesOfTenMegabytes() throws Exception {
    assertEnds("10000000");
  }

  private void assertEnds(String... sizes) throws Exception {
    Object[] args = Stream.concat(Stream.of(folder), Stream.of(sizes)).toArray();
    try (ChildJvm reading =
        ChildJvm.start(Map.of("JDK_JAVA_OPTIONS", "-Xmx256m"), Reading.class, args)) {
      String all = reading.rest();
      assertTrue(all.contains("DONE"), all);
      reading.assertExitCode(0);
      assertTrue(!all.contains("FAILED"), all);
      String refused = "(?s).*%s large: refused: [^\n]* MiB of memory are needed.*";
      LARGE.forEach(reader -> assertTrue(all.matches(String.format(refused, reader)), all));
      assertTrue(all.contains("SAFETENSORS good: read"), all);
      assertTrue(all.contains("NPZ good: read"), all);
      assertTrue(all.contains("JSON_REQUEST good: read"), all);
      assertTrue(all.contains("sigma.npy: 67108864 numbers, for which 1025 MiB of memory"), all);
      // What a small picture promises to be is refused before it is decoded.
      String promised =
          "(?s).*PNG \\d+ 0: refused: [^\n]*a\\.png: 5461 x 16384 pixels, for which"
              + " 3584 MiB of memory are needed.*";
      assertTrue(all.matches(promised), all);
      assertTrue(all.lines().filter(line -> line.contains(": refused: ")).count() > 100, all);
      System.out.println(all);
    }
  }

  /** What the readers hold to is what stands in the page. */
  @Test
  void thePageSaysWhatTheReadersHoldTo() throws IOException {
    String page = Files.readString(Path.of("docs/bounds.md"));
    Locale own = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-IR")); // Which has digits of its own.
    try {
      for (FileKind kind : FileKind.values()) {
        assertTrue(page.contains(kind.row() + "\n"), kind.row());
      }
    } finally {
      Locale.setDefault(own);
    }
    Path large = folder.resolve("large.pbtxt");
    Files.write(large, new byte[(int) FileKind.SETTINGS.mostBytes() + 1]);
    String said =
        org.junit.jupiter.api.Assertions.assertThrows(
                IOException.class,
                () -> io.github.fdistill.files.RegularFile.text(large, FileKind.SETTINGS))
            .getMessage();
    assertTrue(said.contains("large.pbtxt") && said.contains("1048577 bytes"), said);
  }
}
