package io.github.fdistill.tensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.buffer.DataBuffers;

/** A tensor's numbers come in C order, however they lie in the file. */
class NamedTensorTest {
  @TempDir Path folder;

  @Test
  void numbersOfReorderedAxesAreThoseThatEachIndexNames() {
    NamedTensor convolution = counted(6, 5, 3, 3);
    requireInOrder(convolution);
    requireInOrder(convolution.permuted(2, 3, 1, 0));
    requireInOrder(convolution.permuted(3, 0, 2, 1));
    requireInOrder(convolution.permuted(2, 3, 1, 0).part(3, 2, 3));
    requireInOrder(counted(12, 4).permuted(1, 0).split(1, 3, 4).permuted(1, 0, 2));
  }

  @Test
  void soAreThoseOfMoreThanOnePiece() {
    requireInOrder(counted(300, 700));
    requireInOrder(counted(300, 700).permuted(1, 0));
    requireInOrder(counted(3, 70_001).part(1, 1, 70_000));
    requireInOrder(counted(70_001, 3).permuted(1, 0));
  }

  /** Shards that are named without a folder lie in that where the program was started. */
  @Test
  void aTensorThatIsNotThereIsToldOfItsFolder() {
    List<Path> shards = List.of(Path.of("1.safetensors"), Path.of("2.safetensors"));
    TensorSet set = new TensorSet(shards, Map.of());
    String message = assertThrows(InputException.class, () -> set.get("w")).getMessage();
    assertTrue(message.startsWith(Path.of("").toAbsolutePath() + ": no tensor w"), message);
  }

  /** As where it is written anew while its weights are copied. */
  @Test
  void aFileThatBecomesShorterIsToldOf() throws IOException {
    Path path = folder.resolve("weights");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1 << 20);
      NamedTensor tensor = NamedTensor.whole("w", NumberType.F32, Bytes.of(path), 512, 512);
      file.setLength(1 << 19);
      InputException refused = assertThrows(InputException.class, tensor::floats);
      assertTrue(refused.getMessage().contains("weights: shorter than"), refused.getMessage());
    }
  }

  @Test
  void oneNumberAndNoneAreReadToo() {
    requireInOrder(counted());
    requireInOrder(counted(1, 1).permuted(1, 0));
    requireInOrder(counted(4, 0, 2).permuted(2, 1, 0));
  }

  @Test
  void rowsOfSeveralStandSideBySide() {
    NamedTensor left = counted(3, 70_000).permuted(1, 0);
    NamedTensor right = counted(70_000, 2);
    float[] both = new float[5 * 70_000];
    left.copyRows(DataBuffers.of(both, false, false), 0, 5);
    right.copyRows(DataBuffers.of(both, false, false), 3, 5);
    float[] ofLeft = left.floats();
    float[] ofRight = right.floats();
    for (int row = 0; row < 70_000; row++) {
      assertArrayEquals(rows(ofLeft, row, 3), Arrays.copyOfRange(both, 5 * row, 5 * row + 3));
      assertArrayEquals(rows(ofRight, row, 2), Arrays.copyOfRange(both, 5 * row + 3, 5 * row + 5));
    }
    float[] column = new float[9];
    counted(3, 1).copyRows(DataBuffers.of(column, false, false), 1, 3);
    assertArrayEquals(new float[] {0, 0, 0, 0, 1, 0, 0, 2, 0}, column);
    counted(4).copyRows(DataBuffers.of(column, false, false), 5, 9);
    assertArrayEquals(new float[] {0, 0, 0, 0, 1, 0, 1, 2, 3}, column);
  }

  private static float[] rows(float[] all, int row, int width) {
    return Arrays.copyOfRange(all, row * width, (row + 1) * width);
  }

  @ParameterizedTest
  @CsvSource({"F16, 1", "BF16, 1", "F32, 1.5", "F64, 1.5"})
  void numbersOfEachTypeAreReadAcrossTheGigabytesThatAreMapped(NumberType type, float value)
      throws IOException {
    Path path = folder.resolve("large");
    long border = 1L << 30;
    int width = type.bytes();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(border + 16L * width); // With a hole, where the disk has such.
      file.seek(border - 3L * width);
      byte[] bytes = ByteBuffer.allocate(6 * width).order(ByteOrder.LITTLE_ENDIAN).array();
      for (int i = 0; i < 6; i++) {
        put(type, bytes, i * width, value * i);
      }
      file.write(bytes);
    }
    Bytes all = Bytes.of(path);
    NamedTensor around =
        NamedTensor.strided(
            "around", type, all, border / width - 3, new long[] {3, 2}, new long[] {2, 1});
    float[] expected = {0, value, 2 * value, 3 * value, 4 * value, 5 * value};
    assertArrayEquals(expected, around.floats());
    assertArrayEquals(
        new float[] {0, 2 * value, 4 * value, value, 3 * value, 5 * value},
        around.permuted(1, 0).floats());
  }

  private static void put(NumberType type, byte[] bytes, int at, float value) {
    ByteBuffer into = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int bits = Float.floatToIntBits(value);
    switch (type) {
      case F64 -> into.putDouble(at, value);
      case F32 -> into.putFloat(at, value);
      case BF16 -> into.putShort(at, (short) (bits >>> 16));
      default -> into.putShort(at, (short) (value == 0 ? 0 : (bits >>> 13) - (112 << 10)));
    }
  }

  /** Numbers 0, 1, 2, ... in C order. */
  private static NamedTensor counted(long... shape) {
    int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    ByteBuffer bytes = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      bytes.putFloat(i);
    }
    return NamedTensor.whole(
        "counted", NumberType.F32, Bytes.of(Path.of("counted"), bytes.array()), shape);
  }

  private static void requireInOrder(NamedTensor tensor) {
    long[] shape = tensor.shape();
    float[] expected = new float[(int) tensor.size()];
    for (int i = 0; i < expected.length; i++) {
      NamedTensor one = tensor;
      long left = i;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        one = one.part(axis, left % shape[axis], 1);
        left /= shape[axis];
      }
      expected[i] = one.floats()[0];
    }
    assertArrayEquals(expected, tensor.floats(), tensor.toString());
  }
}
