package io.github.fdistill.data;

/**
 * Resizes one axis with an antialiased triangle filter: output i is the mean of the inputs j,
 * weighted by max(0, 1 - |j + 1/2 - (i + 1/2) s| / max(s, 1)), where s = from / to. The same as
 * Pillow's BILINEAR and TensorFlow's image.resize with antialias.
 *
 * @param from length of the axis
 * @param first the first input of each output
 * @param weights [to][inputs from the first on], summing to 1 for each output
 */
record TriangleFilter(int from, int[] first, float[][] weights) {
  static TriangleFilter of(int from, int to) {
    double step = (double) from / to;
    double radius = Math.max(step, 1);
    int[] first = new int[to];
    float[][] weights = new float[to][];
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * step;
      first[i] = (int) Math.max(0, Math.floor(centre - radius));
      int end = (int) Math.min(from, Math.ceil(centre + radius));
      weights[i] = weights(first[i], end, centre, radius);
    }
    return new TriangleFilter(from, first, weights);
  }

  private static float[] weights(int first, int end, double centre, double radius) {
    double[] heights = new double[end - first];
    double sum = 0;
    for (int k = 0; k < heights.length; k++) {
      heights[k] = Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / radius);
      sum += heights[k];
    }
    float[] weights = new float[heights.length];
    for (int k = 0; k < weights.length; k++) {
      weights[k] = (float) (heights[k] / sum);
    }
    return weights;
  }

  /** Length of the axis afterwards. */
  int to() {
    return first.length;
  }

  /**
   * @param values [outer, from, inner] in C order
   * @return [outer, to, inner]; the values themselves if the length stays
   */
  float[] apply(float[] values, int outer, int inner) {
    if (from == to()) {
      return values;
    }
    float[] result = new float[outer * to() * inner];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < to(); i++) {
        int out = (o * to() + i) * inner;
        for (int k = 0; k < weights[i].length; k++) {
          int in = (o * from + first[i] + k) * inner;
          for (int c = 0; c < inner; c++) {
            result[out + c] += weights[i][k] * values[in + c];
          }
        }
      }
    }
    return result;
  }
}
