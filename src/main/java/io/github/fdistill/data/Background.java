package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The colour that transparent pictures are laid on, each part from 0 to 255. */
public record Background(int red, int green, int blue) {
  static final Background WHITE = new Background(255, 255, 255);

  private static final Pattern HEX = Pattern.compile("#[0-9a-fA-F]{6}");
  private static final Map<String, String> NAMES =
      Map.of("white", "#ffffff", "black", "#000000", "grey", "#808080", "gray", "#808080");

  /**
   * Reads a colour.
   *
   * @param where it stands, for the message
   * @param text white, black, grey or #rrggbb; none where it is empty
   * @throws InputException if it is none of these
   */
  public static Optional<Background> parse(String where, String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String hex = NAMES.getOrDefault(text.toLowerCase(Locale.ROOT), text);
    if (!HEX.matcher(hex).matches()) {
      throw new InputException(
          where, "'" + text + "'", "white, black, grey or #rrggbb", "choose such a colour");
    }
    int rgb = Integer.parseInt(hex.substring(1), 16);
    return Optional.of(new Background(rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff));
  }

  /** Whether a grey picture stays grey on it. */
  boolean isGrey() {
    return red == green && green == blue;
  }

  /**
   * Lays a picture on this colour: (alpha level + (255 - alpha) background) / 255, rounded.
   *
   * @param levels [pixels, channels], of 1 or 3 channels
   * @param alpha [pixels], from 0 (this colour alone) to 255
   * @return the same shape
   */
  byte[] under(byte[] levels, int channels, byte[] alpha) {
    int[] colour = {red, green, blue};
    byte[] laid = new byte[levels.length];
    for (int i = 0; i < laid.length; i++) {
      int a = Byte.toUnsignedInt(alpha[i / channels]);
      int sum = a * Byte.toUnsignedInt(levels[i]) + (255 - a) * colour[i % channels];
      laid[i] = (byte) ((2 * sum + 255) / 510);
    }
    return laid;
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return String.format("#%02x%02x%02x", red, green, blue);
  }
}
