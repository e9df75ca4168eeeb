package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DdpmUNetConfig;
import io.github.fdistill.config.DhariwalUNetConfig;
import io.github.fdistill.config.DiTConfig;
import io.github.fdistill.config.Edm2UNetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.SongUNetConfig;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Which descriptions of the families that others published make a network. */
final class FamilyChecks {
  private static final int MOST_WIDTH = 1 << 15;

  private final NetworkConfig config;
  private final String where;

  /**
   * @param where the file it stands in, for the message
   */
  FamilyChecks(NetworkConfig config, String where) {
    this.config = config;
    this.where = where;
  }

  /**
   * @throws InputException naming the field
   */
  void require() {
    switch (config.getBodyCase()) {
      case SONG_UNET -> song(config.getSongUnet());
      case DHARIWAL_UNET -> dhariwal(config.getDhariwalUnet());
      case EDM2_UNET -> edm2(config.getEdm2Unet());
      case DDPM_UNET -> ddpm(config.getDdpmUnet());
      default -> dit(config.getDit());
    }
  }

  private void song(SongUNetConfig c) {
    String name = "song_unet";
    levels(name, c.getChannels(), c.getMultiplierList(), c.getBlocks());
    heights(name, c.getMultiplierCount(), c.getAttentionResolutionList());
    atLeast(1, name + ".embedding_multiplier", c.getEmbeddingMultiplier());
    atLeast(1, name + ".noise_multiplier", c.getNoiseMultiplier());
    dropout(name, c.getDropout());
    int half = c.getChannels() * c.getNoiseMultiplier() / 2;
    require(
        c.getFrequencyCount() == 0 || c.getFrequencyCount() == half,
        name + ".frequency",
        c.getFrequencyCount() + " numbers",
        half + ", half of channels * noise_multiplier, or none");
    atLeast(0, name + ".augmentation_labels", c.getAugmentationLabels());
    require(
        c.getDecoder() != SongUNetConfig.Path.RESIDUAL,
        name + ".decoder",
        "RESIDUAL",
        "STANDARD or SKIP");
  }

  private void dhariwal(DhariwalUNetConfig c) {
    String name = "dhariwal_unet";
    levels(name, c.getChannels(), c.getMultiplierList(), c.getBlocks());
    heights(name, c.getMultiplierCount(), c.getAttentionResolutionList());
    atLeast(1, name + ".embedding_multiplier", c.getEmbeddingMultiplier());
    dropout(name, c.getDropout());
    atLeast(0, name + ".augmentation_labels", c.getAugmentationLabels());
    for (int width :
        attending(c.getChannels(), c.getMultiplierList(), c.getAttentionResolutionList())) {
      int heads = width / DhariwalUNet.HEAD_CHANNELS;
      require(
          heads == 0 || width % heads == 0,
          name + ".channels, multiplier",
          width + " channels where there is attention",
          "a number that divides by "
              + heads
              + ", its heads of "
              + DhariwalUNet.HEAD_CHANNELS
              + " or more");
    }
  }

  private void edm2(Edm2UNetConfig c) {
    String name = "edm2_unet";
    levels(name, c.getChannels(), c.getMultiplierList(), c.getBlocks());
    heights(name, c.getMultiplierCount(), c.getAttentionResolutionList());
    dropout(name, c.getDropout());
    int noise = c.getNoiseMultiplier() > 0 ? c.getNoiseMultiplier() : c.getMultiplier(0);
    int waves = c.getChannels() * noise;
    require(
        c.getFrequencyCount() == c.getPhaseCount()
            && (c.getFrequencyCount() == 0 || c.getFrequencyCount() == waves),
        name + ".frequency, phase",
        c.getFrequencyCount() + " and " + c.getPhaseCount() + " numbers",
        waves + " each, or none");
    atLeast(1, name + ".head_channels", c.getHeadChannels());
    for (int width :
        attending(c.getChannels(), c.getMultiplierList(), c.getAttentionResolutionList())) {
      require(
          width % c.getHeadChannels() == 0,
          name + ".head_channels",
          c.getHeadChannels() + " of " + width,
          "a number that divides the channels where there is attention");
    }
    require(c.getClip() > 0, name + ".clip", "" + c.getClip(), "above 0");
  }

  /** The channels of the levels where there is attention. */
  private List<Integer> attending(int channels, List<Integer> multiplier, List<Integer> heights) {
    return attendingLevels(multiplier.size(), heights)
        .mapToObj(level -> channels * multiplier.get(level))
        .toList();
  }

  /** The levels where there is attention: the last, and those of some heights. */
  private IntStream attendingLevels(int levels, List<Integer> heights) {
    return IntStream.range(0, levels)
        .filter(level -> level == levels - 1 || heights.contains(height(level)));
  }

  private int height(int level) {
    return config.getImage().getHeight() >> level;
  }

