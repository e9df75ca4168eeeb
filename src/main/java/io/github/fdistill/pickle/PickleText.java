package io.github.fdistill.pickle;

import io.github.fdistill.tensors.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Texts and byte strings, which Python 2 did not tell apart, and of which Python 3 writes one as
 * the other: {@code b"data"} in protocol 2 as {@code _codecs.encode("data", "latin1")}.
 */
public final class PickleText {
  /** Of a byte string that may be a text. */
  static final int LONGEST = 1 << 10;

  private PickleText() {}

  /** The text that a value is, or that a short byte string is in Latin-1; nothing of others. */
  public static Optional<String> of(Object value) {
    if (value instanceof Bytes bytes && bytes.size() <= LONGEST) {
      byte[] letters = bytes.array(0, (int) bytes.size());
      return Optional.of(new String(letters, StandardCharsets.ISO_8859_1));
    }
    return written(value);
  }

  /** What stands there as a text. */
  private static Optional<String> written(Object value) {
    boolean encoded = value instanceof Made made && made.by().equals(KnownNames.ENCODE);
    return (encoded ? ((Made) value).first() : value) instanceof String text
        ? Optional.of(text)
        : Optional.empty();
  }

  /**
   * The bytes that a byte string is, or that a text is in Latin-1; nothing of others.
   *
   * @param file for messages
   */
  static Optional<Bytes> bytes(Object value, Path file) {
    return value instanceof Bytes bytes
        ? Optional.of(bytes)
        : written(value)
            .filter(StandardCharsets.ISO_8859_1.newEncoder()::canEncode)
            .map(text -> Bytes.of(file, text.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
