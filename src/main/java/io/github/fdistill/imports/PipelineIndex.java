package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a pipeline of the library diffusers is made of, as {@code model_index.json} says: of each
 * part its library and its class, [null, null] where there is none; and options of the whole.
 *
 * @param folder of the pipeline
 * @param said nothing where there is no such file
 */
record PipelineIndex(Path folder, Map<String, Object> said) {
  static final String FILE = "model_index.json";
  private static final String QUANTISED = "vqvae";

  static boolean isIn(Path folder) {
    return RegularFile.isThere(folder.resolve(FILE));
  }

  /** That of a folder, which need not have one. */
  static PipelineIndex in(Path folder) {
    return new PipelineIndex(folder, isIn(folder) ? JsonFile.read(folder.resolve(FILE)) : Map.of());
  }

  /**
   * That of the pipeline which a network is of: in its own folder where all lies in one, else
   * around it.
   */
  static PipelineIndex around(Path network) {
    return in(isIn(network) ? network : beside(network, ""));
  }

  /** What has this name beside a network's folder, which may be called "." or "..". */
  static Path beside(Path network, String name) {
    return network.toAbsolutePath().normalize().resolveSibling(name);
  }

  /** Whether there is such a part. */
  boolean names(String part) {
    return said.get(part) != null && !(said.get(part) instanceof List<?> l && l.contains(null));
  }

  /** Those of its parts whose names begin so. */
  Set<String> parts(String beginning) {
    Set<String> parts = new TreeSet<>();
    said.keySet().stream()
        .filter(part -> part.startsWith(beginning) && names(part))
        .forEach(parts::add);
    return parts;
  }

  /**
   * Refuses a pipeline of which such parts are named, and are not there.
   *
   * @throws InputException naming the first of them
   */
  void requireFolders(String beginning) {
    for (String part : parts(beginning)) {
      if (!Files.isDirectory(folder.resolve(part))) {
        throw new InputException(
            folder.toString(),
            "no " + part + "/, which " + FILE + " names",
            "a pipeline, whole",
            "download the whole folder; the folder of its network, unet/, is a model by itself");
      }
    }
  }

  /**
   * Refuses latents of a VQModel, which are other channels than a picture's even where they are 3.
   *
   * @throws InputException when there is such a part
   */
  void refuseQuantised() {
    if (names(QUANTISED)) {
      throw new InputException(
          folder.resolve(FILE) + ", " + QUANTISED,
          String.valueOf(said.get(QUANTISED)),
          "pictures, or latents of an AutoencoderKL or AutoencoderTiny in vae/",
          "take another pipeline: what is drawn here no other part can decode");
    }
  }
}
