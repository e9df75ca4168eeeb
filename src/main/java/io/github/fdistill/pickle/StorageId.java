package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.NumberType;
import java.nio.file.Path;
import java.util.List;

/**
 * What a pickle says of a storage that lies outside of it: ("storage", type, key, location, count),
 * and what it is a view of, which must be nothing.
 */
record StorageId(NumberType type, String key, long count) {

  /**
   * @throws InputException when it is none
   */
  static StorageId of(Object id, Path file) {
    List<Object> parts = id instanceof PickleList list ? list.items() : List.of();
    boolean plain =
        (parts.size() == 5 || parts.size() == 6 && parts.get(5) == null)
            && "storage".equals(parts.get(0))
            && parts.get(1) instanceof Name
            && parts.get(2) instanceof String
            && parts.get(4) instanceof Long;
    NumberType type = plain ? KnownNames.storage((Name) parts.get(1)).orElse(null) : null;
    if (type == null) {
      throw new InputException(
          file.toString(),
          "in a pickle: something outside of it that is no storage of numbers",
          "storages as torch.save writes them",
          "save the weights again, as safetensors or with torch.save(model.state_dict(), FILE)");
    }
    return new StorageId(type, (String) parts.get(2), (Long) parts.get(4));
  }
}
