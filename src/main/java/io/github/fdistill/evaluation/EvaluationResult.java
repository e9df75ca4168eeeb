package io.github.fdistill.evaluation;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What an evaluation found.
 *
 * @param images what was measured, in words
 * @param against the reference, in words
 * @param references images of it
 * @param notes on how it was done, a line each: which classes were drawn
 * @param by what each set of features says of the same images; at least one
 * @param imagesPerSecond that were drawn; none of stored ones
 */
public record EvaluationResult(
    String images,
    String against,
    int references,
    List<String> notes,
    List<ByFeatures> by,
    Optional<Double> imagesPerSecond) {

  /**
   * What one set of features says.
   *
   * @param features the features network, as it was named
   * @param dimension numbers that it gives of an image
   * @param sets of images, each measured by itself; at least one
   */
  public record ByFeatures(String features, int dimension, List<Evaluation.Result> sets) {

    /**
     * The means over the sets by name, such as {@code fid}, {@code kid_x1000} and {@code recall},
     * and where there are several sets their 95 % intervals.
     */
    public Map<String, Interval> measures() {
      List<Measures> each = sets.stream().map(Evaluation.Result::measures).toList();
      Map<String, Interval> all = new LinkedHashMap<>();
      each.get(0)
          .byName()
          .forEach((name, measure) -> all.put(name, Measures.interval(each, measure)));
      Set<String> others = new LinkedHashSet<>(sets.get(0).others().keySet());
      sets.forEach(set -> others.retainAll(set.others().keySet()));
      for (String name : others) {
        double[] values = sets.stream().mapToDouble(r -> r.others().get(name)).toArray();
        all.put(name, Interval.of(values));
      }
      putClasses(all, Evaluation.CLASS_KL, ClassShares::divergence);
      putClasses(all, Evaluation.LEAST_CLASS, ClassShares::least);
      return all;
    }

    private void putClasses(
        Map<String, Interval> all, String name, ToDoubleFunction<ClassShares> measure) {
      if (sets.get(0).classes().isPresent()) {
        all.put(
            name,
            Interval.of(
                sets.stream()
                    .mapToDouble(r -> measure.applyAsDouble(r.classes().get()))
                    .toArray()));
      }
    }

    /** How all images fall on classes; where that is told. */
    Optional<ClassShares> classes() {
      return sets.get(0)
          .classes()
          .map(one -> ClassShares.ofAll(sets.stream().map(r -> r.classes().get()).toList()));
    }

    /**
     * Of the first set's KID, times 1000: how far off it may be by its subsets alone; none where
     * that is of all images.
     */
    public OptionalDouble kernelError() {
      KernelDistance kernel = sets.get(0).measures().kernel();
      return kernel.subsets() > 1
          ? OptionalDouble.of(1000 * kernel.standardError())
          : OptionalDouble.empty();
    }
  }

  /** Of the first features; see {@link ByFeatures#measures}. */
  public Map<String, Interval> measures() {
    return by.get(0).measures();
  }

  /** Of the first features, what was found of each set of images. */
  public List<Evaluation.Result> sets() {
    return by.get(0).sets();
  }

  /** Images of each set. */
  public int samples() {
    return sets().get(0).measures().samples();
  }
}
