package io.github.fdistill.savedmodel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** What onnx2tf wrote, which lies packed: most of it are names of nodes. */
public final class PackedModel {
  private PackedModel() {}

  /** Unpacks it into a new folder, and returns that. */
  public static Path onnx2tf(Path folder) throws IOException {
    Files.createDirectory(folder);
    try (var packed = PackedModel.class.getResourceAsStream("producers/onnx2tf.zip");
        ZipInputStream zip = new ZipInputStream(packed)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        if (!entry.isDirectory()) {
          Files.createDirectories(file.getParent());
          Files.copy(zip, file);
        }
      }
    }
    return folder;
  }
}
