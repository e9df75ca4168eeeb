package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.DhariwalUNetConfig;
import io.github.fdistill.config.IddpmSchedule;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConvention;
import io.github.fdistill.config.Resampling;
import io.github.fdistill.config.SongUNetConfig;
import io.github.fdistill.config.VeSchedule;
import io.github.fdistill.config.VpSchedule;
import io.github.fdistill.pickle.Made;
import io.github.fdistill.pickle.PickleDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A network of EDM (Karras et al. 2022) in its pickle: {@code ema} is a preconditioning, whose
 * {@code model} is a SongUNet or a DhariwalUNet; the arguments that each was made with stand in it.
 */
final class EdmSource {
  /** Of a SongUNet, beside those of a DhariwalUNet. */
  private static final Set<String> SONG =
      Settings.names(
          """
          embedding_type channel_mult_noise encoder_type decoder_type resample_filter
          """);

  private static final Set<String> DHARIWAL =
      Settings.names(
          """
          img_resolution in_channels out_channels label_dim augment_dim model_channels
          channel_mult channel_mult_emb num_blocks attn_resolutions dropout label_dropout
          """);

  /** Of a preconditioning, beside those that it hands on to its network. */
  private static final List<String> OUTER =
      List.of(
          "img_channels",
          "use_fp16",
          "sigma_min",
          "sigma_max",
          "sigma_data",
          "model_type",
          "beta_d",
          "beta_min",
          "M",
          "epsilon_t",
          "C_1",
          "C_2");

  static final String LICENCE =
      "the weights that NVIDIA published for EDM are CC BY-NC-SA 4.0: they, and what is made from"
          + " them, are not for commercial use";

  private final Path file;
  private final PickleDict root;
  private final Made outer;
  private final Made inner;
  private final Settings preconditioning;
  private final Settings network;
  private final Tensors tensors;

  private EdmSource(Path file, PickleDict root, Made outer) {
    this.file = file;
    this.root = root;
    this.outer = outer;
    this.inner = PickledModules.module(file, outer, "model");
    this.preconditioning = arguments(file, outer);
    this.network = arguments(file, inner);
    this.tensors = PickledModules.tensors(file, outer);
  }

  static boolean is(Made ema) {
    return Set.of("EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond").contains(ema.className());
  }

  /**
   * @param ema the preconditioning
   * @throws InputException when it was made with what is not built
   */
  static Foreign read(Path file, PickleDict root, Made ema) {
    return new EdmSource(file, root, ema).read();
  }

  /** What an object was made with. */
  static Settings arguments(Path file, Made object) {
    String where = file + ", " + object.className();
    if (object.state().get("_init_kwargs") instanceof PickleDict dict) {
      return Settings.of(where, dict);
    }
    throw new InputException(
        where,
        "no arguments that it was made with",
        "an object of EDM's persistence, with _init_kwargs",
        "name another file");
  }

  private Foreign read() {
    Set<String> ofSong = new HashSet<>(DHARIWAL);
    ofSong.addAll(SONG);
    Set<String> known = new HashSet<>(ofSong);
    known.addAll(OUTER);
    preconditioning.requireKnown(known);
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    int resolution = network.whole("img_resolution", 0);
    int channels = preconditioning.whole("img_channels", 3);
    config.getImageBuilder().setHeight(resolution).setWidth(resolution).setChannels(channels);
    config.setClasses(network.whole("label_dim", 0));
    config.setSigmaData(preconditioning.number("sigma_data", 0.5));
    convention(config);
    boolean song = inner.className().equals("SongUNet");
    if (song) {
      network.requireKnown(ofSong);
      config.setSongUnet(song());
    } else if (inner.className().equals("DhariwalUNet")) {
      network.requireKnown(DHARIWAL);
      config.setDhariwalUnet(dhariwal());
    } else {
      throw network.wrong("class", inner.className(), "SongUNet or DhariwalUNet");
    }
    EdmConstants.checkFilters(
        tensors, song ? config.getSongUnet().getResampling() : Resampling.BOX);
    return new Foreign(
        "EDM's " + inner.className() + " under " + outer.className(),
        config.build(),
        network.number("label_dropout", 0) > 0,
        tensors,
        new EdmNames("model.", song ? 0 : 64),
        classNames(config.getClasses()),
        LICENCE,
        List.of());
  }

