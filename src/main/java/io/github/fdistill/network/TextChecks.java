package io.github.fdistill.network;

import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.DdpmUNetConfig;
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
    range(where, "text.vocabulary", text.getVocabulary(), 3, MOST_IDS);
    range(where, "text.length", text.getLength(), 2, MOST_TOKENS);
    range(where, "text.width", text.getWidth(), 1, MOST_WIDTH);
    range(where, "text.layers", text.getLayers(), 0, 64);
    range(where, "text.heads", text.getHeads(), 1, text.getWidth());
    requireHeads(where, text.getHeads(), "text.width", text.getWidth());
    for (int multiplier : config.getUnet().getMultiplierList()) {
      int channels = config.getUnet().getChannels() * multiplier;
      requireHeads(where, text.getHeads(), "unet.channels of a level", channels);
    }
    range(where, "text.start", text.getStart(), 0, text.getVocabulary() - 1);
    range(where, "text.end", text.getEnd(), 0, text.getVocabulary() - 1);
    range(where, "text.padding", text.getPadding(), 0, text.getVocabulary() - 1);
    NetworkChecks.require(
        where,
        text.getEmptyCount() == 0 || text.getEmptyCount() == text.getLength(),
        "text.empty",
        text.getEmptyCount() + " ids",
        "text.length, " + text.getLength() + ", or none");
    text.getEmptyList().forEach(id -> range(where, "text.empty", id, 0, text.getVocabulary() - 1));
  }

  /**
   * The same of a network that takes what text encoders made of texts.
   *
   * @throws io.github.fdistill.InputException naming the field
   */
  static void requireContext(NetworkConfig config, String where) {
    NetworkChecks.require(
        where,
        config.hasDdpmUnet(),
        "context",
        "a network that attends to no words",
        "a ddpm_unet with heads and transformer_blocks");
    ContextConfig context = config.getContext();
    range(where, "context.length", context.getLength(), 1, MOST_TOKENS);
    range(where, "context.width", context.getWidth(), 1, MOST_WIDTH);
    range(where, "context.pooled", context.getPooled(), 0, MOST_WIDTH);
    range(where, "context.size_waves", context.getSizeWaves(), 2, MOST_WIDTH);
    NetworkChecks.require(
        where,
        context.getPooled() == 0 || context.getSizeWaves() % 2 == 0,
        "context.size_waves",
        "" + context.getSizeWaves(),
        "an even number: as many sines as cosines");
    DdpmUNetConfig unet = config.getDdpmUnet();
    int levels = unet.getChannelsCount();
    NetworkChecks.require(
        where,
        unet.getHeadsCount() == levels && unet.getTransformerBlocksCount() == levels,
        "ddpm_unet.heads, transformer_blocks",
        unet.getHeadsCount() + " and " + unet.getTransformerBlocksCount() + " entries",
        levels + ", one a level");
    for (int level = 0; level < levels; level++) {
      int heads = unet.getHeads(level);
      range(where, "ddpm_unet.transformer_blocks", unet.getTransformerBlocks(level), 0, 64);
      NetworkChecks.require(
          where,
          heads >= 1 && unet.getChannels(level) % heads == 0,
          "ddpm_unet.heads",
          heads + " of " + unet.getChannels(level) + " channels",
          "a number that divides the level's channels");
    }
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
        field,
        "" + value,
        "a number from " + least + " to " + most);
  }
}
