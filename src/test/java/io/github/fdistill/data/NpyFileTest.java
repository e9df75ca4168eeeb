package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The expected bytes are those of numpy.save. */
class NpyFileTest {
  @TempDir Path folder;

  @Test
  void float32HasNumpysBytes() throws IOException {
    Path file = folder.resolve("a.npy");
    NpyFile.writeFloat32(file, new long[] {2, 3}, new float[] {1, -2, 0.5f, 0, 3, 4});
    byte[] bytes = Files.readAllBytes(file);
    assertArrayEquals(
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
        Arrays.copyOf(bytes, 128));
    assertEquals(128 + 6 * 4, bytes.length);
    ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(1, values.getFloat(128));
    assertEquals(-2, values.getFloat(132));
    assertEquals(4, values.getFloat(148));
  }

  @Test
  void uint8HasNumpysBytes() throws IOException {
    Path file = folder.resolve("a.npy");
    byte[] values = {1, 2, (byte) 255};
    String sum = NpyFile.writeUint8(file, new long[] {3}, out -> out.write(values));
    assertEquals(Sha256.of(file), sum);
    byte[] bytes = Files.readAllBytes(file);
    assertArrayEquals(
        header("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"),
        Arrays.copyOf(bytes, 128));
    assertArrayEquals(new byte[] {1, 2, (byte) 255}, Arrays.copyOfRange(bytes, 128, 131));
  }

  @Test
  void int32HasNumpysBytes() throws IOException {
    Path file = folder.resolve("a.npy");
    int[] labels = new int[70_000];
    Arrays.setAll(labels, i -> i - 3);
    NpyFile.writeInt32(file, labels);
    byte[] bytes = Files.readAllBytes(file);
    assertArrayEquals(
        header("{'descr': '<i4', 'fortran_order': False, 'shape': (70000,), }"),
        Arrays.copyOf(bytes, 128));
    int[] read = new int[labels.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(128).asIntBuffer().get(read);
    assertArrayEquals(labels, read);
  }

  @Test
  void arraysLongerThanABufferAreWhole() throws IOException {
    float[] values = new float[200_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path file = folder.resolve("long.npy");
    NpyFile.writeFloat32(file, new long[] {values.length, 1}, values);
    float[] read = new float[values.length];
    ByteBuffer.wrap(Files.readAllBytes(file))
        .order(ByteOrder.LITTLE_ENDIAN)
        .position(128)
        .asFloatBuffer()
        .get(read);
    assertArrayEquals(values, read);
  }

  @Test
  void valuesMustFillTheShape() {
    assertThrows(
        IllegalArgumentException.class,
        () -> NpyFile.writeFloat32(folder.resolve("a.npy"), new long[] {2, 2}, new float[3]));
  }

  /** The magic string, version 1.0, 118 in two bytes, and the dictionary padded to 128 in all. */
  private static byte[] header(String dictionary) {
    String padded = dictionary + " ".repeat(117 - dictionary.length()) + "\n";
    return ("\u0093NUMPY\u0001\u0000\u0076\u0000" + padded).getBytes(StandardCharsets.ISO_8859_1);
  }
}
