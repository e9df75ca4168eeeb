package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Layout;
import java.util.EnumSet;
import java.util.Optional;

/**
 * What is done to pictures and arrays that are not as they are to be read. What is not asked for
 * here is refused: a picture is never changed unasked.
 *
 * @param background that transparent pictures, and those of an array, are laid on
 * @param convert whether pictures stored turned are turned, and 16 bits or CMYK made 8 bits of red,
 *     green and blue; and whether arrays with the channels first, or in Fortran's order, are turned
 * @param skipDamaged whether damaged pictures are left out
 * @param levels which numbers of an array are black and white
 * @param layout where an array has its channels; none: where its shape says so
 * @param size that all are brought to, of whatever sizes they are; none: they are of one
 */
public record PictureReading(
    Optional<Background> background,
    boolean convert,
    boolean skipDamaged,
    Optional<LevelRange> levels,
    Optional<Layout> layout,
    Optional<AskedSize> size) {
  /** Pictures as they are, or not at all. */
  public static final PictureReading STRICT = new PictureReading(Optional.empty(), false, false);

  /** Of pictures; arrays are as they are. */
  public PictureReading(Optional<Background> background, boolean convert, boolean skipDamaged) {
    this(background, convert, skipDamaged, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** What of it counts for an array without alpha. */
  PictureReading ofArray() {
    return new PictureReading(Optional.empty(), convert, false, levels, layout, Optional.empty());
  }

  /** What of it counts for pictures. */
  PictureReading ofPictures() {
    return new PictureReading(
        background, convert, skipDamaged, Optional.empty(), Optional.empty(), size);
  }

  PictureReading on(Optional<Background> colour) {
    return new PictureReading(colour, convert, skipDamaged, levels, layout, size);
  }

  PictureReading converting() {
    return new PictureReading(background, true, skipDamaged, levels, layout, size);
  }

  PictureReading skipping() {
    return new PictureReading(background, convert, true, levels, layout, size);
  }

  PictureReading of(LevelRange range) {
    return new PictureReading(background, convert, skipDamaged, Optional.of(range), layout, size);
  }

  /** The size that a picture has when it is read. */
  PictureSize size(Picture picture) {
    PictureSize stored = picture.stored();
    boolean coloured =
        picture.hasAlpha() && background.filter(colour -> !colour.isGrey()).isPresent();
    return picture
        .orientation()
        .upright(coloured ? new PictureSize(stored.height(), stored.width(), 3) : stored);
  }

  /** What is to be asked for before a picture can be read, as far as its header tells. */
  EnumSet<PictureNeed> lacks(Picture picture) {
    return convert ? EnumSet.noneOf(PictureNeed.class) : picture.needs();
  }

  /**
   * Decodes a picture.
   *
   * @param remedy for what is to be asked for
   * @return the levels, [height, width, channels] of {@link #size}
   * @throws InputException if it is damaged, or more is to be asked for
   */
  byte[] levels(Picture picture, PackRemedy remedy) {
    for (PictureNeed need : lacks(picture)) {
      throw refused(picture, need, remedy);
    }
    Pixels pixels = picture.pixels();
    boolean transparent = pixels.isTransparent();
    if (transparent && background.isEmpty()) {
      throw refused(picture, PictureNeed.TRANSPARENT, remedy);
    }
    PictureSize size = size(picture);
    int channels = picture.stored().channels();
    byte[] levels = repeated(pixels.levels(), size.channels() / channels);
    if (transparent) {
      levels =
          background.orElseThrow().under(levels, size.channels(), pixels.alpha().orElseThrow());
    }
    PictureSize stored = picture.stored();
    return picture
        .orientation()
        .upright(levels, new PictureSize(stored.height(), stored.width(), size.channels()));
  }

  private static byte[] repeated(byte[] levels, int times) {
    if (times == 1) {
      return levels;
    }
    byte[] repeated = new byte[levels.length * times];
    for (int i = 0; i < repeated.length; i++) {
      repeated[i] = levels[i / times];
    }
    return repeated;
  }

  private static InputException refused(Picture picture, PictureNeed need, PackRemedy remedy) {
    String found =
        need == PictureNeed.TURNED
            ? need.one() + " (EXIF orientation " + picture.orientation().number() + ")"
            : need.one();
    return new InputException(picture.where(), found, need.needed, remedy.of(EnumSet.of(need)));
  }
}
