package io.github.fdistill.network;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.TextConfig;

/** Which descriptions make a network that takes texts. */
final class TextChecks {
  /** Ids, tokens, numbers: so many and no more. */
  private static final int MOST_IDS = 1 << 20;

  private static final int MOST_TOKENS = 1024;
  private static final int MOST_WIDTH = 1 << 14;

  private TextChecks() {}

  /**
   * @param where the file it stands in, for the message
   * @throws io.github.fdistill.InputException naming the field
   */
  static void require(NetworkConfig config, String where) {
    TextConfig text = config.getText();
    NetworkChecks.require(
        where,
        config.hasUnet() && config.getUnet().getAttentionResolutionCount() > 0,
        "text",
        "a network that attends to nothing",
        "a unet with attention_resolution: where pixels attend to one another, they do to words");
    range(where, "vocabulary", text.getVocabulary(), 3, MOST_IDS);
    range(where, "length", text.getLength(), 2, MOST_TOKENS);
    range(where, "width", text.getWidth(), 1, MOST_WIDTH);
    range(where, "layers", text.getLayers(), 0, 64);
    range(where, "heads", text.getHeads(), 1, text.getWidth());
    requireHeads(where, text.getHeads(), "text.width", text.getWidth());
    for (int multiplier : config.getUnet().getMultiplierList()) {
      int channels = config.getUnet().getChannels() * multiplier;
      requireHeads(where, text.getHeads(), "unet.channels of a level", channels);
    }
    range(where, "start", text.getStart(), 0, text.getVocabulary() - 1);
    range(where, "end", text.getEnd(), 0, text.getVocabulary() - 1);
    range(where, "padding", text.getPadding(), 0, text.getVocabulary() - 1);
    NetworkChecks.require(
        where,
        text.getEmptyCount() == 0 || text.getEmptyCount() == text.getLength(),
        "text.empty",
        text.getEmptyCount() + " ids",
        "text.length, " + text.getLength() + ", or none");
    text.getEmptyList().forEach(id -> range(where, "empty", id, 0, text.getVocabulary() - 1));
  }

  private static void requireHeads(String where, int heads, String what, int width) {
    NetworkChecks.require(
        where,
        width % heads == 0,
        "text.heads",
        heads + ", and " + what + " " + width,
        "a number that divides it");
  }

  private static void range(String where, String field, int value, int least, int most) {
    NetworkChecks.require(
        where,
        value >= least && value <= most,
        "text." + field,
        "" + value,
        "a number from " + least + " to " + most);
  }
}
