package io.github.fdistill;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How bytes are put together of parts, whatever file they are of: they can be cut, and parts be
 * joined again so that lengths and checksums are right.
 */
interface Form {
  /** Whether bytes begin as this form does. */
  boolean is(byte[] bytes);

  /**
   * Cuts them.
   *
   * @throws IOException as it throws other exceptions, where it is not of this form after all
   */
  List<byte[]> cut(byte[] bytes) throws IOException;

  /** Joins parts. */
  default byte[] join(List<byte[]> parts) throws IOException {
    return Parts.concat(parts.toArray(byte[][]::new));
  }

  /** Where in a part something begins that has a form of its own. */
  default int inner(byte[] part) {
    return part.length;
  }

  /** A part with something else in it. */
  default byte[] with(byte[] part, byte[] inside) {
    return Parts.concat(Arrays.copyOf(part, inner(part)), inside);
  }

  /** The form of some bytes. */
  static Form of(byte[] bytes) {
    return Stream.of(
            PictureForm.values(), PackedForm.values(), HeadedForm.values(), PlainForm.values())
        .flatMap(Arrays::<Form>stream)
        .filter(form -> form.is(bytes))
        .findFirst()
        .orElseThrow();
  }
}
