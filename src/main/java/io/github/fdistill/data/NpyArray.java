package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;

/**
 * An array of images as NumPy stores it.
 *
 * @param shape [N,H,W,C], or [N,C,H,W]
 * @param channelsFirst whether it is the latter
 * @param toldFirst whether it is so because it was told
 * @param toldLast whether it is the former because it was told
 * @param levels which numbers are black and white; none of data units, and of bytes
 * @param alpha of pictures that have it
 */
record NpyArray(
    NpyHeader header,
    NpyValues values,
    NpyType type,
    long[] shape,
    boolean channelsFirst,
    boolean toldFirst,
    boolean toldLast,
    Optional<LevelRange> levels,
    Optional<NpyAlpha> alpha) {

  /**
   * @param remedy for an array that cannot be read so
   * @throws InputException if it is none of images, or more has to be said of it
   */
  static NpyArray of(NpyHeader header, NpyValues values, PictureReading reading, PackRemedy remedy)
      throws IOException {
    NpyType type = NpyType.of(header);
    long[] shape = NpyShape.images(header, type, values.length());
    requireChannels(header, reading);
    boolean channelsFirst =
        reading
            .layout()
            .map(Layout.NCHW::equals)
            .orElseGet(() -> NpyShape.channelsFirst(header, type, shape));
    boolean said = reading.layout().isPresent();
    boolean latents =
        channelsFirst && type.isFloat() && Images.areLatents(shape[2], shape[3], shape[1]);
    NpyArray array =
        new NpyArray(
            header,
            values,
            type,
            shape,
            channelsFirst,
            said && channelsFirst,
            said && !channelsFirst,
            reading.levels(),
            Optional.empty());
    boolean placed = latents || said;
    if (!NpyAlpha.isIn(type, array.height(), array.width(), array.storedChannels())) {
      array.require(reading, placed, remedy);
      return array;
    }
    NpyAlpha alpha = new NpyAlpha(array.storedChannels(), reading.background());
    array.requireSeen(alpha, reading, placed, remedy);
    return array.with(reading.levels(), Optional.of(alpha));
  }

  /** Of grey images without an axis of channels, none is the first. */
  private static void requireChannels(NpyHeader header, PictureReading reading) {
    if (header.shape().length == 3 && reading.layout().equals(Optional.of(Layout.NCHW))) {
      throw new InputException(
          header.path().toString(),
          "[N,H,W], grey images, told to be NCHW",
          "[N,C,H,W] for that layout",
          "leave the layout out: which is the height of an image, and which the width, is known");
    }
  }

  private NpyArray with(Optional<LevelRange> range, Optional<NpyAlpha> found) {
    return new NpyArray(
        header, values, type, shape, channelsFirst, toldFirst, toldLast, range, found);
  }

  /** Refuses transparent pictures of which nothing is said, with all else that is to be said. */
  private void requireSeen(
      NpyAlpha found, PictureReading reading, boolean placed, PackRemedy remedy) {
    boolean transparent = found.background().isEmpty() && isTransparent(found);
    PackRemedy all =
        transparent ? remedy.on(Optional.of(Background.WHITE)) : remedy.on(found.background());
    require(reading, placed, all);
    if (transparent) {
      throw new InputException(
          header.path().toString(),
          "transparent pictures (of " + found.channels() + " channels the last is alpha)",
          PictureNeed.TRANSPARENT.needed,
          remedy.of(EnumSet.of(PictureNeed.TRANSPARENT)));
    }
  }

  /** By the levels that are told, or else most likely. */
  private boolean isTransparent(NpyAlpha found) {
    NpyArray seen = needsLevels() ? with(Optional.of(likely()), alpha) : this;
    float[] image = new float[storedValues()];
    for (long index = 0; index < count(); index++) {
      seen.copyStored(index, image, 0);
      if (found.isTransparent(image)) {
        return true;
      }
    }
    return false;
  }

  /** Whether whole numbers do for them: they are too coarse for points and latents. */
  private boolean arePictures() {
    boolean hasAlpha = NpyAlpha.isIn(type, height(), width(), storedChannels());
    return hasAlpha || height() * width() > 1 && Images.areOf(storedChannels());
  }

  /** Whether it is to be said which numbers are black and white. */
  private boolean needsLevels() {
    return levels.isEmpty() && !type.isFloat() && !type.equals(NpyType.UINT8);
  }

  /**
   * Refuses an array of which more is to be said.
   *
   * @param placed whether it is known where the channels are
   */
  private void require(PictureReading reading, boolean placed, PackRemedy remedy) {
    boolean latents = Images.areLatents(height(), width(), storedChannels());
    if ((needsLevels() || type.equals(NpyType.UINT8) && latents) && !arePictures()) {
      throw new InputException(
          header.path().toString(),
          "numbers of type '" + header.type() + "'",
          "float32: these are no pictures",
          "save them again as numbers of type float32, in C order");
    }
    if (!reading.convert() && (channelsFirst && !placed || header.fortran())) {
      throw new InputException(
          header.path().toString(),
          header.fortran() ? "values in Fortran order" : "an array with the channels first",
          header.fortran() ? "values in C order" : "[N,H,W,C]",
          arePictures()
              ? (needsLevels() ? remedy.in(likely()) : remedy).ofOrder()
              : "say convert: true in a config's dataset, or save them again "
                  + (header.fortran() ? "in C order" : "with the channels last"));
    }
    if (needsLevels()) {
      LevelRange range = likely();
      throw new InputException(
          header.path().toString(),
          "numbers of type '" + header.type() + "'",
          "floats from -1 to 1, or uint8",
          "say which are black and white, such as " + range + ": " + remedy.ofLevels(range));
    }
  }

  Path path() {
    return header.path();
  }

  long count() {
    return shape[0];
  }

  int height() {
    return (int) shape[channelsFirst ? 2 : 1];
  }

  int width() {
    return (int) shape[channelsFirst ? 3 : 2];
  }

  int channels() {
    return alpha.map(NpyAlpha::made).orElseGet(this::storedChannels);
  }

  private int storedChannels() {
    return (int) shape[channelsFirst ? 1 : 3];
  }

  /** Whether it may hold what is no finite number. */
  boolean isFloat() {
    return type.isFloat();
  }

  /** Whether its bytes are levels, from 0 for black to 255 for white. */
  boolean isOfLevels() {
    return type.equals(NpyType.UINT8) && levels.isEmpty();
  }

  /** What was told of it, where without that it would be read in another way, or not at all. */
  String readAs() {
    String range = levels.map(each -> " levels " + each).orElse("");
    String on =
        alpha.flatMap(NpyAlpha::background).map(colour -> " background " + colour).orElse("");
    return (toldLast ? " NHWC" : "") + range + on;
  }

  private int storedValues() {
    return height() * width() * storedChannels();
  }

  /** Copies an image in data units, [H,W,C]. */
  void copy(long index, float[] into, int to) {
    if (alpha.isEmpty()) {
      copyStored(index, into, to);
      return;
    }
    float[] image = new float[storedValues()];
    copyStored(index, image, 0);
    alpha.get().lay(image, into, to);
  }

  private void copyStored(long index, float[] into, int to) {
    int length = storedValues();
    ByteBuffer bytes = image(index);
    if (isOfLevels() && !channelsFirst) {
      Images.toDataUnits(bytes.array(), 0, length, into, to);
    } else if (type.kind() == 'f' && type.bytes() == Float.BYTES && isPlain()) {
      bytes.rewind().order(type.order()).asFloatBuffer().get(into, to, length);
    } else {
      for (int i = 0; i < length; i++) {
        into[to + i] = dataUnits(type.at(bytes, from(i)));
      }
    }
  }

  private boolean isPlain() {
    return levels.isEmpty() && !channelsFirst;
  }

  /** What is no finite number is neither black nor white, and stays what it is. */
  private float dataUnits(double value) {
    if (levels.isPresent() && Double.isFinite(value)) {
      return levels.get().dataUnits(value);
    }
    return type.isFloat() ? (float) value : (float) value / 127.5f - 1;
  }

  /** Where value i of [H,W,C] is stored in the image. */
  private int from(int i) {
    if (!channelsFirst) {
      return i;
    }
    return i % storedChannels() * height() * width() + i / storedChannels();
  }

  /** The bytes of an image in C order. */
  private ByteBuffer image(long index) {
    int length = storedValues();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(length, type.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (!header.fortran()) {
      values.read(bytes, header.offset() + index * bytes.capacity());
      return bytes;
    }
    ByteBuffer one = ByteBuffer.allocate(type.bytes());
    for (int i = 0; i < length; i++) {
      values.read(one.clear(), header.offset() + fortran(index, i) * type.bytes());
      bytes.put(i * type.bytes(), one.array());
    }
    return bytes;
  }

  /** Where value i, in C order, of an image is stored in an array in Fortran's order. */
  private long fortran(long index, int i) {
    long third = shape[3];
    long a = i / (shape[2] * third);
    long b = i / third % shape[2];
    long c = i % third;
    return index + shape[0] * (a + shape[1] * (b + shape[2] * c));
  }

  /** What black and white most likely are, from what there is. */
  private LevelRange likely() {
    double least = 0;
    double greatest = 0;
    for (long index = 0; index < count(); index++) {
      ByteBuffer bytes = image(index);
      for (int i = 0; i < storedValues(); i++) {
        least = Math.min(least, type.at(bytes, i));
        greatest = Math.max(greatest, type.at(bytes, i));
      }
    }
    boolean isBool = type.kind() == 'b';
    if (least >= 0 && greatest <= 255 && !(type.kind() == 'u' && type.bytes() == 2)) {
      return new LevelRange(0, isBool ? 1 : 255);
    }
    return type.bytes() <= 2 ? type.usual() : LevelRange.of(least, greatest);
  }
}
