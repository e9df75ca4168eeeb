package io.github.fdistill.data;

import io.github.fdistill.files.ShellWord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;

/**
 * The command that makes an array of a set that cannot be read as it is; the set stays as it is.
 *
 * @param set a folder or a file
 * @param part of the set that is written
 * @param reading what was asked for already
 */
record PackRemedy(Path set, Split part, PictureReading reading) {
  /** Of a set without parts. */
  PackRemedy(Path set, PictureReading reading) {
    this(set, Split.TRAIN, reading);
  }

  /** For pictures that need this. */
  String of(EnumSet<PictureNeed> needs) {
    return of(needs, Optional.empty());
  }

  /**
   * For pictures that need this.
   *
   * @param size that all are given
   */
  String of(EnumSet<PictureNeed> needs, Optional<PictureSize> size) {
    return "write them as one array, which changes none of them: " + command(needs, size);
  }

  /** The command alone. */
  String command(EnumSet<PictureNeed> needs, Optional<PictureSize> size) {
    StringBuilder flags = new StringBuilder();
    if (needs.contains(PictureNeed.TRANSPARENT) || reading.background().isPresent()) {
      flags.append(" --background ");
      flags.append(reading.background().map(c -> "'" + c + "'").orElse("white"));
    }
    EnumSet<PictureNeed> converted =
        EnumSet.of(PictureNeed.TURNED, PictureNeed.DEEP, PictureNeed.INKS);
    converted.retainAll(needs);
    if (!converted.isEmpty() || reading.convert()) {
      flags.append(" --convert");
    }
    if (reading.skipDamaged()) {
      flags.append(" --skip-damaged");
    }
    reading.levels().ifPresent(range -> flags.append(" --levels ").append(range));
    reading.layout().ifPresent(layout -> flags.append(" --layout ").append(layout));
    reading
        .size()
        .map(AskedSize::toString)
        .or(() -> size.map(PictureSize::text))
        .ifPresent(s -> flags.append(" --resize ").append(s));
    return command(flags.toString());
  }

  /** The same where transparent pictures are laid on a colour. */
  PackRemedy on(Optional<Background> colour) {
    return new PackRemedy(set, part, reading.on(colour));
  }

  /** The same that leaves damaged pictures out. */
  PackRemedy skipping() {
    return new PackRemedy(set, part, reading.skipping());
  }

  /** The same where the numbers of an array are levels of a range. */
  PackRemedy in(LevelRange range) {
    return new PackRemedy(set, part, reading.of(range));
  }

  /** For an array whose numbers are levels of a range. */
  String ofLevels(LevelRange range) {
    return in(range).command(EnumSet.noneOf(PictureNeed.class), Optional.empty());
  }

  /** For an array that is laid out in another order. */
  String ofOrder() {
    return "have it turned: "
        + new PackRemedy(set, part, reading.converting())
            .command(EnumSet.noneOf(PictureNeed.class), Optional.empty());
  }

  /**
   * The command with these flags.
   *
   * @param flags each after a blank
   */
  private String command(String flags) {
    String images = part == Split.TEST ? set + ":test" : set.toString();
    return "./fdistill data " + ShellWord.quoted(images) + flags + " --out " + quoted(free());
  }

  /** A name beside the set that nothing has yet. */
  Path free() {
    Path name = set.toAbsolutePath().normalize().getFileName();
    String base = String.valueOf(name == null ? "images" : name);
    base = base.replaceFirst("(?i)\\.(npy|npz|zip|tar|tar\\.gz|tgz)$", "");
    base += part == Split.TEST ? "-test" : "";
    for (int i = 1; ; i++) {
      Path npy = set.resolveSibling(base + (i == 1 ? "" : "-" + i) + ".npy");
      if (!Files.exists(npy) && NpyFile.beside(npy).stream().noneMatch(Files::exists)) {
        return npy;
      }
    }
  }

  private static String quoted(Path path) {
    return ShellWord.quoted(path.toString());
  }
}
