package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.config.MixtureConfig;
import io.github.fdistill.config.MlpConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.UNetConfig;
import java.util.ArrayList;
import java.util.List;

/** Which descriptions make a network. */
public final class NetworkChecks {
  /** Of one kind; published networks have a few dozen. */
  public static final int MOST_LAYERS = 100;

  /**
   * Pixels or patches that attend to one another: of many some ask at a time, by ops of their own.
   */
  public static final long MOST_ATTENDING = 1 << 20;

  /** Channels of a layer. */
  static final int MOST_WIDTH = 1 << 16;

  private NetworkChecks() {}

  /**
   * @param where the file it stands in, for the message
   * @throws InputException naming the field
   */
  static void require(NetworkConfig config, String where) {
    require(
        where,
        config.getImage().getHeight() > 0
            && config.getImage().getWidth() > 0
            && config.getImage().getChannels() > 0,
        "image",
        config.getImage().toString().strip().replace('\n', ' '),
        "positive height, width and channels");
    requireFewPixels(config, where);
    require(
        where,
        config.getClasses() >= 0 && config.getClasses() <= LabelRange.MOST_CLASSES,
        "classes",
        "" + config.getClasses(),
        "0 (unconditional) to " + LabelRange.MOST_CLASSES);
    switch (config.getBodyCase()) {
      case UNET -> requireUNet(config, where);
      case MLP -> requireMlp(config.getMlp(), where);
      case MIXTURE -> requireMixture(config, where);
      case SONG_UNET, DHARIWAL_UNET, EDM2_UNET, DDPM_UNET, DIT ->
          new FamilyChecks(config, where).require();
      case BODY_NOT_SET ->
          require(
              where,
              false,
              "body",
              "nothing",
              "unet, mlp or mixture; song_unet, dhariwal_unet, edm2_unet, ddpm_unet or dit");
    }
    requireConvention(config, where);
    if (config.hasText()) {
      TextChecks.require(config, where);
    } else if (config.hasContext()) {
      TextChecks.requireContext(config, where);
    }
  }

  /** A picture's sides, and no more numbers of an image than an array has. */
  private static void requireFewPixels(NetworkConfig config, String where) {
    long height = config.getImage().getHeight();
    long width = config.getImage().getWidth();
    require(
        where,
        Math.max(height, width) <= Pipeline.MOST_SIDE
            && height * width * config.getImage().getChannels() <= Integer.MAX_VALUE,
        "image",
        height + "x" + width + " pixels of " + config.getImage().getChannels() + " channels",
        "at most " + Pipeline.MOST_SIDE + " pixels a side, and fewer than 2^31 numbers");
  }

  /**
   * Refuses more attention than can be built.
   *
   * @param field that says where there is some
   */
  static void attends(String where, String field, long height, long width) {
    require(
        where,
        height * width <= MOST_ATTENDING,
        field,
        height + "x" + width + " that attend to one another",
        "at most " + MOST_ATTENDING + ": attention at smaller levels, or smaller images");
  }

  /** A network of ours says one image, and a mixture is a denoiser. */
  private static void requireConvention(NetworkConfig config, String where) {
    if (config.hasConvention()) {
      require(where, !config.hasMixture(), "convention", "of a mixture", "none");
      boolean plain = config.hasUnet() || config.hasMlp();
      require(
          where,
          !(plain && config.getConvention().getLearnedVariance()),
          "convention.learned_variance",
          "true",
          "false: a network of this family says no variance");
      Conventions.of(config.getConvention(), where + ": convention");
    }
  }

  private static void requireUNet(NetworkConfig config, String where) {
    UNetConfig unet = config.getUnet();
    int levels = unet.getMultiplierCount();
    require(where, levels > 0, "unet.multiplier", "nothing", "one entry a level, such as 1, 2, 4");
    require(
        where, unet.getPatch() >= 1, "unet.patch", "" + unet.getPatch(), "1 (no patches) or more");
    require(where, unet.getChannels() >= 2, "unet.channels", "" + unet.getChannels(), "2 or more");
    within(where, "unet.blocks", unet.getBlocks(), MOST_LAYERS);
    widths(where, "unet.multiplier", unet.getMultiplierList(), unet.getChannels());
    require(
        where,
        unet.getDropout() >= 0 && unet.getDropout() < 1,
        "unet.dropout",
        "" + unet.getDropout(),
        "from 0 up to, not including, 1");
    requireWholeGroups(where, unet);
    double factor = unet.getPatch() * Math.pow(2, levels - 1);
    require(
        where,
        config.getImage().getHeight() % factor == 0 && config.getImage().getWidth() % factor == 0,
        "unet.multiplier",
        levels + " levels and patch " + unet.getPatch(),
        "a height and width that divide by " + (long) factor + " (patch * 2^(levels - 1))");
    requireLevels(where, config);
  }

