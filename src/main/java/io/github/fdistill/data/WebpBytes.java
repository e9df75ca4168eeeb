package io.github.fdistill.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** The parts of a WebP file: after a head of 12 bytes, each of a type, a length and its data. */
record WebpBytes(byte[] bytes) {
  private static final int HEAD = 12;
  private static final int PART_HEAD = 8;

  /** Of a frame of an animation, before the parts in it. */
  private static final int FRAME_HEAD = 16;

  /** What a reader of bits looks ahead, and more. */
  private static final int AHEAD = 16;

  /** How long the file says that it is. */
  long saidLength() {
    return 8 + Integer.toUnsignedLong(in().getInt(4));
  }

  private ByteBuffer in() {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A part's data. */
  Optional<ByteBuffer> part(String type) {
    return part(type, HEAD, bytes.length);
  }

  private Optional<ByteBuffer> part(String type, int from, int end) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer in = in();
    long at = from;
    while (at + PART_HEAD <= end) {
      long length = Integer.toUnsignedLong(in.getInt((int) at + 4));
      boolean is = Arrays.equals(name, 0, 4, bytes, (int) at, (int) at + 4);
      if (is && length <= end - at - PART_HEAD) {
        ByteBuffer data = in.slice((int) at + PART_HEAD, (int) length);
        return Optional.of(data.order(ByteOrder.LITTLE_ENDIAN));
      }
      at += PART_HEAD + length + length % 2;
    }
    return Optional.empty();
  }

  /**
   * Whether the pixels of the first picture are of this size, as they say themselves: beside them
   * the file says a size of the whole, by which a decoder would read on past them.
   */
  boolean holds(int height, int width) {
    Optional<ByteBuffer> frame = part("ANMF").filter(f -> f.remaining() >= FRAME_HEAD);
    int from = frame.map(f -> f.arrayOffset() + FRAME_HEAD).orElse(HEAD);
    int end = frame.map(f -> f.arrayOffset() + f.limit()).orElse(bytes.length);
    Optional<ByteBuffer> exact = part("VP8L", from, end).filter(p -> p.remaining() >= 5);
    if (exact.isPresent()) {
      int sizes = exact.get().getInt(1);
      return (sizes & 0x3fff) + 1 == width && (sizes >>> 14 & 0x3fff) + 1 == height;
    }
    Optional<ByteBuffer> lossy = part("VP8 ", from, end).filter(p -> p.remaining() >= 10);
    return lossy.isPresent()
        && (lossy.get().getShort(6) & 0x3fff) == width
        && (lossy.get().getShort(8) & 0x3fff) == height;
  }

  /**
   * For a decoder, which looks ahead: zeros follow the bytes. Where it goes on there, for pixels
   * that are not in the file, that is an error.
   */
  ImageInputStream stream() {
    byte[] padded = Arrays.copyOf(bytes, bytes.length + AHEAD);
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(padded)) {
      @Override
      public void seek(long position) throws IOException {
        if (position > bytes.length + 1) { // A last part of odd length has a byte behind it.
          throw new IOException("it ends before its pixels");
        }
        super.seek(position);
      }
    };
  }
}
