package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An array of images as NumPy stores it.
 *
 * @param shape [N,H,W,C], or [N,C,H,W]
 * @param channelsFirst whether it is the latter
 * @param toldFirst whether it is so because it was told
 * @param toldLast whether it is the former because it was told
 * @param levels which numbers are black and white; none of data units, and of bytes
 */
record NpyArray(
    NpyHeader header,
    NpyValues values,
    NpyType type,
    long[] shape,
    boolean channelsFirst,
    boolean toldFirst,
    boolean toldLast,
    Optional<LevelRange> levels) {

  /**
   * @param remedy for an array that cannot be read so
   * @throws InputException if it is none of images, or more has to be said of it
   */
  static NpyArray of(NpyHeader header, NpyValues values, PictureReading reading, PackRemedy remedy)
      throws IOException {
    NpyType type = NpyType.of(header);
    long[] shape = NpyShape.images(header, type, values.length());
    boolean channelsFirst =
        reading
            .layout()
            .map(Layout.NCHW::equals)
            .orElseGet(() -> NpyShape.channelsFirst(header, type, shape));
    boolean said = reading.layout().isPresent();
    boolean latents =
        channelsFirst && type.isFloat() && Images.areLatents(shape[2], shape[3], shape[1]);
    if (!reading.convert() && (channelsFirst && !latents && !said || header.fortran())) {
      throw new InputException(
          header.path().toString(),
          header.fortran() ? "values in Fortran order" : "an array with the channels first",
          header.fortran() ? "values in C order" : "[N,H,W,C]",
          remedy.ofOrder());
    }
    NpyArray array =
        new NpyArray(
            header,
            values,
            type,
            shape,
            channelsFirst,
            said && channelsFirst,
            said && !channelsFirst,
            reading.levels());
    if (reading.levels().isEmpty() && !type.isFloat() && !type.equals(NpyType.UINT8)) {
      LevelRange range = array.likely();
      throw new InputException(
          header.path().toString(),
          "numbers of type '" + header.type() + "'",
          "floats from -1 to 1, or uint8",
          "say which are black and white, such as " + range + ": " + remedy.ofLevels(range));
    }
    return array;
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
    return (int) shape[channelsFirst ? 1 : 3];
  }

  /** Whether the numbers are meant to be data units as they are. */
  boolean isOfDataUnits() {
    return type.isFloat() && levels.isEmpty();
  }

  /** What was told of it, where without that it would be read in another way, or not at all. */
  String readAs() {
    String range = levels.map(each -> " levels " + each).orElse("");
    return (toldLast ? " NHWC" : "") + range;
  }

  private int valuesPerImage() {
    return height() * width() * channels();
  }

  /** Copies an image in data units, [H,W,C]. */
  void copy(long index, float[] into, int to) {
    int length = valuesPerImage();
    ByteBuffer bytes = image(index);
    if (type.equals(NpyType.UINT8) && levels.isEmpty() && !channelsFirst) {
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

  private float dataUnits(double value) {
    if (levels.isPresent()) {
      return levels.get().dataUnits(value);
    }
    return type.isFloat() ? (float) value : (float) value / 127.5f - 1;
  }

  /** Where value i of [H,W,C] is stored in the image. */
  private int from(int i) {
    if (!channelsFirst) {
      return i;
    }
    return i % channels() * height() * width() + i / channels();
  }

  /** The bytes of an image in C order. */
  private ByteBuffer image(long index) {
    int length = valuesPerImage();
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
      for (int i = 0; i < valuesPerImage(); i++) {
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
