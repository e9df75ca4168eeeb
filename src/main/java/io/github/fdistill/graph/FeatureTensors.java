package io.github.fdistill.graph;

import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The maps [N,h,w,c] (or [N,c,h,w]) inside a network that depend on its images: floating-point
 * numbers of fixed h, w and c.
 */
public final class FeatureTensors {
  /** A number of images that is told from other sizes, where any number may be taken. */
  private static final long ANY_ROWS = 67;

  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<String, Integer> depths = new HashMap<>();
  private final Map<String, Long> smallest = new HashMap<>();
  private final boolean channelsFirst;
  private final long height;
  private final long width;
  private final long rows;

  /**
   * Looks for them.
   *
   * @param input the name of the function's input with the images
   * @param channelsFirst whether maps are [N,c,h,w]
   * @param height of the images
   * @param width of the images
   */
  public FeatureTensors(
      NetworkFunction function, String input, boolean channelsFirst, long height, long width) {
    this.channelsFirst = channelsFirst;
    this.height = height;
    this.width = width;
    function.graph().getNodeList().forEach(n -> nodes.put(n.getName(), n));
    String images = function.inputs().get(input);
    this.rows = rows(nodes.get(images));
    try (Graph graph = Sessions.graph()) {
      GraphAccess.importGraph(graph, withRows(function), "", Map.of());
      depths.put(images, 0);
      smallest.put(images, height);
      for (String node : inOrder()) {
        follow(node, graph.operationOrThrow(node));
      }
    }
  }

  /**
   * Of images that a placeholder takes; where it takes any number, one that is told from others.
   */
  private static long rows(NodeDef images) {
    AttrValue shape = images.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
    boolean known = shape.getShape().getDimCount() > 0;
    long rows = known ? shape.getShape().getDim(0).getSize() : 0;
    return rows > 0 ? rows : ANY_ROWS;
  }

  /** Nodes after what they take; a loop's are left out. */
  private List<String> inOrder() {
    List<String> order = new ArrayList<>();
    Set<String> done = new HashSet<>();
    for (String start : nodes.keySet()) {
      List<String> open = new ArrayList<>(List.of(start));
      Set<String> entered = new HashSet<>();
      while (!open.isEmpty()) {
        String node = open.get(open.size() - 1);
        if (!done.contains(node) && entered.add(node)) {
          sources(node).stream().filter(s -> !done.contains(s)).forEach(open::add);
        } else {
          open.remove(open.size() - 1);
          if (done.add(node)) {
            order.add(node);
          }
        }
      }
    }
    return order;
  }

  private List<String> sources(String node) {
    return nodes.get(node).getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .map(NetworkFunction::nodeOf)
        .filter(nodes::containsKey)
        .toList();
  }

  /** Notes how deep a node is, what is smallest before it, and its maps; if it sees the images. */
  private void follow(String node, Operation op) {
    for (String source : sources(node)) {
      if (depths.containsKey(source)) {
        depths.merge(node, depths.get(source) + 1, Math::max);
        smallest.merge(node, smallest.get(source), Math::min);
      }
    }
    if (depths.getOrDefault(node, 0) == 0) {
      return; // The images themselves, or what does not depend on them.
    }
    for (int i = 0; i < op.numOutputs(); i++) {
      Output<?> output = op.output(i);
      if (DataTypes.isFloating(output.dataType()) && isMap(output.shape())) {
        Shape map = hwc(output.shape());
        shapes.put(node + ":" + i, map);
        if (isReduced(map)) {
          smallest.merge(node, map.get(0), Math::min);
        }
      }
    }
  }

  /** Whether it has the images' proportions; means over all pixels are no image. */
  private boolean isReduced(Shape map) {
    boolean pixels = map.get(0) > 1 || height == 1;
    return pixels && map.get(0) * width == map.get(1) * height;
  }

  /** A row for each image: a convolution that dilates may cut images into more, smaller ones. */
  private boolean isMap(Shape shape) {
    return shape.numDimensions() == 4
        && (shape.get(0) == rows || shape.get(0) < 0)
        && shape.get(1) > 0
        && shape.get(2) > 0
        && shape.get(3) > 0;
  }

  /** The graph with so many images in the place of any number. */
  private GraphDef withRows(NetworkFunction function) {
    GraphDef.Builder result = function.graph().toBuilder();
    for (NodeDef.Builder node : result.getNodeBuilderList()) {
      boolean input = function.inputs().containsValue(node.getName()) && node.containsAttr("shape");
      AttrValue shape = node.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
      if (input && shape.getShape().getDimCount() > 0 && shape.getShape().getDim(0).getSize() < 0) {
        AttrValue.Builder known = shape.toBuilder();
        known.getShapeBuilder().getDimBuilder(0).setSize(rows);
        node.putAttr("shape", known.build());
      }
    }
    return result.build();
  }

  private Shape hwc(Shape shape) {
    return channelsFirst
        ? Shape.of(shape.get(2), shape.get(3), shape.get(1))
        : Shape.of(shape.get(1), shape.get(2), shape.get(3));
  }

  /** Every map by its name {@code node:index}, with its shape [h,w,c]. */
  public Map<String, Shape> all() {
    return Collections.unmodifiableMap(shapes);
  }

  /** The shape [h,w,c] of a map {@code node:index}; nothing where there is no such map. */
  public Optional<Shape> shape(String tensor) {
    String full = NetworkFunction.nodeOf(tensor) + ":" + NetworkFunction.indexOf(tensor);
    return Optional.ofNullable(shapes.get(full));
  }

  /**
   * The last map of each height on the way down: of those that depend on no smaller map of the
   * images' proportions the one that most ops lead to.
   *
   * @return names {@code node:index} by height, rising
   */
  public Map<Long, String> lastOfEachHeight() {
    Map<Long, String> last = new TreeMap<>();
    shapes.forEach(
        (tensor, map) -> {
          String node = NetworkFunction.nodeOf(tensor);
          long h = map.get(0);
          boolean down = h <= smallest.get(node) && isReduced(map);
          if (down && (!last.containsKey(h) || depth(tensor) >= depth(last.get(h)))) {
            last.put(h, tensor);
          }
        });
    return last;
  }

  private int depth(String tensor) {
    return depths.get(NetworkFunction.nodeOf(tensor));
  }
}
