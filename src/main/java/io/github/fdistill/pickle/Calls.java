package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What would be calls, as values: dictionaries, tensors, and arrays of NumPy's; the rest are
 * records of the call.
 *
 * @param file for messages
 * @param spent what the file has taken so far
 * @param streams a storage from a stream of its own within the pickle
 */
record Calls(Path file, Spent spent, Function<Bytes, TorchStorage> streams) {
  private static final int MOST_AXES = 8;

  /** Those of a file of which nothing was read. */
  static Calls of(Path file) {
    Spent spent = new Spent(file);
    return new Calls(file, spent, stream -> LegacyTorch.storage(stream, spent));
  }

  /**
   * The value of a call.
   *
   * @throws InputException when the arguments are not those of such a call
   */
  Object make(Name name, List<Object> arguments) {
    if (KnownNames.isDict(name)) {
      require(arguments.isEmpty(), name);
      return new PickleDict();
    } else if (name.equals(KnownNames.TENSOR)) {
      return tensor(arguments);
    } else if (name.equals(KnownNames.PARAMETER)) {
      require(arguments.size() >= 2 && arguments.get(0) instanceof TorchTensor, name);
      return arguments.get(0);
    } else if (name.equals(KnownNames.STORAGE)) {
      require(arguments.size() == 1 && arguments.get(0) instanceof Bytes, name);
      return streams.apply((Bytes) arguments.get(0));
    }
    Optional<?> value = Optional.empty();
    if (KnownNames.BUFFERS.contains(name)) {
      value = PickleArray.ofBuffer(arguments, file);
    } else if (KnownNames.SCALARS.contains(name)) {
      value = PickleArray.scalar(arguments, file);
    }
    return value.isPresent() ? value.get() : new Made(name, arguments);
  }

  /** (storage, offset, shape, strides, requires_grad, hooks). */
  private TorchTensor tensor(List<Object> arguments) {
    boolean plain =
        arguments.size() >= 4
            && arguments.get(0) instanceof TorchStorage
            && arguments.get(1) instanceof Long;
    require(plain, KnownNames.TENSOR);
    return new TorchTensor(
        (TorchStorage) arguments.get(0),
        (Long) arguments.get(1),
        numbers(arguments.get(2)),
        numbers(arguments.get(3)));
  }

  private long[] numbers(Object value) {
    boolean whole =
        value instanceof PickleList list
            && list.items().size() <= MOST_AXES
            && list.items().stream().allMatch(item -> item instanceof Long);
    require(whole, KnownNames.TENSOR);
    return ((PickleList) value).items().stream().mapToLong(item -> (Long) item).toArray();
  }

  private void require(boolean holds, Name name) {
    if (!holds) {
      throw new InputException(
          file.toString(),
          "in a pickle: a call of " + name + " with other arguments than PyTorch's",
          "tensors as PyTorch saves them",
          "save the weights again, as safetensors or with torch.save");
    }
  }
}
