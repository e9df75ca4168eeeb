package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * A network that is described, with the weights of a model that has it already; what it knows of
 * classes may begin anew.
 *
 * @param model the network with those weights
 * @param anew names of the parameters that have their own first values
 */
public record Continued(DenoiserModel model, List<String> anew) {
  private static final int MOST_NAMED = 8;

  /**
   * @param network of any family but a mixture
   * @param start whose weights it gets
   * @param sameClasses whether the classes are the start's; else what is known of them begins anew
   * @param seed of what begins anew
   * @throws InputException when the start is of another network
   */
  public static Continued of(
      NetworkConfig network, DenoiserModel start, boolean sameClasses, long seed) {
    DenoiserModel first = Networks.denoiser(network, seed);
    Map<Parameter, Integer> known = new HashMap<>();
    List<Parameter> there = start.weights().parameters().list();
    for (int i = 0; i < there.size(); i++) {
      known.put(there.get(i), i);
    }
    Set<Parameter> ofClasses =
        sameClasses
            ? Set.of()
            : ofClasses(network, start.info().getClasses(), first.function().parameters());
    List<Integer> places = new ArrayList<>();
    List<String> anew = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Parameter parameter : first.function().parameters().list()) {
      boolean own = ofClasses.contains(parameter);
      places.add(own ? -1 : known.getOrDefault(parameter, -1));
      if (own) {
        anew.add(parameter.name());
      } else if (!known.containsKey(parameter)) {
        missing.add(parameter.name() + " " + parameter.shape());
      }
    }
    if (!missing.isEmpty()) {
      throw new InputException(
          "field start: " + start.origin(),
          "no parameter "
              + String.join(", ", missing.subList(0, Math.min(MOST_NAMED, missing.size())))
              + (missing.size() > MOST_NAMED
                  ? " and " + (missing.size() - MOST_NAMED) + " more"
                  : ""),
          "every parameter of the network that is described",
          "leave --network out, so that the start's own description is taken, or name another"
              + " start");
    }
    Weights weights = new Taken(first.weights(), start.weights(), List.copyOf(places));
    return new Continued(first.with(weights), anew);
  }

  /** Those that a network without classes does not have; of one without, one with the start's. */
  private static Set<Parameter> ofClasses(NetworkConfig network, int known, Parameters all) {
    int others = network.getClasses() > 0 ? 0 : Math.max(0, known);
    NetworkConfig other = network.toBuilder().setClasses(others).build();
    Set<Parameter> own = new HashSet<>(all.list());
    own.removeAll(Networks.denoiser(other, 0).function().parameters().list());
    return own;
  }

  /**
   * @param places of each parameter among those of the start; -1: it begins anew
   */
  private record Taken(Weights own, Weights start, List<Integer> places) implements Weights {
    @Override
    public Parameters parameters() {
      return own.parameters();
    }

    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      int place = places.get(parameter);
      if (place < 0) {
        own.copy(parameter, into);
      } else {
        start.copy(place, into);
      }
    }
  }
}
