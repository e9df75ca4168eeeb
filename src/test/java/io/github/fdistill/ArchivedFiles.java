package io.github.fdistill;

import io.github.fdistill.data.ClassesFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/** Good files with many others in them, and lists of what is in others. */
final class ArchivedFiles {
  private static final int BLOCK = 512;

  private ArchivedFiles() {}

  static void classes(Path to) throws IOException {
    Files.writeString(to, "cat\ndog\n");
  }

  static void readClasses(Path file) {
    ClassesFile.read(file);
  }

  static byte[] picture() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB), "png", bytes);
    return bytes.toByteArray();
  }

  static byte[] zipped(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return file.toByteArray();
  }

  private static Map<String, byte[]> pictures() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("cat/a.png", picture());
    entries.put("dog/b.png", picture());
    return entries;
  }

  static void zip(Path to) throws IOException {
    Files.write(to, zipped(pictures()));
  }

  static void npz(Path to) throws IOException {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("images.npy", MadeFiles.npy("|u1", "3, 4, 4, 1", new byte[48]));
    arrays.put("labels.npy", MadeFiles.npy("<i4", "3,", new byte[12]));
    Files.write(to, zipped(arrays));
  }

  /** Of nearly half the memory that readers of hostile files have. */
  static void largeNpz(Path to) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      zip.setLevel(1);
      zip.putNextEntry(new ZipEntry("images.npy"));
      zip.write(MadeFiles.npy("|u1", "128, 1000, 1000, 1", new byte[0]));
      for (int i = 0; i < 128; i++) {
        zip.write(new byte[1_000_000]);
      }
    }
  }

  static void moments(Path to) throws IOException {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("mu.npy", MadeFiles.npy("<f8", "2,", new byte[16]));
    arrays.put("sigma.npy", MadeFiles.npy("<f8", "2, 2", new byte[32]));
    Files.write(to, zipped(arrays));
  }

  static void tar(Path to) throws IOException {
    Files.write(to, tarred(pictures()));
  }

  static void tarGzip(Path to) throws IOException {
    Files.write(to, MadeFiles.gzip(tarred(pictures())));
  }

  static byte[] tarred(Map<String, byte[]> entries) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    entries.forEach(
        (name, bytes) -> {
          file.writeBytes(tarHeader(name, '0', bytes.length));
          file.writeBytes(bytes);
          file.writeBytes(new byte[(BLOCK - bytes.length % BLOCK) % BLOCK]);
        });
    file.writeBytes(new byte[2 * BLOCK]);
    return file.toByteArray();
  }

  static byte[] tarHeader(String name, char type, long size) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, "0000644");
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, String.format("%011o", size));
    put(block, 136, "00000000000");
    put(block, 148, "        ");
    put(block, 156, "" + type);
    put(block, 257, "ustar");
    put(block, 263, "00");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, String.format("%06o", sum) + "\0 ");
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  static void datasetJson(Path to) throws IOException {
    Files.createDirectories(to.resolveSibling("00000"));
    Files.write(to.resolveSibling("00000/a.png"), picture());
    Files.write(to.resolveSibling("00000/b.png"), picture());
    Files.writeString(to, "{\"labels\": [[\"00000/a.png\", 1], [\"00000/b.png\", 0]]}");
  }

  static void wholeTokenizer(Path to) throws IOException {
    copyAll("text/whole", to.getParent());
  }

  static void sharded(Path to) throws IOException {
    copyAll("imports/bad/ok-sharded", to.getParent());
  }

  private static void copyAll(String from, Path to) throws IOException {
    Files.createDirectories(to);
    Path folder = Path.of("src/test/resources/io/github/fdistill", from).toAbsolutePath();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.write(to.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
  }

  static void modelsConfig(Path to) throws IOException {
    Files.createDirectories(to.resolveSibling("1"));
    Files.writeString(
        to,
        "model_config_list { config { name: \"served\" base_path: \"/models/served\""
            + " model_version_policy { specific { versions: 1 } }"
            + " version_labels { key: \"stable\" value: 1 } } }");
  }

  static void batching(Path to) throws IOException {
    modelsConfig(to.resolveSibling("models.config"));
    Files.writeString(
        to, "max_batch_size { value: 8 } allowed_batch_sizes: 4 allowed_batch_sizes: 8");
  }
}
