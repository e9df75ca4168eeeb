package io.github.fdistill.tensors;

import java.nio.file.Path;

/** Reads safetensors, whole or in several files. */
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
        ? ShardedSafetensors.read(path)
        : Safetensors.read(path);
  }
}
