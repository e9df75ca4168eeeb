package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.tensorflow.ndarray.Shape;

/**
 * Adapters of low rank for layers of a network: a layer's weights W become W + A B, seen as a
 * matrix. Hu et al. 2021 (arXiv 2106.09685), Equation 3, with alpha as large as the rank.
 *
 * @param layers those that have one, in the order of the network's parameters
 */
public record Adapters(List<Layer> layers) {
  /** How many layers a message names. */
  private static final int NAMED = 12;

  /**
   * The adapter of one layer. W as a matrix [rows, columns] is its numbers as they lie, cut after
   * some of its dimensions; A is [rows, rank] and B [rank, columns].
   *
   * @param index of W among the network's parameters
   * @param weights W
   * @param cut how many of its dimensions are rows
   * @param rank at most
   * @param name that the names of its nodes begin with
   * @param direct whether every op that takes W is a product x W that can be had as x W + (x A) B,
   *     so that nothing as large as W is computed
   */
  public record Layer(
      int index, Parameter weights, int cut, int rank, String name, boolean direct) {

    public Layer {
      rank = (int) Math.min(rank, Math.min(rows(weights, cut), columns(weights, cut)));
    }

    /** A. */
    public Parameter a() {
      return new Parameter(name + "/a", Shape.of(rows(weights, cut), rank));
    }

    /** B. */
    public Parameter b() {
      return new Parameter(name + "/b", Shape.of(rank, columns(weights, cut)));
    }

    private static long rows(Parameter weights, int cut) {
      return weights.shape().size() / columns(weights, cut);
    }

    private static long columns(Parameter weights, int cut) {
      return weights.shape().takeLast(weights.shape().numDimensions() - cut).size();
    }
  }

  public Adapters {
    layers = List.copyOf(layers);
  }

  /**
   * Finds the layers of a network whose names fit patterns; some may be another network's.
   *
   * @param rank of each, but for layers of a smaller side
   * @param targets patterns, in which * stands for any letters; none: every layer
   * @param origin of the network, for messages
   * @throws InputException when the patterns name no layer, or name one twice
   */
  public static Adapters of(
      NetworkFunction function, int rank, List<String> targets, String origin) {
    List<Parameter> parameters = function.parameters().list();
    Map<String, Integer> candidates = candidates(function);
    Set<String> chosen = chosen(candidates.keySet(), targets, origin);
    DirectProducts direct = new DirectProducts(function);
    Set<String> taken = Set.copyOf(function.parameters().names());
    List<Layer> layers = new ArrayList<>();
    for (String name : candidates.keySet()) {
      if (chosen.contains(name)) {
        Parameter weights = parameters.get(candidates.get(name));
        boolean alone = direct.areAllOf(weights);
        int cut = alone ? weights.shape().numDimensions() - 1 : smallest(weights.shape());
        layers.add(new Layer(candidates.get(name), weights, cut, rank, free(name, taken), alone));
      }
    }
    return new Adapters(layers);
  }

