package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import io.github.fdistill.tensors.FileLooks;
import java.nio.file.Path;

/**
 * A file of objects of Python, read as data: a plain pickle ({@code .pkl}), or what torch.save
 * wrote ({@code .pt}, {@code .pth}, {@code .bin}), as a zip or as it was before.
 */
public final class PickleFile {
  private PickleFile() {}

  /**
   * The dictionary that the file holds.
   *
   * @throws InputException when the file is damaged, holds something else, refers to anything but
   *     weights and what stands beside them, or becomes shorter meanwhile
   */
  public static PickleDict read(Path path) {
    return read(Bytes.of(path));
  }

  static PickleDict read(Bytes file) {
    try {
      try {
        return dictionary(file);
      } catch (InputException e) { // Compiled code reads what is not there, and is told later.
        file.requireWhole();
        throw e;
      }
    } catch (InternalError e) { // So Java says that a page of what it mapped is gone.
      throw file.shorter(e);
    }
  }

  private static PickleDict dictionary(Bytes file) {
    FileLooks.require(file, "a pickle, or a file of torch.save");
    if (root(file) instanceof PickleDict dict) {
      return dict;
    }
    throw new InputException(
        file.path().toString(),
        "no dictionary",
        "a dictionary of weights, or with a network in it",
        "name a file of weights");
  }

  /**
   * The same of a plain pickle that was read already.
   *
   * @param name for messages
   * @param bytes a gigabyte at most
   */
  public static PickleDict read(Path name, byte[] bytes) {
    if (pickle(Bytes.of(name, bytes)) instanceof PickleDict dict) {
      return dict;
    }
    throw new InputException(
        name.toString(), "a pickle of no dictionary", "a dictionary", "copy the file again");
  }

  private static Object pickle(Bytes file) {
    Calls calls = Calls.of(file.path());
    return new PickleMachine(file, id -> StorageId.of(null, file.path()), calls).run();
  }

  private static Object root(Bytes file) {
    if (file.beginWith("PK\003\004")) {
      return TorchZip.read(file);
    }
    Object value = pickle(file);
    return LegacyTorch.MAGIC.equals(value) ? LegacyTorch.read(file) : value;
  }
}
