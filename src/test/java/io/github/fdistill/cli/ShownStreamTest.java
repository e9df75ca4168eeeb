package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ShownStreamTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream stream =
      ShownStream.over(new PrintStream(printed, true, StandardCharsets.UTF_8));

  private String printed() {
    stream.flush();
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatATerminalWouldObeyIsWrittenOut() {
    stream.println("a\u001b[2Jb\u0007\u202e");
    assertEquals("a\\u001b[2Jb\\u0007\\u202e" + System.lineSeparator(), printed());
  }

  /** However the bytes come: one by one here. */
  @Test
  void lettersOfSeveralBytesStayWhole() {
    String text = "Käse 日本 \ud83d\ude00\u009b";
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      stream.write(b);
    }
    assertEquals("Käse 日本 \ud83d\ude00\\u009b", printed());
  }

  @Test
  void longTextsComeWhole() {
    String text = "ä日\ud83d\ude00".repeat(20_000);
    stream.print(text);
    assertEquals(text, printed());
  }
}
