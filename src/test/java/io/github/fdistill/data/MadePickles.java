package io.github.fdistill.data;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** CIFAR's files as Python 2 and NumPy pickled them, protocol 2. */
public final class MadePickles {
  private MadePickles() {}

  /** Opcodes one after another: numbers are bytes, texts are themselves. */
  static final class Pickle {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Pickle op(Object... parts) {
      for (Object part : parts) {
        if (part instanceof Integer number) {
          bytes.write(number);
        } else {
          bytes.writeBytes(part.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      return this;
    }

    /** A str of Python 2. */
    Pickle str(String text) {
      return op("U", text.length(), text);
    }

    Pickle long4(int value) {
      return op(value & 255, value >> 8 & 255, value >> 16 & 255, value >>> 24);
    }

    Pickle array(int rows, byte[] values, String type) {
      return reconstructed(type, rows, 3072)
          .op("T")
          .long4(values.length)
          .bytes(values)
          .op("t", "b");
    }

    /** An array, but for its bytes and the end of its state, t and b. */
    Pickle reconstructed(String type, int... shape) {
      op("cnumpy.core.multiarray\n_reconstruct\n", "cnumpy\nndarray\n", "K", 0, 0x85);
      str("b").op(0x87, "R", "(", "K", 1).shape(shape).dtype(type, "<");
      return op(0x89);
    }

    Pickle shape(int... shape) {
      op("(");
      for (int axis : shape) {
        op("J").long4(axis);
      }
      return op("t");
    }

    Pickle dtype(String type, String order) {
      op("cnumpy\ndtype\n").str(type).op("K", 0, "K", 1, 0x87, "R", "(", "K", 3);
      str(order).op("N", "N", "N", "J").long4(-1).op("J").long4(-1);
      return op("K", 0, "t", "b");
    }

    Pickle bytes(byte[] values) {
      bytes.writeBytes(values);
      return this;
    }

    /** A byte string as Python 3 has it in protocol 2. */
    Pickle encoded(byte[] values) {
      byte[] text =
          new String(values, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.UTF_8);
      op("c_codecs\nencode\n", "X").long4(text.length).bytes(text);
      return str("latin1").op(0x86, "R");
    }

    Pickle encoded(String text) {
      return encoded(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    byte[] end() {
      return op(".").bytes.toByteArray();
    }
  }

  /** A batch of images [N, 3 x 32 x 32] of a type of NumPy's, with its labels. */
  public static byte[] batch(String labelsName, int[] labels, byte[] planes, String type) {
    Pickle pickle = new Pickle().op(0x80, 2, "}", "(");
    pickle.str("data").array(labels.length, planes, type).str(labelsName).op("]", "(");
    for (int label : labels) {
      pickle.op("K", label);
    }
    return pickle.op("e").str("batch_label").str("training batch 1 of 5").op("u").end();
  }

  /** The names of the classes, under a key. */
  public static byte[] names(String key, List<String> names) {
    Pickle pickle = new Pickle().op(0x80, 2, "}", "(").str(key).op("]", "(");
    names.forEach(pickle::str);
    return pickle.op("e", "u").end();
  }
}
