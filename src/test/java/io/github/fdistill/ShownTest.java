package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShownTest {
  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 7, 8, 0x0b, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029,
        0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xd800
      })
  void whatMovesOrTurnsIsWrittenOut(int c) {
    String escaped = String.format("a\\u%04xb", c);
    assertEquals(escaped, Shown.text("a" + (char) c + "b"));
    assertEquals(escaped, Shown.name("a" + (char) c + "b"));
  }

  @Test
  void namesBeginNoLine() {
    assertEquals("a\\u000ab\\u0009c\\u000d", Shown.name("a\nb\tc\r"));
    assertEquals("a\nb\tc", Shown.text("a\r\nb\tc"));
    assertEquals("a\\u000db", Shown.text("a\rb"));
    assertEquals("first, then", Shown.line(" first,\n\t then\n"));
  }

  @Test
  void lettersOfEveryLanguageStay() {
    String text = "Käse Ελλάδα 日本語 \ud83d\udc69\u200d\ud83d\udd2c می\u200cخواهم";
    assertSame(text, Shown.name(text));
    assertEquals("\\udb40\\udc01", Shown.name(Character.toString(0xe0001)));
  }

  @Test
  void aRefusalHasTheLinesThatItShouldHaveAndNoMore() {
    String evil = "a\n  remedy: rm -rf \u001b[2J/";
    InputException refused = new InputException(evil, evil, "needed", "remedy");
    assertEquals(3, refused.getMessage().lines().count());
    assertEquals(3, refused.at(evil).getMessage().lines().count());
    assertEquals(3, InputException.ofValue("flag", evil, "n").getMessage().lines().count());
    assertFalse(refused.getMessage().contains("\u001b"));
    InputException long1 = new InputException("w", "x".repeat(1 << 20), "n", "r");
    assertTrue(long1.getMessage().length() < 3000);
  }
}