  /**
   * The layers of a network: weights of convolutions and matrix products, each with its index among
   * the network's parameters, in their order.
   */
  public static Map<String, Integer> candidates(NetworkFunction function) {
    List<Parameter> parameters = function.parameters().list();
    Set<String> products = WeightsOfProducts.of(function);
    Map<String, Integer> candidates = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter p = parameters.get(i);
      if (p.shape().numDimensions() > 1 && products.contains(p.name())) {
        candidates.put(p.name(), i);
      }
    }
    return candidates;
  }

  /** The name of a layer's adapter: beside others, which the network was exported with, another. */
  private static String free(String layer, Set<String> taken) {
    String name = layer + "/lora";
    for (int i = 2; taken.contains(name + "/a"); i++) {
      name = layer + "/lora_" + i;
    }
    return name;
  }

  /** Those of the patterns that name one of these layers. */
  public Set<String> fitting(List<String> targets) {
    Set<String> fitting = new LinkedHashSet<>();
    for (String target : targets) {
      Predicate<String> fits = pattern(target).asMatchPredicate();
      if (layers.stream().anyMatch(layer -> fits.test(layer.weights().name()))) {
        fitting.add(target);
      }
    }
    return fitting;
  }

  /**
   * What to say of a pattern that names no layer.
   *
   * @param origin of the networks that have none
   * @param needed names that there are
   */
  public static InputException unfit(String target, String origin, String needed) {
    return new InputException(
        "lora.targets",
        "'" + target + "', which fits no layer of " + origin,
        needed,
        "correct the pattern (* stands for any letters), or leave targets out: every layer");
  }

  /** Where to cut W so that A and B are smallest: inputs from outputs, in any order of them. */
  private static int smallest(Shape shape) {
    int best = shape.numDimensions() - 1;
    long least = Long.MAX_VALUE;
    for (int cut = shape.numDimensions() - 1; cut > 0; cut--) {
      long columns = shape.takeLast(shape.numDimensions() - cut).size();
      long sides = shape.size() / columns + columns;
      if (sides < least) {
        least = sides;
        best = cut;
      }
    }
    return best;
  }

  private static Set<String> chosen(Set<String> layers, List<String> targets, String origin) {
    List<String> all = targets.isEmpty() ? List.of("*") : targets;
    Map<String, String> by = new LinkedHashMap<>();
    for (String target : all) {
      Pattern pattern = pattern(target);
      for (String layer : layers) {
        if (pattern.matcher(layer).matches()) {
          String other = by.put(layer, target);
          require(
              other == null,
              "layer '" + layer + "' of " + origin + " fits '" + other + "' and '" + target + "'",
              "each layer named once",
              "take out one of the patterns, or let it name fewer layers");
        }
      }
    }
    if (by.isEmpty()) {
      throw unfit(
          all.get(0),
          origin,
          layers.isEmpty()
              ? "a network with convolutions or matrix products"
              : "names of weights of its convolutions and products: " + some(layers));
    }
    return by.keySet();
  }

  private static String some(Set<String> layers) {
    String names = String.join(", ", layers.stream().limit(NAMED).toList());
    int more = layers.size() - NAMED;
    return more > 0 ? names + " and " + more + " more (./fdistill inspect NAME --all)" : names;
  }

  private static Pattern pattern(String target) {
    List<String> parts = new ArrayList<>();
    for (String part : target.split("\\*", -1)) {
      parts.add(Pattern.quote(part));
    }
    return Pattern.compile(String.join(".*", parts));
  }

  private static void require(boolean holds, String found, String needed, String remedy) {
    if (!holds) {
      throw new InputException("lora.targets", found, needed, remedy);
    }
  }

  /** How many numbers the weights have that they stand beside. */
  public long weights() {
    return layers.stream().mapToLong(layer -> layer.weights().size()).sum();
  }

  /** A and B of every layer. */
  public Parameters parameters() {
    List<Parameter> list = new ArrayList<>();
    layers.forEach(layer -> list.addAll(List.of(layer.a(), layer.b())));
    return new Parameters(list);
  }

  /**
   * Standard deviations of the first values of {@link #parameters}: A is drawn so that x A is as
   * large as x, B is 0; so the network begins as it is without adapters.
   */
  public List<Double> deviations() {
    List<Double> deviations = new ArrayList<>();
    layers.forEach(
        layer -> deviations.addAll(List.of(1 / Math.sqrt(layer.a().shape().get(0)), 0.0)));
    return deviations;
  }

  /** The network with adapters: its parameters, and then theirs. */
  public NetworkFunction added(NetworkFunction function) {
    List<Parameter> all = new ArrayList<>(function.parameters().list());
    all.addAll(parameters().list());
    return new NetworkFunction(
        new AdapterNodes(function.graph(), layers).graph(),
        function.inputs(),
        function.outputs(),
        new Parameters(all));
  }
}
