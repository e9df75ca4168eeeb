package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.graph.DataTypes;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleEntry;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * What a SavedModel's checkpoint holds, by key: read and checked before TensorFlow opens it, so
 * that nothing in it makes TensorFlow reserve or read more than there is.
 *
 * @param prefix of the checkpoint's files
 * @param tensors by key, in order
 */
public record CheckpointIndex(Path prefix, Map<String, Stored> tensors) {
  static final long MOST_BYTES = FileKind.CHECKPOINT_INDEX.mostBytes();
  static final int MOST_SHARDS = 10_000;

  /** How many keys a message names. */
  private static final int NAMED = 5;

  /**
   * A tensor in the checkpoint.
   *
   * @param sliced saved in parts, which have keys of their own
   * @param file that holds its bytes, from the offset on
   * @param checksum of them
   */
  public record Stored(
      DataType type,
      Shape shape,
      long bytes,
      boolean sliced,
      Path file,
      long offset,
      int checksum) {

    /** Whether it is one float32 tensor of this shape. */
    public boolean fits(Shape wanted) {
      return !sliced && type == DataType.DT_FLOAT && shape.equals(wanted);
    }

    /** Opens it, where it is one tensor of floating-point numbers; the caller closes it. */
    public TensorReader open() throws IOException {
      return new TensorReader(this);
    }
  }

  /**
   * Reads {@code variables/variables.index} of a SavedModel.
   *
   * @throws InputException when it is missing, too large or damaged, or says more than the data
   *     files hold
   */
  static CheckpointIndex read(Path folder) {
    return read(folder, folder.resolve("variables").resolve("variables"));
  }

