package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ClassifierConfig;
import org.tensorflow.ndarray.Shape;

/** Which descriptions make a classifier. */
final class ClassifierChecks {
  private static final int MOST_CHANNELS = 8192;
  private static final int MOST_BLOCKS = 100;

  private ClassifierChecks() {}

  /**
   * @param image [H,W,C]
   * @param where the file it stands in, for the message
   * @throws InputException naming the field
   */
  static void require(ClassifierConfig config, Shape image, String where) {
    int levels = config.getLevelCount();
    require(where, levels > 0, "level", "none", "one a resolution, such as { channels: 32 }");
    for (int i = 0; i < levels; i++) {
      ClassifierConfig.Level level = config.getLevel(i);
      within(where, "level[" + i + "].blocks", level.getBlocks(), MOST_BLOCKS);
      within(where, "level[" + i + "].channels", level.getChannels(), MOST_CHANNELS);
      if (config.getDesign() == ClassifierConfig.Design.NORMALISED) {
        requireWholeGroups(where, config.getGroupChannels(), level.getChannels());
      }
    }
    within(where, "features", config.getFeatures(), MOST_CHANNELS);
    long side = Math.min(image.get(0), image.get(1));
    require(
        where,
        levels < Long.SIZE && side >> (levels - 1) >= 1,
        "level",
        levels + " for images of " + image.get(0) + "x" + image.get(1),
        "no more levels than the resolution can be halved");
  }

  private static void requireWholeGroups(String where, int group, int channels) {
    require(
        where,
        group >= 1 && (channels % group == 0 || channels < group),
        "group_channels",
        group + " with a level of " + channels + " channels",
        "a number that divides the channels of each level");
  }

  private static void within(String where, String field, int value, int most) {
    require(where, 1 <= value && value <= most, field, "" + value, "1 to " + most);
  }

  private static void require(String where, boolean ok, String field, String found, String needed) {
    if (!ok) {
      String path = "classifier." + field;
      throw new InputException(where + ": " + path, found, needed, "change " + path);
    }
  }
}
