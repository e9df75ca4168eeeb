package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.DepthToSpace;
import org.tensorflow.op.train.BatchMatMul;

/**
 * Layers of convolutional networks, NHWC. Each makes its parameters in the store, named by its own
 * name under the scope of its input.
 */
final class Layers {
  private static final double EPSILON = 1e-5;
  private final ParameterStore store;
  private final boolean uniform;

  Layers(ParameterStore store) {
    this(store, false);
  }

  /**
   * @param uniform whether weights and biases of convolutions and fully connected layers with a
   *     bias begin uniform within 1 / sqrt(inputs); else weights are normal, and biases 0
   */
  Layers(ParameterStore store, boolean uniform) {
    this.store = store;
    this.uniform = uniform;
  }

  /**
   * Weights of a layer with a bias.
   *
   * @param inputs of each of its numbers
   * @param gain their scale against 1 / sqrt(inputs)
   */
  private Expr kernel(Ops tf, long inputs, double gain, long... shape) {
    double scale = gain / Math.sqrt(inputs);
    return uniform
        ? store.uniform(tf, "kernel", scale, shape)
        : store.normal(tf, "kernel", scale, shape);
  }

  private Expr bias(Ops tf, long inputs, int channels) {
    return uniform
        ? store.uniform(tf, "bias", 1 / Math.sqrt(inputs), channels)
        : store.constant(tf, "bias", 0, channels);
  }

  /**
   * Convolution with bias: [N,H,W,C] to [N,H/stride,W/stride,channels].
   *
   * @param gain scale of the first weights against 1 / sqrt(inputs); 0: all zeros
   */
  Expr conv(Expr x, String name, int channels, int size, int stride, double gain) {
    return conv(x, name, channels, size, stride, gain, stride == size ? "VALID" : "SAME");
  }

