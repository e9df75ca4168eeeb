package io.github.fdistill.imports;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How the parts that stand beside a network are read, and who hears of it.
 *
 * @param variant of the weights that is asked for, which a part need not have
 * @param files is told those that are read
 * @param notes is told what a user should know
 */
record PartReading(Optional<String> variant, Consumer<Path> files, Consumer<String> notes) {
  static final String CONFIG = "config.json";

  /** The weights of a model of the library diffusers, such as an autoencoder. */
  Tensors weights(Path part) {
    Optional<String> asked = WeightFiles.variantOf(part, variant, notes);
    return read(part, asked, WeightFiles.in(part, asked));
  }

  /** The weights of a model of the library transformers, such as a text encoder. */
  Tensors weightsOfTexts(Path part) {
    Optional<String> asked = WeightFiles.variantOf(part, variant, notes);
    return read(part, asked, WeightFiles.ofTexts(part, asked));
  }

  private Tensors read(Path part, Optional<String> asked, WeightFiles found) {
    if (!found.variant().equals(asked.orElse(""))) {
      note(part, "weights of the variant " + found.variant());
    }
    Tensors tensors = WeightFiles.read(found.path());
    tensors.addFile(part.resolve(CONFIG));
    tensors.files().forEach(files);
    return tensors;
  }

  /** Tells of settings that are none of these. */
  void noteUnknown(Path part, Settings settings, Set<String> known) {
    settings.unknown(known).ifPresent(unknown -> note(part, unknown));
  }

  private void note(Path part, String text) {
    notes.accept(part.getFileName() + ": " + text);
  }
}
