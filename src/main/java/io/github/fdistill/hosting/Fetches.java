package io.github.fdistill.hosting;

import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.NativeTensors;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/**
 * What is fetched for the outputs of a graph's signatures: the output itself, or where TensorFlow
 * Java has no class of its type, its bits as another type.
 */
final class Fetches {
  private final Map<String, Fetch> all = new HashMap<>();

  /**
   * What is fetched.
   *
   * @param tensor to be fetched
   * @param type of the output
   */
  record Fetch(String tensor, DataType type) {
    /**
     * Refuses an output that cannot be fetched.
     *
     * @throws io.github.fdistill.wire.ApiException for a type that is not served
     */
    String name() {
      HostTensor.width(type);
      return tensor;
    }

    HostTensor values(Tensor fetched) {
      return NativeTensors.toHost(fetched, type);
    }
  }

  /** Adds to the graph what the outputs need to be fetched. */
  Fetches(Graph graph, Collection<Signature> signatures) {
    for (Signature signature : signatures) {
      for (TensorInfo output : signature.outputs().values()) {
        all.computeIfAbsent(output.getName(), tensor -> fetch(graph, tensor, output.getDtype()));
      }
    }
  }

  /** What is fetched for a tensor of the graph that is an output. */
  Fetch of(TensorInfo output) {
    return all.get(output.getName());
  }

  private Fetch fetch(Graph graph, String tensor, DataType said) {
    GraphOperation node = graph.operation(NetworkFunction.nodeOf(tensor));
    boolean named = tensor.matches("[^:]+(:\\d{1,9})?");
    if (node == null || !named || NetworkFunction.indexOf(tensor) >= node.numOutputs()) {
      return new Fetch(tensor, said); // TensorFlow says what is missing when it is asked for.
    }
    Output<?> output = node.output(NetworkFunction.indexOf(tensor));
    DataType type = output.dataType();
    DataType readable = NativeTensors.readable(type);
    if (readable == type) {
      return new Fetch(tensor, type);
    }
    String bits = "bits_of_" + node.name() + "_" + output.index();
    while (graph.operation(bits) != null) {
      bits += "_";
    }
    graph
        .opBuilder("Bitcast", bits, graph.baseScope())
        .addInput(output)
        .setAttr("type", readable)
        .build();
    return new Fetch(bits, type);
  }
}
