package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A stream of torch.save as it was before it wrote zips, and as each storage within a pickle is: a
 * magic number, the number of the protocol, what machine it was, the object, and the keys of its
 * storages, each a pickle; then the storages, how many numbers and the numbers.
 */
final class LegacyTorch {
  static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  private final Bytes stream;
  private final Calls calls;
  private final Map<String, TorchStorage> storages = new LinkedHashMap<>();
  private long at;

  private LegacyTorch(Bytes stream, Calls calls) {
    this.stream = stream;
    this.calls = calls;
  }

  /** The object of a stream. */
  static Object read(Bytes stream) {
    return new LegacyTorch(stream, Calls.of(stream.path())).read();
  }

  /**
   * The storage that a stream within a pickle holds.
   *
   * @param spent what the file has taken so far
   */
  static TorchStorage storage(Bytes stream, Spent spent) {
    // One level: a storage's own stream has no further one in it.
    Calls calls =
        new Calls(
            stream.path(),
            spent,
            inner -> {
              throw noStorage(inner, "a storage within a storage");
            });
    Object object = new LegacyTorch(stream, calls).read();
    if (object instanceof TorchStorage storage) {
      return storage;
    }
    throw noStorage(stream, "a storage that is none");
  }

  private static InputException noStorage(Bytes stream, String found) {
    return new InputException(
        stream.path().toString(),
        "in a pickle: " + found,
        "storages of numbers",
        "the file is damaged: download or copy it again");
  }

  private Object read() {
    if (!MAGIC.equals(pickle())) {
      throw wrong("another magic number than torch.save's", "a file of torch.save");
    }
    if (!Long.valueOf(PROTOCOL).equals(pickle())) {
      throw wrong("another protocol of torch.save", "protocol " + PROTOCOL);
    }
    Object system = pickle();
    if (!(system instanceof PickleDict dict) || !Boolean.TRUE.equals(dict.get("little_endian"))) {
      throw wrong("numbers that are not said to be little-endian", "little-endian numbers");
    }
    Object object = pickle();
    if (!(pickle() instanceof PickleList keys)) {
      throw wrong("no list of storages", "the keys of the storages");
    }
    keys.items().forEach(this::readStorage);
    storages.forEach(
        (key, storage) -> {
          if (!storage.isThere()) {
            throw wrong("no numbers of storage " + key, "numbers of each storage");
          }
        });
    return object;
  }

  private Object pickle() {
    PickleMachine machine =
        new PickleMachine(stream.slice(at, stream.size() - at), this::storageOf, calls);
    Object value = machine.run();
    at += machine.end();
    return value;
  }

  private TorchStorage storageOf(Object id) {
    StorageId storage = StorageId.of(id, stream.path());
    return storages.computeIfAbsent(
        storage.key(), key -> new TorchStorage(storage.type(), storage.count()));
  }

  private void readStorage(Object key) {
    TorchStorage storage = key instanceof String ? storages.get(key) : null;
    if (storage == null || storage.isThere()) {
      throw wrong("numbers of a storage that no tensor has", "one storage for each key");
    }
    long left = stream.size() - at - Long.BYTES;
    long count = left < 0 ? -1 : stream.longAt(at);
    boolean fits = count == storage.count() && count >= 0 && count <= left / storage.type().bytes();
    if (!fits) {
      throw wrong(
          "a storage of " + storage.count() + " numbers with " + count + " in " + left + " bytes",
          "as many numbers as it says, within the file");
    }
    long size = count * storage.type().bytes();
    storage.bytes(stream.slice(at + Long.BYTES, size));
    at += Long.BYTES + size;
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        stream.path().toString(),
        "in a stream of torch.save: " + found,
        needed,
        "the file is damaged, or no file of weights: download or copy it again");
  }
}
