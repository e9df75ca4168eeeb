package io.github.fdistill.pickle;

import io.github.fdistill.tensors.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An array of bytes as NumPy pickles it, in C order: its shape, and where its bytes lie.
 *
 * @param shape of one axis or several
 * @param bytes as many as the shape says
 */
public record PickleArray(List<Long> shape, Bytes bytes) {
  private static final Set<Name> MAKERS =
      Set.of(
          new Name("numpy.core.multiarray", "_reconstruct"),
          new Name("numpy._core.multiarray", "_reconstruct"));
  private static final Name TYPE = new Name("numpy", "dtype");

  /** What a state holds: version, shape, type, whether in Fortran's order, bytes. */
  private static final int PARTS = 5;

  /** The array that a value is; nothing of any other value, or of other numbers. */
  public static Optional<PickleArray> of(Object value) {
    boolean array = value instanceof Made made && MAKERS.contains(made.by());
    if (!array || !(((Made) value).given() instanceof PickleList state)) {
      return Optional.empty();
    }
    List<Object> parts = state.items();
    boolean plain =
        parts.size() == PARTS
            && parts.get(1) instanceof PickleList
            && ofBytes(parts.get(2))
            && Boolean.FALSE.equals(parts.get(3))
            && parts.get(4) instanceof Bytes;
    if (!plain) {
      return Optional.empty();
    }
    Bytes bytes = (Bytes) parts.get(4);
    List<Object> shape = ((PickleList) parts.get(1)).items();
    long size = 1;
    for (Object axis : shape) {
      if (!(axis instanceof Long length) || length < 0 || length > bytes.size()) {
        return Optional.empty();
      }
      size = Math.multiplyHigh(size, length) == 0 ? size * length : -1;
    }
    return size == bytes.size()
        ? Optional.of(new PickleArray(shape.stream().map(Long.class::cast).toList(), bytes))
        : Optional.empty();
  }

  private static boolean ofBytes(Object type) {
    return type instanceof Made made && made.by().equals(TYPE) && "u1".equals(text(made.first()));
  }

  private static String text(Object value) {
    return value instanceof Bytes bytes && bytes.size() < PARTS
        ? new String(bytes.array(0, (int) bytes.size()), StandardCharsets.US_ASCII)
        : String.valueOf(value);
  }
}
