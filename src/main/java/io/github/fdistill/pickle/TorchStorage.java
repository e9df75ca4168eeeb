package io.github.fdistill.pickle;

import io.github.fdistill.tensors.Bytes;
import io.github.fdistill.tensors.NumberType;

/** A row of numbers that tensors are views of. In some files its bytes come behind the pickle. */
final class TorchStorage {
  private final NumberType type;
  private final long count;
  private Bytes bytes;

  TorchStorage(NumberType type, long count) {
    this.type = type;
    this.count = count;
  }

  NumberType type() {
    return type;
  }

  long count() {
    return count;
  }

  boolean isThere() {
    return bytes != null;
  }

  void bytes(Bytes found) {
    bytes = found;
  }

  Bytes bytes() {
    return bytes;
  }

  /** Whether so many numbers take so many bytes. */
  boolean takes(long size) {
    return count >= 0 && count <= Long.MAX_VALUE / type.bytes() && count * type.bytes() == size;
  }
}
