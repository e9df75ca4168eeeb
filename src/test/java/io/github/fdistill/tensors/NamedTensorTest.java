package io.github.fdistill.tensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A tensor's numbers come in C order, however they lie in the file. */
class NamedTensorTest {

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

  @Test
  void oneNumberAndNoneAreReadToo() {
    requireInOrder(counted());
    requireInOrder(counted(1, 1).permuted(1, 0));
    requireInOrder(counted(4, 0, 2).permuted(2, 1, 0));
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