  private void ddpm(DdpmUNetConfig c) {
    String name = "ddpm_unet";
    int levels = c.getChannelsCount();
    require(
        config.hasContext() || c.getHeadsCount() + c.getTransformerBlocksCount() == 0,
        name + ".heads, transformer_blocks",
        "of a network that takes no texts",
        "head_channels, or context beside them");
    require(levels > 0, name + ".channels", "nothing", "one entry a level, such as 128, 256");
    NetworkChecks.within(where, name + ".blocks", c.getBlocks(), NetworkChecks.MOST_LAYERS);
    atLeast(1, name + ".groups", c.getGroups());
    atLeast(0, name + ".head_channels", c.getHeadChannels());
    dropout(name, c.getDropout());
    require(c.getNormEpsilon() > 0, name + ".norm_epsilon", "" + c.getNormEpsilon(), "above 0");
    NetworkChecks.widths(where, name + ".channels", c.getChannelsList(), 1);
    for (int channels : c.getChannelsList()) {
      require(
          channels > 0 && channels % c.getGroups() == 0,
          name + ".channels",
          "" + channels,
          "numbers that divide into " + c.getGroups() + " groups");
    }
    for (int level : attending(c)) {
      int head = config.hasContext() ? 1 : Math.max(1, c.getHeadChannels());
      require(
          level >= 0 && level < levels && c.getChannels(level) % head == 0,
          name + ".attention_level, head_channels",
          "level " + level + ", heads of " + head,
          "levels from 0 to " + (levels - 1) + " whose channels divide into such heads");
      attends(name + ".attention_level", level);
    }
    require(
        c.getChannels(0) % 2 == 0,
        name + ".channels",
        "" + c.getChannels(0),
        "an even number first");
    requireHalves(name + ".channels", levels, 1);
  }

  private Set<Integer> attending(DdpmUNetConfig c) {
    Set<Integer> levels = new TreeSet<>(c.getAttentionLevelList());
    levels.addAll(c.getAttentionLevelUpList());
    if (c.getAttentionMiddle() || config.hasContext()) {
      levels.add(c.getChannelsCount() - 1);
    }
    return levels;
  }

  private void dit(DiTConfig c) {
    String name = "dit";
    atLeast(1, name + ".patch", c.getPatch());
    NetworkChecks.within(where, name + ".blocks", c.getBlocks(), NetworkChecks.MOST_LAYERS);
    atLeast(1, name + ".heads", c.getHeads());
    NetworkChecks.within(where, name + ".hidden", c.getHidden(), NetworkChecks.MOST_WIDTH);
    require(
        c.getWidth() > 0 && c.getWidth() % 4 == 0 && c.getWidth() % c.getHeads() == 0,
        name + ".width",
        c.getWidth() + " in " + c.getHeads() + " heads",
        "a multiple of 4 that divides into whole heads");
    requireHalves(name + ".patch", 1, c.getPatch());
    NetworkChecks.within(where, name + ".width", c.getWidth(), MOST_WIDTH);
    NetworkChecks.attends(
        where,
        name + ".patch",
        config.getImage().getHeight() / c.getPatch(),
        config.getImage().getWidth() / c.getPatch());
  }

  /** Of all pixels at a level. */
  private void attends(String field, int level) {
    NetworkChecks.attends(where, field, height(level), config.getImage().getWidth() >> level);
  }

  private void levels(String name, int channels, List<Integer> multiplier, int blocks) {
    require(
        channels >= 4 && channels % 2 == 0,
        name + ".channels",
        "" + channels,
        "an even number, 4 or more");
    require(
        !multiplier.isEmpty(),
        name + ".multiplier",
        "nothing",
        "one entry a level, such as 1, 2, 2");
    NetworkChecks.widths(where, name + ".multiplier", multiplier, channels);
    NetworkChecks.within(where, name + ".blocks", blocks, NetworkChecks.MOST_LAYERS);
  }

  /** Each level has a whole size, and attention is at heights that there are, and at the last. */
  private void heights(String name, int levels, List<Integer> attention) {
    requireHalves(name + ".multiplier", levels, 1);
    String field = name + ".attention_resolution";
    attendingLevels(levels, attention).forEach(level -> attends(field, level));
    List<Integer> heights = IntStream.range(0, levels).mapToObj(this::height).toList();
    require(
        heights.containsAll(attention),
        field,
        attention.toString(),
        "heights of the levels: " + heights);
  }

  private void requireHalves(String field, int levels, int patch) {
    double factor = patch * Math.pow(2, levels - 1);
    require(
        config.getImage().getHeight() % factor == 0 && config.getImage().getWidth() % factor == 0,
        "image, " + field,
        config.getImage().getHeight() + "x" + config.getImage().getWidth() + " pixels",
        "a height and width that divide by " + (long) factor);
  }

  private void dropout(String name, double rate) {
    require(rate >= 0 && rate < 1, name + ".dropout", "" + rate, "from 0 up to, not including, 1");
  }

  private void atLeast(int least, String field, int found) {
    require(found >= least, field, "" + found, least + " or more");
  }

  private void require(boolean holds, String field, String found, String needed) {
    NetworkChecks.require(where, holds, field, found, needed);
  }
}