  private void convention(NetworkConfig.Builder config) {
    NoiseConvention.Builder convention = NoiseConvention.newBuilder();
    Settings p = preconditioning;
    switch (outer.className()) {
      case "VPPrecond" ->
          convention
              .setPredicts(Prediction.EPSILON)
              .setVp(
                  VpSchedule.newBuilder()
                      .setBetaD(p.number("beta_d", 19.9))
                      .setBetaMin(p.number("beta_min", 0.1))
                      .setSteps(p.whole("M", 1000))
                      .setLeast(p.number("epsilon_t", 1e-5)));
      case "VEPrecond" ->
          convention
              .setPredicts(Prediction.SCORE)
              .setVe(
                  VeSchedule.newBuilder()
                      .setSigmaMin(p.number("sigma_min", 0.02))
                      .setSigmaMax(p.number("sigma_max", 100)));
      case "iDDPMPrecond" ->
          convention.setPredicts(Prediction.EPSILON).setLearnedVariance(true).setIddpm(improved(p));
      default -> {
        return; // EDM's own.
      }
    }
    config.setConvention(convention);
  }

  /** The levels, which the file holds too. */
  private IddpmSchedule improved(Settings p) {
    IddpmSchedule schedule =
        IddpmSchedule.newBuilder()
            .setSteps(p.whole("M", 1000))
            .setC1(p.number("C_1", 0.001))
            .setC2(p.number("C_2", 0.008))
            .build();
    EdmConstants.checkLevels(tensors, EdmConstants.LEVELS, schedule);
    return schedule;
  }

  private SongUNetConfig song() {
    SongUNetConfig.Builder song =
        SongUNetConfig.newBuilder()
            .setChannels(network.whole("model_channels", 128))
            .addAllMultiplier(network.wholes("channel_mult", List.of(1, 2, 2, 2)))
            .setBlocks(network.whole("num_blocks", 4))
            .setEmbeddingMultiplier(network.whole("channel_mult_emb", 4))
            .setNoiseMultiplier(network.whole("channel_mult_noise", 1))
            .setDropout(network.number("dropout", 0.10))
            .setAugmentationLabels(network.whole("augment_dim", 0))
            .setEncoder(path("encoder_type"))
            .setDecoder(path("decoder_type"))
            .setResampling(resampling(network));
    song.addAllAttentionResolution(
        heights(network.wholes("attn_resolutions", List.of(16)), song.getMultiplierCount()));
    if (network.text("embedding_type", "positional").equals("fourier")) {
      song.setNoise(SongUNetConfig.Noise.FOURIER);
      song.addAllFrequency(EdmConstants.numbers(tensors, "model." + EdmConstants.FREQUENCIES));
    } else {
      network.requireOnly("embedding_type", "positional");
    }
    return song.build();
  }

  private DhariwalUNetConfig dhariwal() {
    DhariwalUNetConfig.Builder adm =
        DhariwalUNetConfig.newBuilder()
            .setChannels(network.whole("model_channels", 192))
            .addAllMultiplier(network.wholes("channel_mult", List.of(1, 2, 3, 4)))
            .setBlocks(network.whole("num_blocks", 3))
            .setEmbeddingMultiplier(network.whole("channel_mult_emb", 4))
            .setDropout(network.number("dropout", 0.10))
            .setAugmentationLabels(network.whole("augment_dim", 0));
    List<Integer> attention = network.wholes("attn_resolutions", List.of(32, 16, 8));
    return adm.addAllAttentionResolution(heights(attention, adm.getMultiplierCount())).build();
  }

  private SongUNetConfig.Path path(String name) {
    String value = network.text(name, "standard");
    for (SongUNetConfig.Path path : SongUNetConfig.Path.values()) {
      if (path.name().toLowerCase(Locale.ROOT).equals(value)) {
        return path;
      }
    }
    throw network.wrong(name, value, "standard, skip or residual");
  }

  static Resampling resampling(Settings settings) {
    List<Integer> filter = settings.wholes("resample_filter", List.of(1, 1));
    if (filter.equals(List.of(1, 1))) {
      return Resampling.BOX;
    } else if (filter.equals(List.of(1, 3, 3, 1))) {
      return Resampling.SMOOTH;
    }
    throw settings.wrong("resample_filter", filter, "[1, 1] or [1, 3, 3, 1]");
  }

  /** Those heights that a level has. */
  private List<Integer> heights(List<Integer> asked, int levels) {
    return levelHeights(network.whole("img_resolution", 0), levels, asked);
  }

  static List<Integer> levelHeights(int resolution, int levels, List<Integer> asked) {
    List<Integer> there = new ArrayList<>();
    for (int level = 0; level < levels && level < 31; level++) {
      if (asked.contains(resolution >> level)) {
        there.add(resolution >> level);
      }
    }
    return there;
  }

  /** Those of CIFAR-10, where it was trained on that. */
  private List<String> classNames(int classes) {
    Object data = root.get("dataset_kwargs");
    String path = data instanceof PickleDict dict ? String.valueOf(dict.get("path")) : "";
    boolean cifar = (path + file.getFileName()).toLowerCase(Locale.ROOT).contains("cifar10");
    return cifar && classes == 10 ? KnownClasses.CIFAR_10 : List.of();
  }
}
