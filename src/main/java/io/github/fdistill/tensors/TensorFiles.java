package io.github.fdistill.tensors;

import java.nio.file.Path;
import java.util.function.Function;

/** Reads safetensors, whole or in several files, and others in several files. */
public final class TensorFiles {
  private TensorFiles() {}

  /**
   * The tensors of a {@code .safetensors} file, or of an index of several ({@code .index.json}).
   * Their numbers stay in the files.
   *
   * @throws io.github.fdistill.InputException when a file is absent or damaged
   */
  public static TensorSet safetensors(Path path) {
    return path.toString().endsWith(".json")
        ? sharded(path, Safetensors::read)
        : Safetensors.read(path);
  }

  /**
   * The tensors of files that an index ({@code .index.json}) names, each of which is read so.
   *
   * @throws io.github.fdistill.InputException when a file is absent, or holds not just what the
   *     index says
   */
  public static TensorSet sharded(Path index, Function<Path, TensorSet> reader) {
    return ShardedTensors.read(index, reader);
  }
}
