package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which numbers of an array are black and white. */
public record LevelRange(double black, double white) {
  private static final Pattern TEXT =
      Pattern.compile("(-?[0-9]+(?:\\.[0-9]+)?)\\.\\.(-?[0-9]+(?:\\.[0-9]+)?)");

  /**
   * Reads a range.
   *
   * @param where it stands, for the message
   * @param text such as 0..255; none where it is empty
   * @throws InputException if it is none
   */
  public static Optional<LevelRange> parse(String where, String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher parts = TEXT.matcher(text);
    if (parts.matches()) {
      double black = Double.parseDouble(parts.group(1));
      double white = Double.parseDouble(parts.group(2));
      if (black != white && Double.isFinite(white - black)) {
        return Optional.of(new LevelRange(black, white));
      }
    }
    throw new InputException(
        where, "'" + text + "'", "black and white, such as 0..65535", "choose such a range");
  }

  /** From the least number to the greatest; where all are one, that is black or white. */
  static LevelRange of(double least, double greatest) {
    if (least < greatest) {
      return new LevelRange(least, greatest);
    }
    return least == 0
        ? new LevelRange(0, 1)
        : new LevelRange(Math.min(0, least), Math.max(0, least));
  }

  /** A number in data units, from -1 (black) to 1 (white); what is beyond is cut off. */
  float dataUnits(double value) {
    double share = (value - black) / (white - black);
    return (float) (2 * Math.max(0, Math.min(1, share)) - 1);
  }

  /** As {@link #parse} reads it, in every language: a run knows its images by it. */
  @Override
  public String toString() {
    return number(black) + ".." + number(white);
  }

  private static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
