package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.network.StudentModel;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * How often a model that knows classes is asked for each: as often as the reference has it, or all
 * alike. Classes of which the reference has no image are not asked for.
 *
 * @param reference its name, for messages
 * @param labels of its images; none where they have no classes, or none are known
 * @param names of its classes
 * @param uniform all classes alike
 */
public record ClassMix(
    String reference, Optional<int[]> labels, ClassNames names, boolean uniform) {
  private static final String FLAG = "--uniform-classes";

  /** Every class of a model alike, whatever it is measured against. */
  public static final ClassMix ALIKE = new ClassMix("", Optional.empty(), ClassNames.NONE, true);

  /**
   * As some images have them.
   *
   * @param count of the images that are the reference, the first ones of the set
   */
  public static ClassMix like(ImageSet images, int count, boolean uniform) {
    return new ClassMix(images.name(), images.labels(0, count), images.classNames(), uniform);
  }

  /**
   * What a model is asked for, image after image and then from the beginning again: a part of any
   * length has the classes as nearly in these proportions as whole images can (Webster's method),
   * and where all are equal they come one after another.
   *
   * @throws InputException when the reference has images of a class that the model does not know
   */
  public Asked of(StudentModel model) {
    return asKnownTo(model).drawn(model);
  }

  private Asked drawn(StudentModel model) {
    int classes = model.info().getClasses();
    if (classes < 1) {
      return Asked.nothing();
    }
    long[] counts = new long[classes];
    if (labels.isEmpty()) {
      Arrays.fill(counts, 1);
      return asked(model, counts);
    }
    for (int label : inModel(model)) {
      counts[label]++;
    }
    if (uniform) {
      Arrays.setAll(counts, k -> Math.min(1, counts[k]));
    }
    return asked(model, counts);
  }

  private Asked asked(StudentModel model, long[] counts) {
    return Asked.ofLabels(sequence(counts), words(counts), model.classNames());
  }

  /** The same, without classes where all images lie in one folder that is no class of a model. */
  ClassMix asKnownTo(StudentModel model) {
    boolean classes = labels.isPresent() && model.info().getClasses() > 0;
    return classes && compared(model).isNoClass()
        ? new ClassMix(reference, Optional.empty(), ClassNames.NONE, uniform)
        : this;
  }

  /**
   * The labels of the reference's images, which are known, as a model that knows classes has them.
   *
   * @throws InputException when there are images of a class that it does not know
   */
  int[] inModel(StudentModel model) {
    int[] among = among(model);
    int[] known = new int[labels.orElseThrow().length];
    for (int i = 0; i < known.length; i++) {
      int label = labels.get()[i];
      if (label >= among.length) {
        throw unknown(model, "images of class " + names.of(label));
      }
      known[i] = among[label];
    }
    return known;
  }

  /** What the labels of {@link #inModel} are called. */
  ClassNames namesIn(StudentModel model) {
    ClassNames known = model.classNames().beside(names, model.info().getClasses());
    return known.isEmpty() ? names : known;
  }

  /** The model's label by the reference's. */
  private int[] among(StudentModel model) {
    ClassNames.Compared compared = compared(model);
    if (!compared.named()) {
      return IntStream.range(0, model.info().getClasses()).toArray();
    }
    return compared.labels().orElseThrow(() -> unknown(model, "the classes " + compared.own()));
  }

  private ClassNames.Compared compared(StudentModel model) {
    int count = 1 + Arrays.stream(labels.orElseThrow()).max().orElse(-1);
    return names.with(count, model.classNames(), model.info().getClasses());
  }

  private InputException unknown(StudentModel model, String found) {
    ClassNames known = model.classNames();
    String classes = known.isEmpty() ? model.info().getClasses() + " classes" : known.toString();
    return new InputException(
        reference,
        found,
        "classes that " + model.origin() + " knows: " + classes,
        "measure against images of the model's classes (--against)");
  }

  /**
   * Class k stands at the times (2 j + 1) / (2 n_k), j = 0, 1, ...; of two at one time the lower
   * class comes first.
   */
  static int[] sequence(long[] counts) {
    long divisor = Arrays.stream(counts).reduce(0, ClassMix::commonDivisor);
    long[] parts = Arrays.stream(counts).map(n -> n / divisor).toArray();
    record Next(int label, long odd, long count) {}
    Comparator<Next> byTime =
        (a, b) ->
            Long.compare(Math.multiplyExact(a.odd, b.count), Math.multiplyExact(b.odd, a.count));
    PriorityQueue<Next> queue = new PriorityQueue<>(byTime.thenComparingInt(Next::label));
    for (int k = 0; k < parts.length; k++) {
      if (parts[k] > 0) {
        queue.add(new Next(k, 1, parts[k]));
      }
    }
    int[] sequence = new int[Math.toIntExact(Arrays.stream(parts).sum())];
    for (int i = 0; i < sequence.length; i++) {
      Next next = queue.remove();
      sequence[i] = next.label;
      queue.add(new Next(next.label, next.odd + 2, next.count));
    }
    return sequence;
  }

  private static long commonDivisor(long a, long b) {
    return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).longValueExact();
  }

  /** To two digits, as "0.050" and "99"; above 99, where these would say all, to three. */
  static String percent(long part, long all) {
    double percent = 100.0 * part / all;
    MathContext digits = new MathContext(percent > 99 ? 3 : 2);
    return new BigDecimal(percent).round(digits).toPlainString();
  }

  private String words(long[] counts) {
    long present = Arrays.stream(counts).filter(n -> n > 0).count();
    long all = Arrays.stream(counts).sum();
    long least = Arrays.stream(counts).filter(n -> n > 0).min().orElse(0);
    long most = Arrays.stream(counts).max().orElse(0);
    String of = present == 1 ? "1 class" : present + " classes";
    String how;
    if (labels.isEmpty()) {
      how = uniform ? "all alike" : "all alike: " + reference + " has none";
    } else if (uniform) {
      how = "all alike (" + FLAG + ")";
    } else if (least == most) {
      how = "all alike, as in the reference";
    } else {
      how =
          String.format(
              Locale.ROOT,
              "as often as in the reference, %s to %s %%",
              percent(least, all),
              percent(most, all));
    }
    long absent = counts.length - present;
    String left =
        absent == 0
            ? ""
            : "; "
                + absent
                + " without images there "
                + (absent == 1 ? "is" : "are")
                + " not drawn";
    return "Classes drawn: " + of + ", " + how + left;
  }
}