  /** A number of layers, say: TensorFlow makes a graph of so many in a moment. */
  static void within(String where, String field, int found, int most) {
    require(where, found >= 1 && found <= most, field, "" + found, "1 to " + most);
  }

  /**
   * Widths of layers, as multiples of the first.
   *
   * @param multiples of each level or layer
   */
  static void widths(String where, String field, List<Integer> multiples, int first) {
    long most = MOST_WIDTH / Math.max(1, first);
    boolean fit = multiples.stream().allMatch(m -> m >= 1 && m <= most);
    require(
        where,
        fit && multiples.size() <= MOST_LAYERS,
        field,
        multiples.size() <= MOST_LAYERS ? multiples.toString() : multiples.size() + " of them",
        "no more than " + MOST_LAYERS + " numbers, each from 1 to " + most);
  }

  private static void requireMlp(MlpConfig mlp, String where) {
    widths(where, "mlp.hidden", mlp.getHiddenList(), 1);
    int noise = mlp.getNoiseChannels();
    require(
        where, noise >= 2 && noise % 2 == 0, "mlp.noise_channels", "" + noise, "even, 2 or more");
    int value = mlp.getValueChannels();
    require(
        where,
        value >= 0 && value % 2 == 0,
        "mlp.value_channels",
        "" + value,
        "even, 0 (none) or more");
  }

  private static void requireMixture(NetworkConfig config, String where) {
    MixtureConfig mixture = config.getMixture();
    int dimensions = config.getImage().getChannels();
    require(
        where,
        config.getImage().getHeight() == 1 && config.getImage().getWidth() == 1,
        "image",
        config.getImage().getHeight() + "x" + config.getImage().getWidth() + " pixels",
        "1x1, with a channel for each dimension of a point");
    require(where, config.getClasses() == 0, "classes", "" + config.getClasses(), "0");
    require(where, mixture.getComponentCount() > 0, "mixture.component", "none", "at least one");
    for (int k = 0; k < mixture.getComponentCount(); k++) {
      requireComponent(where, "mixture.component[" + k + "]", mixture.getComponent(k), dimensions);
    }
  }

  private static void requireComponent(
      String where, String field, MixtureConfig.Component c, int dimensions) {
    require(where, positive(c.getWeight()), field + ".weight", "" + c.getWeight(), "above 0");
    require(
        where,
        c.getMeanCount() == dimensions && c.getMeanList().stream().allMatch(Double::isFinite),
        field + ".mean",
        c.getMeanList().toString(),
        dimensions + " coordinates, as image.channels says");
    int variances = c.getVarianceCount();
    require(
        where,
        (variances == 1 || variances == dimensions)
            && c.getVarianceList().stream().allMatch(NetworkChecks::positive),
        field + ".variance",
        c.getVarianceList().toString(),
        "1 number above 0, or " + dimensions);
  }

  private static boolean positive(double x) {
    return x > 0 && Double.isFinite(x);
  }

  /** Attention at a height that no level has would be none. */
  private static void requireLevels(String where, NetworkConfig config) {
    UNetConfig unet = config.getUnet();
    String field = "unet.attention_resolution";
    List<Integer> heights = new ArrayList<>();
    for (int level = 0; level < unet.getMultiplierCount(); level++) {
      int height = config.getImage().getHeight() / unet.getPatch() >> level;
      heights.add(height);
      if (unet.getAttentionResolutionList().contains(height)) {
        attends(where, field, height, config.getImage().getWidth() / unet.getPatch() >> level);
      }
    }
    require(
        where,
        heights.containsAll(unet.getAttentionResolutionList()),
        field,
        unet.getAttentionResolutionList().toString(),
        "heights of the levels: " + heights);
  }

  /** A block normalises its input, which on the way up is its level's and a skip, side by side. */
  private static void requireWholeGroups(String where, UNetConfig unet) {
    int group = unet.getGroupChannels();
    for (int multiplier : unet.getMultiplierList()) {
      int width = unet.getChannels() * multiplier;
      require(
          where,
          group >= 1 && (width % group == 0 || 2 * width <= group),
          "unet.group_channels",
          group + " with a level of " + width + " channels",
          "a number that divides the channels of each level");
    }
  }

  static void require(String where, boolean ok, String field, String found, String needed) {
    if (!ok) {
      throw new InputException(where + ": " + field, found, needed, "change " + field);
    }
  }
}
