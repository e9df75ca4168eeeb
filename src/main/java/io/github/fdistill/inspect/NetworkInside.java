package io.github.fdistill.inspect;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.flops.FloatOperations;
import io.github.fdistill.graph.FeatureTensors;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What TensorFlow infers of the inside of a network. */
final class NetworkInside {
  /** Images have that many channels at most, and feature maps usually more. */
  private static final int MOST_CHANNELS = 4;

  private NetworkInside() {}

  /** Operations for one image. */
  static FloatOperations operations(NetworkFunction function) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<TFloat32>> weights = function.parameters().placeholders(tf);
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach(
              (name, input) -> {
                Shape shape = withRows(input.shape(), 1);
                inputs.put(name, tf.placeholder(input.type(), Placeholder.shape(shape)));
              });
      function.call(tf, "body", inputs, weights);
      return FloatOperations.of(graph);
    }
  }

  static Shape withRows(Shape shape, int rows) {
    boolean free = !shape.isUnknown() && shape.numDimensions() > 0 && shape.get(0) < 0;
    return free ? shape.tail().prepend(rows) : shape;
  }

  /** Maps that depend on the images, in the order of the graph; none where no images go in. */
  static List<FeatureCandidate> candidates(
      SavedModel model, NetworkFunction function, Collection<String> floatInputs) {
    Map<String, NetworkFunction.Input> inputs = function.placeholders();
    Optional<String> images =
        floatInputs.stream().filter(name -> isImage(inputs.get(name).shape())).findFirst();
    if (images.isEmpty()) {
      return List.of();
    }
    Shape shape = inputs.get(images.get()).shape();
    boolean first = channelsFirst(shape);
    FeatureTensors maps =
        new FeatureTensors(
            function, images.get(), first, shape.get(first ? 2 : 1), shape.get(first ? 3 : 2));
    Collection<String> last = maps.lastOfEachHeight().values();
    List<FeatureCandidate> found = new ArrayList<>();
    maps.all()
        .forEach(
            (tensor, map) -> {
              boolean wide = map.get(0) > 1 && map.get(2) > MOST_CHANNELS;
              if (wide && model.hasTensor(tensor)) {
                found.add(
                    new FeatureCandidate(
                        tensor, map.get(0), map.get(1), map.get(2), last.contains(tensor)));
              }
            });
    return found;
  }

  private static boolean isImage(Shape shape) {
    return shape.numDimensions() == 4 && shape.get(1) > 0 && shape.get(2) > 0 && shape.get(3) > 0;
  }

  private static boolean channelsFirst(Shape image) {
    return image.get(1) <= MOST_CHANNELS && image.get(3) > MOST_CHANNELS;
  }
}
