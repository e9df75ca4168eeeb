package io.github.fdistill.savedmodel;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/** The bytes of numbers that lie in TensorFlow's memory, as they lie there: nothing is copied. */
final class NativeBytes {
  private NativeBytes() {}

  /**
   * Of a tensor's numbers, at most 2^29 - 1 of them; to be used only as long as it is open.
   *
   * @throws IllegalArgumentException when they lie elsewhere
   */
  static ByteBuffer of(FloatDataBuffer numbers) {
    return find(numbers)
        .orElseThrow(() -> new IllegalArgumentException("numbers that are no tensor's"));
  }

  /** The same; nothing where they lie elsewhere. */
  static Optional<ByteBuffer> find(FloatDataBuffer numbers) {
    return numbers.accept(
        new DataStorageVisitor<Optional<ByteBuffer>>() {
          @Override
          public Optional<ByteBuffer> visit(long address, long length, long scale) {
            return Optional.of(
                new BytePointer(new Address(address))
                    .capacity(numbers.size() * Float.BYTES)
                    .asByteBuffer());
          }

          @Override
          public Optional<ByteBuffer> fallback() {
            return Optional.empty();
          }
        });
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
