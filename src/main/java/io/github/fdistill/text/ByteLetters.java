package io.github.fdistill.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes as letters that can be seen, so that tokens can stand in text files: a printable byte of
 * Latin-1 is its own letter (188 are), the others in their order are the letters from U+0100 on.
 * Radford et al. 2019 (GPT-2).
 */
final class ByteLetters {
  private static final char[] LETTERS = new char[256];
  private static final int[] BYTES = new int[512];

  static {
    Arrays.fill(BYTES, -1);
    char other = 256;
    for (int b = 0; b < 256; b++) {
      LETTERS[b] = isPrintable(b) ? (char) b : other++;
      BYTES[LETTERS[b]] = b;
    }
  }

  private ByteLetters() {}

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  }

  /** The letters of a text's bytes in UTF-8. */
  static String of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder letters = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      letters.append(LETTERS[Byte.toUnsignedInt(b)]);
    }
    return letters.toString();
  }

  /** The text of such letters; bytes that are no UTF-8 become U+FFFD, other letters stay. */
  static String text(String letters) {
    byte[] bytes = new byte[letters.length() * 3];
    int count = 0;
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      if (letter < BYTES.length && BYTES[letter] >= 0) {
        bytes[count++] = (byte) BYTES[letter];
      } else {
        for (byte b : String.valueOf(letter).getBytes(StandardCharsets.UTF_8)) {
          bytes[count++] = b;
        }
      }
    }
    return new String(bytes, 0, count, StandardCharsets.UTF_8);
  }

  /** All 256 in the order in which vocabularies have them: those that are their own bytes first. */
  static List<String> alphabet() {
    List<String> alphabet = new ArrayList<>();
    for (boolean printable : new boolean[] {true, false}) {
      for (int b = 0; b < 256; b++) {
        if (isPrintable(b) == printable) {
          alphabet.add(String.valueOf(LETTERS[b]));
        }
      }
    }
    return alphabet;
  }
}
