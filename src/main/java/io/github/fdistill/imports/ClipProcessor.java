package io.github.fdistill.imports;

import io.github.fdistill.files.RegularFile;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What the library transformers makes of an image before CLIP sees it, by the files that say so:
 * the shorter side becomes the network's, the middle is taken, and of each channel, from 0 to 1, a
 * mean is taken away and a deviation divided by.
 *
 * @param mean of each channel
 * @param deviation of each channel
 * @param files that say it
 * @param notes what a user should know
 */
record ClipProcessor(
    List<Double> mean, List<Double> deviation, List<Path> files, List<String> notes) {
  private static final String WHOLE = "processor_config.json";
  private static final String IMAGES = "image_processor";
  private static final String ALONE = "preprocessor_config.json";

  /** Pillow's number of the bicubic filter. */
  private static final long BICUBIC = 3;

  /** What a colour is taken for where the folder does not say it: that of the published weights. */
  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

  private static final List<Double> DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

  /**
   * @param side of the images that the network sees
   * @param remedy for what is not built
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static ClipProcessor read(Path folder, long side, String remedy) {
    Path whole = folder.resolve(WHOLE);
    Path alone = folder.resolve(ALONE);
    if (JsonFile.ifThere(whole).orElse(Map.of()).get(IMAGES) instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked") // JSON's keys are texts.
      Map<String, Object> values = (Map<String, Object>) map;
      return of(new Settings(whole + ", " + IMAGES, values, remedy), side, whole);
    } else if (RegularFile.isThere(alone)) {
      return of(new Settings(alone.toString(), JsonFile.read(alone), remedy), side, alone);
    }
    String note =
        "neither " + WHOLE + " nor " + ALONE + ": images are seen as by the published weights";
    return new ClipProcessor(MEAN, DEVIATION, List.of(), List.of(note));
  }

  private static ClipProcessor of(Settings s, long side, Path file) {
    for (String done : List.of("do_resize", "do_center_crop", "do_rescale", "do_normalize")) {
      requireOnly(s, done, true);
    }
    requireOnly(s, "resample", BICUBIC);
    requireSide(s, "size", side, List.of("shortest_edge"));
    requireSide(s, "crop_size", side, List.of("height", "width"));
    double scale = s.isGiven("rescale_factor") ? s.number("rescale_factor", 0) : 1.0 / 255;
    if (Math.abs(scale * 255 - 1) > 1e-6) {
      throw s.wrong("rescale_factor", scale, "1 / 255");
    }
    List<Double> mean = colour(s, "image_mean", MEAN);
    return new ClipProcessor(mean, colour(s, "image_std", DEVIATION), List.of(file), List.of());
  }

  /** Of settings of which null says as little as nothing. */
  private static void requireOnly(Settings s, String name, Object only) {
    if (s.isGiven(name)) {
      s.requireOnly(name, only);
    }
  }

  /** A number, or one for each of these sides and none for others. */
  private static void requireSide(Settings s, String name, long side, List<String> sides) {
    Object said = s.values().get(name);
    boolean fits = said == null || said.equals(side);
    if (said instanceof Map<?, ?> each) {
      Map<Object, Object> given = new HashMap<>(each);
      given.values().removeIf(Objects::isNull);
      fits = given.equals(sides.stream().collect(Collectors.toMap(key -> key, key -> side)));
    }
    if (!fits) {
      throw s.wrong(name, said, side + ", the image_size that the network sees");
    }
  }

  private static List<Double> colour(Settings s, String name, List<Double> otherwise) {
    List<Double> values = s.isGiven(name) ? s.numbers(name) : otherwise;
    if (values.size() != 3 || values.stream().anyMatch(value -> value <= 0)) {
      throw s.wrong(name, values, "3 numbers above 0");
    }
    return values;
  }
}
