package io.github.fdistill.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/** A PNG whose parts are as they should be, and whose pixels cannot be unpacked. */
public final class DamagedPng {
  /** Behind the signature and the header. */
  private static final int PIXELS = 33;

  private DamagedPng() {}

  /** Such a one of a whole one. */
  public static byte[] of(byte[] whole) {
    byte[] png = whole.clone();
    ByteBuffer in = ByteBuffer.wrap(png);
    int length = in.getInt(PIXELS);
    Arrays.fill(png, PIXELS + 8 + length / 2, PIXELS + 8 + length, (byte) 0x55);
    CRC32 sum = new CRC32();
    sum.update(png, PIXELS + 4, 4 + length);
    in.putInt(PIXELS + 8 + length, (int) sum.getValue());
    return png;
  }
}
