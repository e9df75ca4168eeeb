package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.SavedKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * The key of a part of a tensor in a checkpoint's index: 0, the tensor's name, how many dimensions
 * there are, and where the part begins and how long it is in each, in a code whose bytes have the
 * order of what they stand for. Each byte is a letter of the key.
 */
final class SliceKey {
  /** The length of a part that is the whole dimension. */
  private static final long ALL = -1;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private SliceKey() {}

  /**
   * The key of a part.
   *
   * @throws InputException when its slice is none
   */
  static String of(SavedKey saved) {
    SliceKey key = new SliceKey();
    key.count(0);
    key.text(saved.name());
    String slice = saved.slice();
    List<String> extents = List.of(slice.substring(slice.lastIndexOf(' ') + 1).split(":"));
    key.count(extents.size());
    for (String extent : extents) {
      if (extent.equals("-")) {
        key.number(0);
        key.number(ALL);
      } else if (extent.matches("[0-9]{1,18},[0-9]{1,18}")) {
        int comma = extent.indexOf(',');
        key.number(Long.parseLong(extent.substring(0, comma)));
        key.number(Long.parseLong(extent.substring(comma + 1)));
      } else {
        throw none(saved);
      }
    }
    return key.bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /**
   * The sizes of a part: those of the tensor where it is the whole dimension.
   *
   * @throws InputException when the slice is none
   */
  static Shape shape(SavedKey saved) {
    String slice = saved.slice();
    String[] sizes = slice.split(" ");
    String[] extents = sizes[sizes.length - 1].split(":");
    long[] shape = new long[extents.length];
    for (int i = 0; i < shape.length; i++) {
      String size = extents[i];
      if (size.equals("-") && i < sizes.length - 1) {
        size = sizes[i];
      }
      size = size.substring(size.indexOf(',') + 1);
      if (sizes.length != shape.length + 1 || !size.matches("[0-9]{1,18}")) {
        throw none(saved);
      }
      shape[i] = Long.parseLong(size);
    }
    return Shape.of(shape);
  }

  private static InputException none(SavedKey saved) {
    return new InputException(
        "what restores the variables, " + saved.name(),
        "the part '" + saved.slice() + "'",
        "the sizes of a tensor and what of each is meant, such as '4 6 0,2:-'",
        "export or copy the model again");
  }

  /** How many bytes the number has, and those, the highest first. */
  private void count(int number) {
    byte[] all = ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    int length = (Integer.SIZE - Integer.numberOfLeadingZeros(number) + 7) / 8;
    bytes.write(length);
    bytes.write(all, all.length - length, length);
  }

  /** Its bytes, with 0 and 255 marked, and an end. */
  private void text(String text) {
    for (byte letter : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.write(letter);
      if (letter == 0) {
        bytes.write(0xff);
      } else if (letter == (byte) 0xff) {
        bytes.write(0);
      }
    }
    bytes.write(0);
    bytes.write(1);
  }

  /**
   * A number in two's complement, the highest byte first, in as few bytes as leave room for its
   * sign and their number: n bytes have the first n bits of the whole turned over.
   */
  private void number(long number) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(number < 0 ? ~number : number);
    int length = Math.max(1, bits / 7 + 1);
    byte sign = (byte) (number < 0 ? 0xff : 0);
    byte[] all = ByteBuffer.allocate(10).put(sign).put(sign).putLong(number).array();
    int first = all.length - length;
    for (int turned = 0; turned < length; turned++) {
      all[first + turned / 8] ^= (byte) (0x80 >> turned % 8);
    }
    bytes.write(all, first, length);
  }
}
