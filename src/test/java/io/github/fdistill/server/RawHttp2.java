package io.github.fdistill.server;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** Bytes of HTTP/2, for what no library would send. */
final class RawHttp2 {
  /** What a client begins with. */
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private RawHttp2() {}

  /** A frame: length, type, flags, stream, payload. RFC 9113, section 4.1. */
  static byte[] frame(int type, int flags, int stream, byte... payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = payload.length;
    out.writeBytes(new byte[] {0, (byte) (size >> 8), (byte) size, (byte) type, (byte) flags});
    out.writeBytes(new byte[] {0, 0, 0, (byte) stream});
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /** The head of a call, whose message is to follow. RFC 7541: POST and http are known there. */
  static byte[] call(int stream, String method) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x83);
    out.write(0x86);
    String[][] fields = {
      {":path", "/tensorflow.serving." + method},
      {":authority", "x"},
      {"content-type", "application/grpc"},
      {"te", "trailers"}
    };
    for (String[] field : fields) {
      out.write(0);
      for (String part : field) {
        out.write(part.length());
        out.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return frame(1, 4, stream, out.toByteArray());
  }

  /** A message, whose call has no other. */
  static byte[] message(int stream, byte[] message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, 0, 0, (byte) message.length});
    out.writeBytes(message);
    return frame(0, 1, stream, out.toByteArray());
  }

  /** The head of a frame. */
  record Frame(int type, int flags, int stream) {
    /** GOAWAY. RFC 9113, section 6.8. */
    boolean saysGoodbye() {
      return type == 7;
    }

    boolean isReset() {
      return type == 3;
    }

    /** By HEADERS with END_STREAM or by RST_STREAM. */
    boolean ends(int ended) {
      return stream == ended && (isReset() || (type == 1 && (flags & 1) != 0));
    }
  }

  /** Whether such a frame comes before the connection's end. */
  static boolean comes(Predicate<Frame> wanted, InputStream from) throws IOException {
    DataInputStream in = new DataInputStream(from);
    try {
      while (true) {
        int size = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        Frame frame = new Frame(in.readUnsignedByte(), in.readUnsignedByte(), in.readInt());
        in.readNBytes(size);
        if (wanted.test(frame)) {
          return true;
        }
      }
    } catch (EOFException | SocketException e) {
      return false;
    }
  }
}
