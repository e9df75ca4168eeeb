package io.github.fdistill.pickle;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PickleFileTest {
  @TempDir Path folder;

  /** With none of its pages left, or with zeros after what is there. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void aFileThatBecomesShorterIsToldOf(int left) throws IOException {
    byte[] empty = "\200\2}q\0.".getBytes(StandardCharsets.ISO_8859_1);
    Path path = Files.write(folder.resolve("a.pkl"), empty);
    Bytes file = Bytes.of(path);
    assertNotNull(PickleFile.read(file));
    Files.write(path, Arrays.copyOf(empty, left));
    String told = assertThrows(InputException.class, () -> PickleFile.read(file)).getMessage();
    assertTrue(told.startsWith(path + ": shorter than when it was opened"), told);
  }
}
