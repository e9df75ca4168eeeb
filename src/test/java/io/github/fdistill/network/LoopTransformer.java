package io.github.fdistill.network;

import java.util.Map;

/**
 * A transformer over the tokens of one text, in loops and in double precision: what {@link
 * TextEncoder} is held against.
 */
record LoopTransformer(Map<String, float[]> weights, int width, int layers, int heads) {

  /**
   * What each token becomes, [T][C].
   *
   * @param counted how many tokens say something; the others come after them
   */
  double[][] of(int[] tokens, int counted) {
    double[][] h = new double[tokens.length][width];
    for (int t = 0; t < tokens.length; t++) {
      for (int c = 0; c < width; c++) {
        h[t][c] =
            weights.get("text/tokens")[tokens[t] * width + c]
                + weights.get("text/places")[t * width + c];
      }
    }
    for (int layer = 0; layer < layers; layer++) {
      String block = "text/block_" + layer + "/";
      add(
          h,
          dense(
              attended(dense(norm(h, block + "norm_1"), block + "qkv"), counted),
              block + "projection"));
      double[][] inside = dense(norm(h, block + "norm_2"), block + "in");
      for (double[] row : inside) {
        for (int c = 0; c < row.length; c++) {
          double z = Math.sqrt(2 / Math.PI) * (row[c] + 0.044715 * Math.pow(row[c], 3));
          row[c] = row[c] / 2 * (1 + Math.tanh(z));
        }
      }
      add(h, dense(inside, block + "out"));
    }
    return norm(h, "text/norm");
  }

  private static void add(double[][] to, double[][] more) {
    for (int t = 0; t < to.length; t++) {
      for (int c = 0; c < to[t].length; c++) {
        to[t][c] += more[t][c];
      }
    }
  }

  private double[][] norm(double[][] x, String name) {
    double[][] y = new double[x.length][width];
    for (int t = 0; t < x.length; t++) {
      double mean = 0;
      double square = 0;
      for (double value : x[t]) {
        mean += value / width;
        square += value * value / width;
      }
      for (int c = 0; c < width; c++) {
        double normal = (x[t][c] - mean) / Math.sqrt(square - mean * mean + 1e-5);
        y[t][c] = normal * weights.get(name + "/scale")[c] + weights.get(name + "/offset")[c];
      }
    }
    return y;
  }

  private double[][] dense(double[][] x, String name) {
    float[] kernel = weights.get(name + "/kernel");
    float[] bias = weights.get(name + "/bias");
    double[][] y = new double[x.length][bias.length];
    for (int t = 0; t < x.length; t++) {
      for (int out = 0; out < bias.length; out++) {
        y[t][out] = bias[out];
        for (int in = 0; in < x[t].length; in++) {
          y[t][out] += x[t][in] * kernel[in * bias.length + out];
        }
      }
    }
    return y;
  }

  /** Each head takes its share of the columns of q, of k and of v. */
  private double[][] attended(double[][] qkv, int counted) {
    int d = width / heads;
    double[][] mixed = new double[qkv.length][width];
    for (int head = 0; head < heads; head++) {
      for (int t = 0; t < qkv.length; t++) {
        double[] weight = new double[counted];
        double sum = 0;
        for (int s = 0; s < counted; s++) {
          double logit = 0;
          for (int c = head * d; c < (head + 1) * d; c++) {
            logit += qkv[t][c] * qkv[s][width + c] / Math.sqrt(d);
          }
          weight[s] = Math.exp(logit);
          sum += weight[s];
        }
        for (int s = 0; s < counted; s++) {
          for (int c = head * d; c < (head + 1) * d; c++) {
            mixed[t][c] += weight[s] / sum * qkv[s][2 * width + c];
          }
        }
      }
    }
    return mixed;
  }
}
