package io.github.fdistill.savedmodel;

import java.util.zip.CRC32C;

/** CRC-32C as it stands in a checkpoint: turned and shifted, so that it is none of itself. */
final class Checksum {
  private static final int MASK_DELTA = 0xa282ead8;

  private Checksum() {}

  static int masked(CRC32C crc) {
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + MASK_DELTA;
  }
}