  /**
   * Reads {@code PREFIX.index}.
   *
   * @param folder that no file may lie outside of
   * @param prefix of the checkpoint's files, in the folder
   * @throws InputException when it is missing, too large or damaged, or says more than the data
   *     files hold
   */
  public static CheckpointIndex read(Path folder, Path prefix) {
    Path file = file(folder, prefix, ".index");
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file.toString(),
          "no such file",
          "the checkpoint of the model's variables",
          "copy the whole folder " + folder + ", variables/ included");
    }
    try {
      long size = Files.size(file);
      if (size > MOST_BYTES) {
        throw new IllegalArgumentException("it has " + size + " bytes");
      }
      Map<String, byte[]> entries =
          IndexTable.read(RegularFile.bytes(file, FileKind.CHECKPOINT_INDEX));
      return new CheckpointIndex(prefix, tensors(folder, prefix, entries));
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e, () -> damaged(file, e));
    } catch (IllegalArgumentException e) {
      throw damaged(file, e);
    }
  }

  private static Path file(Path folder, Path prefix, String end) {
    Path inside = folder.relativize(prefix.resolveSibling(prefix.getFileName() + end));
    return ModelFolder.file(folder, inside.toString());
  }

  private static InputException damaged(Path file, Exception cause) {
    return new InputException(
        file.toString(),
        "the variables cannot be read: " + DiskRefusal.reason(cause),
        "the index of a whole checkpoint, of at most "
            + (MOST_BYTES >> 20)
            + " MiB and "
            + IndexTable.MOST_ENTRIES
            + " entries",
        "export or copy the model again",
        cause);
  }

  private static Map<String, Stored> tensors(Path folder, Path prefix, Map<String, byte[]> entries)
      throws IOException {
    byte[] first = entries.remove("");
    require(first != null, "it has no header");
    BundleHeader header = BundleHeader.parseFrom(first);
    int shards = header.getNumShards();
    require(shards >= 1 && shards <= MOST_SHARDS, "it says that there are " + shards + " files");
    require(header.getEndianness() == 0, "it was written big-endian");
    DataFile[] files = new DataFile[shards];
    Map<String, Stored> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      BundleEntry stored = BundleEntry.parseFrom(entry.getValue());
      int shard = stored.getShardId();
      require(shard >= 0 && shard < shards, entry.getKey() + " is in file " + shard);
      if (files[shard] == null) {
        String end = String.format(Locale.ROOT, ".data-%05d-of-%05d", shard, shards);
        files[shard] = DataFile.of(file(folder, prefix, end));
      }
      tensors.put(entry.getKey(), stored(entry.getKey(), stored, files[shard]));
    }
    return tensors;
  }

  private record DataFile(Path path, long size) {
    static DataFile of(Path path) throws IOException {
      require(Files.isRegularFile(path), "there is no file " + path.getFileName());
      return new DataFile(path, Files.size(path));
    }
  }

  private static Stored stored(String key, BundleEntry entry, DataFile file) {
    long end = entry.getOffset() + entry.getSize();
    boolean inside =
        entry.getOffset() >= 0 && entry.getSize() >= 0 && end >= 0 && end <= file.size();
    require(inside, key + " ends at " + end + " of a data file of " + file.size() + " bytes");
    DataType type = DataType.forNumber(entry.getDtype());
    require(type != null, key + " is of the unknown type " + entry.getDtype());
    long[] dims = entry.getShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray();
    boolean sliced = entry.getSlicesCount() > 0;
    OptionalInt width = DataTypes.width(type);
    if (width.isPresent() && !sliced) {
      long bytes = bytes(dims, width.getAsInt());
      require(
          bytes == entry.getSize(),
          key + " has " + entry.getSize() + " bytes, and the shape " + Shape.of(dims));
    }
    return new Stored(
        type,
        Shape.of(dims),
        entry.getSize(),
        sliced,
        file.path(),
        entry.getOffset(),
        entry.getCrc32C());
  }

  /** Their product; -1 where that is none. */
  private static long bytes(long[] dims, long width) {
    long bytes = width;
    for (long dim : dims) {
      if (dim < 0 || (dim > 0 && bytes > Long.MAX_VALUE / dim)) {
        return -1;
      }
      bytes *= dim;
    }
    return bytes;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** A tensor or a part of one; null where there is none. */
  Stored at(SavedKey saved) {
    return tensors.get(saved.slice().isEmpty() ? saved.name() : SliceKey.of(saved));
  }

  /**
   * The tensor of a variable.
   *
   * @param saved where it is
   * @param type that the graph declares, of floating-point numbers
   * @throws InputException when the checkpoint has none, or not as one tensor of that type and
   *     shape
   */
  Stored fitting(SavedKey saved, String variable, DataType type, Shape shape) {
    String where = prefix + ", variable " + variable;
    String key = saved.name();
    Stored stored = at(saved);
    if (stored == null) {
      throw new InputException(
          where,
          "the variables cannot be read: the checkpoint has no '"
              + key
              + (saved.slice().isEmpty() ? "" : "', part '" + saved.slice())
              + "'; it has "
              + like(key),
          "a value for every variable of the graph",
          "export the model again, graph and variables together; a model of Keras with"
              + " model.export(path)");
    }
    if (stored.sliced() || stored.type() != type) {
      throw new InputException(
          where,
          stored.sliced() ? "its value is saved in parts" : "its saved value is " + stored.type(),
          "one tensor of the type " + type + ", which the graph declares",
          "export the model again, graph and variables together");
    }
    if (!stored.shape().equals(shape)) {
      throw new InputException(
          where,
          "its saved value has shape " + stored.shape(),
          "shape " + shape + ", which the graph declares",
          "export the model again, graph and variables together");
    }
    return stored;
  }

  /** Keys that end as this one does, or else the first ones. */
  private String like(String key) {
    String end = key.substring(key.lastIndexOf('/') + 1);
    List<String> names = tensors.keySet().stream().filter(k -> !k.startsWith("\0")).toList();
    List<String> alike = names.stream().filter(k -> k.contains(end)).toList();
    List<String> named = alike.isEmpty() ? names : alike;
    String more = named.size() > NAMED ? " and " + (named.size() - NAMED) + " more" : "";
    return named.stream().limit(NAMED).toList() + more;
  }
}
