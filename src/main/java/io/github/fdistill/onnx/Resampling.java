package io.github.fdistill.onnx;

/**
 * One axis resized: as ONNX's Resize defines it, by the place in the input that a pixel of the
 * output comes from.
 *
 * @param from size before
 * @param to size after
 * @param scale how much larger it becomes, which need not be to / from
 */
record Resampling(long from, long to, double scale) {
  /** What ONNX Runtime still takes for the middle between two pixels. */
  private static final double HALF_WITHIN = 1e-6;

  /** Weights of the input's pixels for each of the output's, [to][from]. */
  double[][] weights(Call call) {
    String mode = call.text("mode", "nearest");
    String places = call.text("coordinate_transformation_mode", "half_pixel");
    boolean antialias = call.whole("antialias", 0) == 1 && scale < 1;
    double[][] weights = new double[(int) to][(int) from];
    for (int i = 0; i < to; i++) {
      double place = place(call, places, i);
      switch (mode) {
        case "nearest" -> weights[i][nearest(call, place)] = 1;
        case "linear", "cubic" -> smooth(call, weights[i], place, mode, antialias);
        default -> throw call.refuse("mode " + mode, "nearest, linear or cubic");
      }
    }
    return weights;
  }

  /** In float32, as ONNX Runtime has it: which pixel is the nearest may hang on the last bit. */
  private float place(Call call, String places, int i) {
    float times = (float) scale;
    float centred = (i + 0.5f) / times - 0.5f;
    return switch (places) {
      case "half_pixel" -> centred;
      case "pytorch_half_pixel" -> to > 1 ? centred : 0;
      case "asymmetric" -> i / times;
      case "tf_half_pixel_for_nn" -> (i + 0.5f) / times; // Of opsets 11 and 12.
      case "align_corners" -> to == 1 ? 0 : i * (from - 1f) / (to - 1f);
      case "half_pixel_symmetric" -> {
        float shift = from / 2f * (1 - to / (times * from));
        yield (float) (shift + (i + 0.5) / times - 0.5);
      }
      default -> throw call.refuse("coordinates " + places, "half_pixel, asymmetric and their kin");
    };
  }

  private int nearest(Call call, double place) {
    double found =
        switch (call.text("nearest_mode", "round_prefer_floor")) {
          case "round_prefer_floor" -> Math.ceil(place - 0.5 - HALF_WITHIN);
          case "round_prefer_ceil" -> Math.floor(place + 0.5 + HALF_WITHIN);
          case "floor" -> Math.floor(place);
          case "ceil" -> Math.ceil(place);
          default -> throw call.refuse("nearest_mode", "round_prefer_floor, floor or ceil");
        };
    return (int) Math.max(0, Math.min(from - 1, found));
  }

  /** A kernel around the place; made wider where it becomes smaller and is not to alias. */
  private void smooth(Call call, double[] row, double place, String mode, boolean antialias) {
    boolean cubic = mode.equals("cubic");
    double a = call.number("cubic_coeff_a", -0.75);
    boolean inside = call.whole("exclude_outside", 0) == 1;
    double narrow = antialias ? scale : 1;
    int reach = (int) Math.ceil((cubic ? 2 : 1) / narrow);
    double sum = 0;
    int base = (int) Math.floor(place);
    for (int j = base - reach + 1; j <= base + reach; j++) {
      double distance = Math.abs(place - j) * narrow;
      double weight = cubic ? cubic(distance, a) : Math.max(0, 1 - distance);
      if (inside && (j < 0 || j >= from)) {
        continue;
      }
      row[(int) Math.max(0, Math.min(from - 1, j))] += weight;
      sum += weight;
    }
    for (int j = 0; j < row.length && sum != 0; j++) {
      row[j] /= sum;
    }
  }

  /** Keys' kernel. */
  private static double cubic(double d, double a) {
    if (d <= 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }
}
