package io.github.fdistill;

import io.github.fdistill.data.NpyRows;
import io.github.fdistill.data.Prompts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Good files of captions and of other conditions, and their reading. */
final class CaptionFiles {
  private CaptionFiles() {}

  static void text(Path to) throws IOException {
    PlainFiles.writePicture(to.resolveSibling("a.png"), "png");
    Files.writeString(to, "a cat\n");
  }

  static void json(Path to) throws IOException {
    PlainFiles.writePicture(to.resolveSibling("0.png"), "png");
    Files.writeString(to.resolveSibling("0.json"), "{\"caption\": \"a dog\"}");
    PlainFiles.writePicture(to.resolveSibling("a.png"), "png");
    Files.writeString(to, "{\"caption\": \"a cat\", \"width\": 5, \"exif\": {}}");
  }

  static void prompts(Path to) throws IOException {
    Files.writeString(to, "a cat\n\na  dog\n");
  }

  static void readPrompts(Path file) {
    Prompts.read(file);
  }

  /** A shard of webdataset's. */
  static void tars(Path to) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("0.png", ArchivedFiles.picture());
    entries.put("0.json", "{\"caption\": \"a\"}".getBytes(StandardCharsets.UTF_8));
    entries.put("1.png", ArchivedFiles.picture());
    entries.put("1.txt", "b".getBytes(StandardCharsets.UTF_8));
    Files.write(to, ArchivedFiles.tarred(entries));
  }

  static void rows(Path to) throws IOException {
    Files.write(to, MadeFiles.npy("<f4", "3, 2", new byte[24]));
  }

  static void readRows(Path file) {
    NpyRows rows = NpyRows.open(file);
    for (long row = 0; row < Math.min(3, rows.count()); row++) {
      rows.row(row);
    }
  }

  /** Two images of CIFAR-10, with the names of the classes beside. */
  static void cifar(Path to) throws IOException {
    Files.write(to, new byte[2 * 3073]);
    Files.writeString(to.resolveSibling("batches.meta.txt"), "a\n".repeat(10));
  }
}