  private Expr conv(
      Expr x, String name, int channels, int size, int stride, double gain, String padding) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(3);
    long inputs = in * size * size;
    Expr kernel = kernel(tf, inputs, gain, size, size, in, channels);
    Expr bias = bias(tf, inputs, channels);
    var y = tf.nn.conv2d(x, kernel, List.of(1L, (long) stride, (long) stride, 1L), padding);
    return Expr.of(x.tf(), tf.nn.biasAdd(y, bias));
  }

  /**
   * 3x3 convolution of a map that has its zeros around it already: [N,H,W,C] to [N,H-2,W-2,...].
   */
  Expr validConv3(Expr x, String name, int channels, int stride) {
    return conv(x, name, channels, 3, stride, 1, "VALID");
  }

  /** 3x3 convolution without bias: [N,H,W,C] to [N,H/stride,W/stride,channels]; zeros around. */
  Expr bareConv3(Expr x, String name, int channels, int stride) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(3);
    Expr kernel = store.normal(tf, "kernel", 1 / Math.sqrt(9.0 * in), 3, 3, in, channels);
    Expr padded = zeroPadded(x, 1, 1);
    List<Long> strides = List.of(1L, (long) stride, (long) stride, 1L);
    return Expr.of(x.tf(), tf.nn.conv2d(padded, kernel, strides, "VALID"));
  }

  /** 3x3 convolution at the same resolution. */
  Expr conv3(Expr x, String name, int channels) {
    return conv(x, name, channels, 3, 1, 1);
  }

  /** Each pixel four times: [N,H,W,C] to [N,2H,2W,C]. */
  static Expr doubled(Expr x) {
    return depthToSpace(Expr.concat(3, x, x, x, x), 2);
  }

  /** Fully connected: [N,C] to [N,channels]. */
  Expr dense(Expr x, String name, int channels, double gain) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(1);
    Expr kernel = kernel(tf, in, gain, in, channels);
    Expr bias = bias(tf, in, channels);
    return Expr.of(x.tf(), tf.nn.biasAdd(tf.linalg.matMul(x, kernel), bias));
  }

  /** Fully connected, for each token: [N,T,C] to [N,T,channels]. */
  Expr tokenDense(Expr x, String name, int channels, double gain) {
    long tokens = x.shape().get(1);
    return dense(x.reshape(-1, x.shape().get(2)), name, channels, gain)
        .reshape(-1, tokens, channels);
  }

  /**
   * Layer normalisation (Ba et al. 2016) of each token, [N,T,C]: to mean 0 and variance 1, then one
   * scale and offset a channel.
   */
  Expr tokenNorm(Expr x, String name, double epsilon) {
    Ops tf = x.tf().withSubScope(name);
    Expr scale = store.constant(tf, "scale", 1, x.shape().get(2));
    Expr offset = store.constant(tf, "offset", 0, x.shape().get(2));
    return normal(x.in(tf), epsilon).times(scale).plus(offset).in(x.tf());
  }

  /** (x - mean) / sqrt(variance + epsilon) of each token: [N,T,C]. */
  static Expr normal(Expr x, double epsilon) {
    long tokens = x.shape().get(1);
    Expr centred = x.minus(x.mean(2).reshape(-1, tokens, 1));
    Expr variance = centred.square().mean(2).reshape(-1, tokens, 1);
    return centred.times(variance.plus(epsilon).rsqrt());
  }

  /** x / 2 (1 + tanh(z)) = x sigmoid(2 z), z = sqrt(2 / pi) (x + 0.044715 x^3). */
  static Expr gelu(Expr x) {
    Expr z = x.plus(x.times(x.square()).times(0.044715)).times(2 * Math.sqrt(2 / Math.PI));
    return x.times(z.sigmoid());
  }

  /** x / 2 (1 + erf(x / sqrt(2))). */
  static Expr exactGelu(Expr x) {
    Expr z = x.times(Math.sqrt(0.5));
    return x.times(Expr.of(x.tf(), x.tf().math.erf(z)).plus(1)).times(0.5);
  }

  /** Fully connected, without a bias: [N,C] to [N,channels]. */
  Expr linear(Expr x, String name, int channels) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(1);
    Expr kernel = store.normal(tf, "kernel", 1 / Math.sqrt(in), in, channels);
    return Expr.of(x.tf(), tf.linalg.matMul(x, kernel));
  }

  /** The same, for each token: [N,T,C] to [N,T,channels]. */
  Expr tokenLinear(Expr x, String name, int channels) {
    long tokens = x.shape().get(1);
    return linear(x.reshape(-1, x.shape().get(2)), name, channels).reshape(-1, tokens, channels);
  }

  /** Rows of a table: one-hot labels [N,K] to [N,channels]. */
  Expr embedding(Expr oneHot, String name, int channels) {
    Ops tf = oneHot.tf().withSubScope(name);
    Expr table = store.normal(tf, "table", 1, oneHot.shape().get(1), channels);
    return Expr.of(oneHot.tf(), tf.linalg.matMul(oneHot, table));
  }

  /**
   * Group normalisation (Wu and He 2018), [N,H,W,C]: (x - mean) / std over pixels and the channels
   * of a group, then one scale and offset a channel.
   *
   * <p>Computed as sums per channel followed by one multiply-add with coefficients [N,1,C]: two
   * passes over the image, where the textbook form makes many.
   */
  Expr groupNorm(Expr x, String name, int groupChannels) {
    return groupNorm(x, name, groupChannels, EPSILON);
  }

  /**
   * The same.
   *
   * @param epsilon is added to variances
   */
  Expr groupNorm(Expr x, String name, int groupChannels, double epsilon) {
    Ops tf = x.tf().withSubScope(name);
    long channels = x.shape().get(3);
    long group = Math.min(groupChannels, channels);
    if (group < 1 || channels % group != 0) {
      throw new InputException(
          "network: " + name,
          channels + " channels in groups of " + groupChannels,
          "channels that divide into whole groups",
          "change the channels, or the channels of a group");
    }
    Expr scale = store.constant(tf, "scale", 1, channels);
    Expr offset = store.constant(tf, "offset", 0, channels);
    long pixels = x.shape().get(1) * x.shape().get(2);

    Expr flat = x.in(tf).reshape(-1, pixels, channels); // [N,P,C]
    // Sums over pixels, divided when they are [N,C]: the gradient of a mean divides [N,P,C].
    Expr mean = groupMean(flat.sum(1).over(pixels), group); // [N,C]
    Expr meanSquare = groupMean(flat.square().sum(1).over(pixels), group);
    Expr variance = meanSquare.minus(mean.square()).max(0);
    Expr a = variance.plus(epsilon).rsqrt().times(scale); // [N,C]
    Expr b = offset.minus(mean.times(a));
    Expr y = flat.times(a.reshape(-1, 1, channels)).plus(b.reshape(-1, 1, channels));
    return y.reshape(-1, x.shape().get(1), x.shape().get(2), channels).in(x.tf());
  }

  /** Means per channel [N,C] to means per group of channels, repeated for its channels. */
  private static Expr groupMean(Expr perChannel, long group) {
    long channels = perChannel.shape().get(1);
    Ops tf = perChannel.tf();
    Expr perGroup = perChannel.reshape(-1, channels / group, group).mean(2);
    Expr repeated =
        Expr.of(
            tf,
            tf.tile(
                perGroup.reshape(-1, channels / group, 1),
                tf.constant(new int[] {1, 1, (int) group})));
    return repeated.reshape(-1, channels);
  }

  /** Half the resolution: a 2x2 convolution of stride 2. */
  Expr down(Expr x, String name, int channels) {
    return conv(x, name, channels, 2, 2, 1);
  }

  /** Half the resolution: the largest of every 2x2 pixels, of fewer at an edge of an odd side. */
  static Expr halfByMaximum(Expr x) {
    var window = x.tf().constant(new int[] {1, 2, 2, 1});
    return Expr.of(x.tf(), x.tf().nn.maxPool(x, window, window, "SAME"));
  }

  /** Twice the resolution: a 1x1 convolution to four times the channels, laid out as 2x2 pixels. */
  Expr up(Expr x, String name, int channels) {
    return depthToSpace(conv(x, name, 4 * channels, 1, 1, 1), 2);
  }

  /**
   * Zeros around images: so many rows above and columns to the left, and below and to the right.
   */
  static Expr zeroPadded(Expr x, int before, int after) {
    Ops tf = x.tf();
    int[][] zeros = {{0, 0}, {before, after}, {before, after}, {0, 0}};
    return Expr.of(tf, tf.pad(x, tf.constant(zeros), tf.constant(0f)));
  }

  static Expr depthToSpace(Expr x, int block) {
    return Expr.of(
        x.tf(), x.tf().nn.depthToSpace(x, (long) block, DepthToSpace.dataFormat("NHWC")));
  }

  static Expr spaceToDepth(Expr x, int block) {
    return Expr.of(x.tf(), x.tf().nn.spaceToDepth(x, (long) block));
  }

  /**
   * Self-attention over the pixels, added to its input: x + proj(softmax(q k' / sqrt(d)) v), with
   * one head for every 64 channels, or fewer so that the heads are of one size.
   */
  Expr attention(Expr x, String name, int groupChannels) {
    Ops tf = x.tf().withSubScope(name);
    int channels = (int) x.shape().get(3);
    int heads = Math.max(1, channels / 64);
    while (channels % heads != 0) {
      heads--;
    }
    long pixels = x.shape().get(1) * x.shape().get(2);
    int d = channels / heads;
    Expr qkv = conv(groupNorm(x.in(tf), "norm", groupChannels), "qkv", 3 * channels, 1, 1, 1);
    // [N,P,3,heads,d] to [3,N,heads,P,d]
    Expr split = transpose(qkv.reshape(-1, pixels, 3, heads, d), 2, 0, 3, 1, 4);
    var parts = tf.unstack(split, 3L).output();
    var logits = tf.train.batchMatMul(parts.get(0), parts.get(1), TYPE, BatchMatMul.adjY(true));
    var weights = tf.nn.softmax(Expr.of(tf, logits).times(1 / Math.sqrt(d)));
    Expr mixed = Expr.of(tf, tf.train.batchMatMul(weights, parts.get(2), TYPE));
    Expr image =
        transpose(mixed, 0, 2, 1, 3).reshape(-1, x.shape().get(1), x.shape().get(2), channels);
    return x.plus(conv(image, "projection", channels, 1, 1, 0));
  }

  /**
   * What each pixel takes from words, added to it: x + proj(softmax(q k' / sqrt(d) + padding) v), q
   * of the normalised pixels, k and v of the words.
   */
  Expr attentionTo(Words words, Expr x, String name, int groupChannels, int heads) {
    Ops tf = x.tf().withSubScope(name);
    int channels = (int) x.shape().get(3);
    long pixels = x.shape().get(1) * x.shape().get(2);
    Expr q = conv(groupNorm(x.in(tf), "norm", groupChannels), "q", channels, 1, 1, 1);
    Expr kv = tokenDense(words.each().in(tf), "kv", 2 * channels, 1);
    List<Expr> parts = Attention.heads(kv, 2, heads);
    Expr asking = Attention.heads(q.reshape(-1, pixels, channels), 1, heads).get(0);
    Expr mixed = Attention.ofWords(asking, parts.get(0), parts.get(1), words.padding().in(tf));
    Expr image = Attention.joined(mixed).reshape(-1, x.shape().get(1), x.shape().get(2), channels);
    return x.plus(conv(image, "projection", channels, 1, 1, 0));
  }

  /**
   * cos and sin of each value at frequencies from 1 to the highest in equal ratios, in radians a
   * unit: [N,V] to [N, V count].
   *
   * @param count even
   */
  static Expr waves(Expr values, int count, double highest) {
    float[] frequencies = new float[count / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) Math.pow(highest, i / Math.max(1.0, frequencies.length - 1));
    }
    Ops tf = values.tf();
    long columns = values.shape().get(1);
    Expr angle = values.reshape(-1, columns, 1).times(tf.constant(frequencies));
    Expr flat = angle.reshape(-1, columns * frequencies.length);
    return Expr.concat(1, List.of(flat.cos(), flat.sin()));
  }

  /** {@link #waves} of a noise level as networks see it: [N] to [N,count]. */
  static Expr noiseWaves(Expr cNoise, int count) {
    return waves(cNoise.reshape(-1, 1), count, 64);
  }

  private static final Class<org.tensorflow.types.TFloat32> TYPE =
      org.tensorflow.types.TFloat32.class;

  private static Expr transpose(Expr x, int... order) {
    return Expr.of(x.tf(), x.tf().linalg.transpose(x, x.tf().constant(order)));
  }
}
