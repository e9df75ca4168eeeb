package io.github.fdistill.pickle;

import io.github.fdistill.tensors.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An array of whole numbers as NumPy pickles it, in C order: its shape, and where its bytes lie.
 *
 * @param shape of one axis or several
 * @param type as NumPy calls it, of little-endian numbers: "u1", "i8"
 * @param bytes as many as the shape and the type say
 */
public record PickleArray(List<Long> shape, String type, Bytes bytes) {
  private static final Set<Name> MAKERS =
      Set.of(
          new Name("numpy.core.multiarray", "_reconstruct"),
          new Name("numpy._core.multiarray", "_reconstruct"));
  private static final Name TYPE = new Name("numpy", "dtype");

  /** What a state holds: version, shape, type, whether in Fortran's order, bytes. */
  private static final int PARTS = 5;

  private static final int MOST_AXES = 8;

  /**
   * The array that a value is; nothing of any other value, or of other numbers.
   *
   * @param file for messages
   */
  public static Optional<PickleArray> of(Object value, Path file) {
    if (value instanceof PickleArray array) {
      return Optional.of(array);
    }
    boolean array = value instanceof Made made && MAKERS.contains(made.by());
    if (!array || !(((Made) value).given() instanceof PickleList state)) {
      return Optional.empty();
    }
    List<Object> parts = state.items();
    return parts.size() == PARTS && Boolean.FALSE.equals(parts.get(3))
        ? of(parts.get(1), parts.get(2), parts.get(4), file)
        : Optional.empty();
  }

  /** That of NumPy's {@code _frombuffer}, as protocol 5 has it: (bytes, type, shape, order). */
  static Optional<PickleArray> ofBuffer(List<Object> arguments, Path file) {
    boolean plain = arguments.size() == 4 && "C".equals(arguments.get(3));
    return plain && arguments.get(0) instanceof Bytes // Which are not copied for each call.
        ? of(arguments.get(2), arguments.get(1), arguments.get(0), file)
        : Optional.empty();
  }

  /** That of NumPy's {@code scalar}: (type, bytes), a single number. */
  static Optional<Long> scalar(List<Object> arguments, Path file) {
    boolean small =
        arguments.size() == 2
            && PickleText.of(arguments.get(1)).filter(t -> t.length() <= Long.BYTES).isPresent();
    return small
        ? of(new PickleList(List.of()), arguments.get(0), arguments.get(1), file)
            .map(array -> array.number(0))
        : Optional.empty();
  }

  private static Optional<PickleArray> of(Object shape, Object type, Object bytes, Path file) {
    Optional<String> known = type(type);
    Optional<Bytes> values = PickleText.bytes(bytes, file);
    boolean plain = shape instanceof PickleList list && list.items().size() <= MOST_AXES;
    if (known.isEmpty() || values.isEmpty() || !plain) {
      return Optional.empty();
    }
    long size = width(known.get());
    for (Object axis : ((PickleList) shape).items()) {
      if (!(axis instanceof Long length) || length < 0 || length > values.get().size()) {
        return Optional.empty();
      }
      size = Math.multiplyHigh(size, length) == 0 ? size * length : -1;
    }
    List<Long> axes = ((PickleList) shape).items().stream().map(Long.class::cast).toList();
    return size == values.get().size()
        ? Optional.of(new PickleArray(axes, known.get(), values.get()))
        : Optional.empty();
  }

  /** Of whole numbers, little-endian ones where they have several bytes. */
  private static Optional<String> type(Object type) {
    if (!(type instanceof Made made) || !made.by().equals(TYPE)) {
      return Optional.empty();
    }
    boolean big =
        made.given() instanceof PickleList state
            && state.items().size() > 1
            && PickleText.of(state.items().get(1)).equals(Optional.of(">"));
    return PickleText.of(made.first()).filter(name -> !big && name.matches("[iu][1248]"));
  }

  private static int width(String type) {
    return type.charAt(1) - '0';
  }

  /** The number at an index in C order; one of "u8" above 2^63 - 1 becomes negative. */
  public long number(long index) {
    int width = width(type);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (long) bytes.unsignedByte(index * width + i) << 8 * i;
    }
    int unused = Long.SIZE - 8 * width;
    return type.charAt(0) == 'i' ? value << unused >> unused : value;
  }
}
