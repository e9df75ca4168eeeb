package io.github.fdistill.imports;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.network.LatentUnits;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A model of others, understood.
 *
 * @param kind what it is, in a few words
 * @param network its description
 * @param learntNoClass whether it was trained with "no class" beside its classes, where it has some
 * @param tensors its weights
 * @param names which of them each parameter is
 * @param classNames in order; may be empty
 * @param licence what its files say of their use, or what is known of such models; may be empty
 * @param notes what a user should know
 * @param units of its latents, where they are others than an autoencoder's own; asked for where one
 *     is to stand around it, and refused then where they are not known
 */
record Foreign(
    String kind,
    NetworkConfig network,
    boolean learntNoClass,
    Tensors tensors,
    Names names,
    List<String> classNames,
    String licence,
    List<String> notes,
    Supplier<Optional<LatentUnits>> units) {

  /** Of pictures, or of latents as the autoencoder has them. */
  Foreign(
      String kind,
      NetworkConfig network,
      boolean learntNoClass,
      Tensors tensors,
      Names names,
      List<String> classNames,
      String licence,
      List<String> notes) {
    this(kind, network, learntNoClass, tensors, names, classNames, licence, notes, Optional::empty);
  }
}
