package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** Tensors come back from a disk as they went, and what it refuses is told by its reason. */
class TensorBundleTest {
  private static final TensorBundle.Entry ENTRY =
      new TensorBundle.Entry(Shape.of(1, 3), new float[] {1, -0.0f, Float.NaN});

  @TempDir Path folder;

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Path prefix = folder.resolve("state");
    TensorBundle.write(prefix, Map.of("a/b", ENTRY));
    TensorBundle.Entry read = TensorBundle.read(prefix, List.of("a/b")).get("a/b");
    assertEquals(ENTRY.shape(), read.shape());
    assertArrayEquals(ENTRY.values(), read.values());
  }

  @Test
  void aRefusalHasTheNameThatWasAskedForAndTheReasonAlone() throws IOException {
    Path prefix = Files.createFile(folder.resolve("file")).resolve("state");
    FileSystemException refusal =
        assertThrows(
            FileSystemException.class, () -> TensorBundle.write(prefix, Map.of("a", ENTRY)));
    assertEquals(prefix.toString(), refusal.getFile());
    assertEquals("Not a directory", refusal.getReason());
  }
}
