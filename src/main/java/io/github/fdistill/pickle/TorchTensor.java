package io.github.fdistill.pickle;

import io.github.fdistill.tensors.NamedTensor;

/** A tensor of PyTorch in a pickle: a view of a storage. */
public final class TorchTensor {
  private final TorchStorage storage;
  private final long offset;
  private final long[] shape;
  private final long[] strides;

  TorchTensor(TorchStorage storage, long offset, long[] shape, long[] strides) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /**
   * The tensor under the name that its place in the pickle gives it.
   *
   * @throws io.github.fdistill.InputException when it leaves its storage
   */
  public NamedTensor named(String name) {
    return NamedTensor.strided(name, storage.type(), storage.bytes(), offset, shape, strides);
  }

  @Override
  public String toString() {
    return "a tensor";
  }
}
