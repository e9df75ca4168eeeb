package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfRecordTest {
  /** Of events.py: four records of TensorFlow's own writer. */
  private static byte[] recorded() throws IOException {
    try (InputStream in = TfRecordTest.class.getResourceAsStream("events.tfrecord")) {
      return in.readAllBytes();
    }
  }

  private static Optional<byte[]> first(byte[] bytes) throws IOException {
    return TfRecord.read(new ByteArrayInputStream(bytes));
  }

  @Test
  void whatTensorFlowWroteIsReadAndWrittenTheSame() throws IOException {
    InputStream in = new ByteArrayInputStream(recorded());
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    for (int record = 0; record < 4; record++) {
      again.write(TfRecord.of(TfRecord.read(in).orElseThrow()));
    }
    assertTrue(TfRecord.read(in).isEmpty(), "and no fifth");
    assertArrayEquals(recorded(), again.toByteArray());
  }

  @Test
  void aRecordMayHoldNothing() throws IOException {
    assertEquals(0, first(TfRecord.of(new byte[0])).orElseThrow().length);
  }

  @Test
  void aRecordCutShortAnywhereIsNone() throws IOException {
    byte[] record = TfRecord.of(new byte[] {1, 2, 3});
    for (int length = 0; length < record.length; length++) {
      assertTrue(first(Arrays.copyOf(record, length)).isEmpty(), length + " bytes");
    }
  }

  @Test
  void aRecordWithAnyBitFlippedIsNone() throws IOException {
    byte[] record = TfRecord.of(new byte[] {1, 2, 3});
    for (int bit = 0; bit < 8 * record.length; bit++) {
      byte[] damaged = record.clone();
      damaged[bit / 8] ^= 1 << bit % 8;
      assertTrue(first(damaged).isEmpty(), "bit " + bit);
    }
  }

  @Test
  void zeroesAndTextAreNone() throws IOException {
    assertTrue(first(new byte[100]).isEmpty());
    assertTrue(first("{\"step\":12,\"kind\":\"student\"}\n".getBytes()).isEmpty());
  }

  /** Before a byte of them is read: 2^31 - 1, 2^31 and 2^64 - 1 with the right check. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ffffff7f00000000920dcaf7",
        "0000008000000000ecaf3072",
        "ffffffffffffffffa67b113a"
      })
  void moreBytesThanARecordMayHaveAreRefused(String head) {
    byte[] record = HexFormat.of().parseHex(head + "0102");
    String said = assertThrows(TfRecord.TooLarge.class, () -> first(record)).getMessage();
    assertTrue(said.matches("a record of \\d+ bytes, more than the \\d+ that .*"), said);
  }

  @Test
  void aLengthPastTheEndIsNone() throws IOException {
    assertTrue(first(Arrays.copyOf(TfRecord.of(new byte[2000]), 1000)).isEmpty());
  }
}
