package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Folders;
import io.github.fdistill.tensors.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of torch.save: a zip with the pickle in {@code ROOT/data.pkl} and a storage in each {@code
 * ROOT/data/KEY}.
 */
final class TorchZip {
  private static final String PICKLE = "/data.pkl";

  private final Bytes file;
  private final Map<String, Bytes> entries;
  private final String root;
  private final Map<String, TorchStorage> storages = new HashMap<>();

  private TorchZip(Bytes file) {
    this.file = file;
    this.entries = ZipEntries.of(file);
    List<String> pickles = entries.keySet().stream().filter(name -> name.endsWith(PICKLE)).toList();
    if (pickles.size() != 1) {
      throw wrong(pickles.size() + " entries data.pkl", "one, as torch.save writes it");
    }
    String pickle = pickles.get(0);
    root = pickle.substring(0, pickle.length() - PICKLE.length());
  }

  static Object read(Bytes file) {
    return new TorchZip(file).read();
  }

  private Object read() {
    Bytes order = entries.get(root + "/byteorder");
    if (order != null && !text(order).equals("little")) {
      throw wrong("numbers in the byte order '" + text(order) + "'", "little-endian numbers");
    }
    Calls calls = Calls.of(file.path());
    return new PickleMachine(entries.get(root + PICKLE), this::storage, calls).run();
  }

  private static String text(Bytes bytes) {
    int count = (int) Math.min(16, bytes.size());
    return new String(bytes.array(0, count), StandardCharsets.ISO_8859_1).strip();
  }

  private TorchStorage storage(Object value) {
    StorageId id = StorageId.of(value, file.path());
    return storages.computeIfAbsent(id.key(), key -> storage(id));
  }

  private TorchStorage storage(StorageId id) {
    Bytes bytes = Folders.isPlainName(id.key()) ? entries.get(root + "/data/" + id.key()) : null;
    TorchStorage storage = new TorchStorage(id.type(), id.count());
    if (bytes == null || !storage.takes(bytes.size())) {
      throw wrong(
          "storage " + id.key() + ": " + (bytes == null ? "no entry" : bytes.size() + " bytes"),
          id.count() + " numbers of type " + id.type());
    }
    storage.bytes(bytes);
    return storage;
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        file.path().toString(),
        found,
        needed,
        "the file is damaged, or no file of weights: download or copy it again");
  }
}
