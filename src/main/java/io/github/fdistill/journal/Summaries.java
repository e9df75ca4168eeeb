package io.github.fdistill.journal;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.summary.ImageSummary;
import org.tensorflow.proto.Summary;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * What TensorBoard shows, made by TensorFlow's summary ops: three of them in a graph of their own,
 * built once and fed. They run on the CPU, which is the only place they can.
 */
final class Summaries implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Session session = Sessions.openOnCpu(graph);
  private final Placeholder<TString> tags;
  private final Placeholder<TFloat32> numbers;
  private final Placeholder<TString> tag;
  private final Placeholder<TFloat32> values;
  private final Placeholder<TUint8> pixels;
  private final Operand<TString> scalars;
  private final Operand<TString> histogram;
  private final Operand<TString> image;

  Summaries() {
    Ops tf = NodeNames.ops(graph);
    tags = tf.placeholder(TString.class, Placeholder.shape(Shape.of(-1)));
    numbers = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    scalars = tf.summary.scalarSummary(tags, numbers);

    tag = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    values = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    histogram = tf.summary.histogramSummary(tag, values);

    pixels = tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(1, -1, -1, -1)));
    image = tf.summary.imageSummary(tag, pixels, ImageSummary.maxImages(1L));
  }

  /** A value for each entry, in the map's order, as float32. */
  Summary scalars(Map<String, ? extends Number> entries) {
    String[] names = new String[entries.size()];
    float[] floats = new float[entries.size()];
    int i = 0;
    for (Map.Entry<String, ? extends Number> entry : entries.entrySet()) {
      names[i] = entry.getKey();
      floats[i++] = entry.getValue().floatValue();
    }
    try (Tensor fedTags = TString.vectorOf(names);
        Tensor fedNumbers = TensorBundle.tensor(Shape.of(floats.length), floats);
        Result result =
            session.runner().feed(tags, fedTags).feed(numbers, fedNumbers).fetch(scalars).run()) {
      return parsed(result);
    }
  }

  /**
   * Least, greatest, count, sum and sum of squares, and the counts of TensorFlow's buckets, whose
   * limits grow by a tenth from 1e-12 to 1e20 on both sides of 0.
   *
   * @param finite at least one value, each finite
   */
  Summary histogram(String name, float[] finite) {
    try (Tensor fedTag = TString.scalarOf(name);
        Tensor fedValues = TensorBundle.tensor(Shape.of(finite.length), finite);
        Result result =
            session.runner().feed(tag, fedTag).feed(values, fedValues).fetch(histogram).run()) {
      return parsed(result);
    }
  }

  /**
   * A PNG, whose tag is {@code name + "/image"}.
   *
   * @param levels of shape [height, width, channels], in C order
   */
  Summary image(String name, byte[] levels, int height, int width, int channels) {
    Shape shape = Shape.of(1, height, width, channels);
    try (Tensor fedTag = TString.scalarOf(name);
        Tensor fedPixels = TUint8.tensorOf(shape, DataBuffers.of(levels, true, false));
        Result result =
            session.runner().feed(tag, fedTag).feed(pixels, fedPixels).fetch(image).run()) {
      return parsed(result);
    }
  }

  private static Summary parsed(Result result) {
    try {
      return Summary.parseFrom(((TString) result.get(0)).asBytes().getObject());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("TensorFlow made a summary that is none", e);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
