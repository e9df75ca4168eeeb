package io.github.fdistill.run;

import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Axis;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.LineChart;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Series;
import io.github.fdistill.training.Reading;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The numbers of a run as curves, each with a word on what it shows and how it should look. */
final class RunCharts {
  /** Numbers that belong into one chart; each of the others has its own. */
  private static final List<Set<String>> TOGETHER =
      List.of(
          texts(Reading.DISCRIMINATOR_LOSS, Reading.GAN_LOSS),
          texts(Reading.LOGIT_FAKE, Reading.LOGIT_REAL),
          texts(Reading.RATIO_CLIPPED, Reading.EFFECTIVE_SAMPLE_SHARE));

  /** Measures whose best depends on the features and on how many images there are. */
  private static final Map<String, String> OF_REAL_IMAGES =
      Map.of(
          "precision", "the share of drawn images that lie among real ones",
          "recall", "the share of real images that lie among drawn ones",
          "density", "as precision, less shaken by outliers",
          "coverage",
              "the share of real images with a drawn one near; fewer samples than images alone"
                  + " lower it");

  /** What a number means, by the first of its chart. */
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          meaning(
              Reading.FAKE_SCORE_LOSS,
              "the error of the network that denoises the student's images; it falls at first and"
                  + " then follows the student"),
          meaning(
              Reading.DISCRIMINATOR_LOSS,
              "of the discriminator, and of the student against it; 1.39 and 0.69 where it cannot"
                  + " tell real from drawn"),
          meaning(
              Reading.LOGIT_FAKE,
              "the discriminator's mean logit of drawn and of real images; the nearer they lie, the"
                  + " less it can tell them apart"),
          meaning(
              Reading.FAKE_SCORE_GRADIENT_NORM,
              "the length of its gradient; peaks are steps that went wrong"),
          meaning(Reading.DISCRIMINATOR_GRADIENT_NORM, "the length of its gradient"),
          meaning(
              Reading.DIVERGENCE_LOSS,
              "how far the student's noisy images are from the teacher's, by the two scores; its"
                  + " height is no measure of quality"),
          meaning(
              Reading.DIVERSITY,
              "how far the student's images differ from one another, beside real ones: 1 is as"
                  + " much, near 0 it draws always the same"),
          meaning(
              Reading.RATIO,
              "the mean density ratio of teacher and student; 1 where it is calibrated"),
          meaning(
              Reading.RATIO_CLIPPED,
              "the share of ratios that were clipped, and of samples that count; near 0 and near 1"
                  + " is well"),
          meaning(Reading.WEIGHT, "the mean weight h(r) of the student's samples"),
          meaning(
              Reading.LOSS,
              "the error of what is trained; it falls fast, then slowly, and quality goes on"
                  + " growing after it seems flat"),
          meaning(
              Reading.ACCURACY, "the share of images that are taken for their class; 1 at best"),
          meaning(
              Reading.GRADIENT_NORM, "the length of the gradient; peaks are steps that went wrong"),
          Map.entry(
              "fid", "the distance between features of drawn and real images; lower is better"),
          Map.entry("kid_x1000", "as FID, and right for few images too; lower is better"));

  /** What diversity means where there are no images beside the student's, as of prompts alone. */
  private static final String SPREAD =
      "how far the student's images differ from one another, by the standard deviation of their"
          + " pixels; near 0 it draws always the same";

  /** A curve is a mean over so many parts of the run at the most. */
  private static final int POINTS = 200;

  private RunCharts() {}

  private static Set<String> texts(Reading... readings) {
    return Stream.of(readings).map(Reading::toString).collect(Collectors.toSet());
  }

  private static Map.Entry<String, String> meaning(Reading reading, String words) {
    return Map.entry(reading.toString(), words);
  }

  /**
   * All of them, under what holds for each.
   *
   * @param realImages the command that measures real images in the same way; none where there are
   *     none
   */
  static List<Block> of(Metrics metrics, Optional<String> realImages) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Paragraph("Over the steps; every curve is a mean over neighbouring steps."));
    Set<String> left = new LinkedHashSet<>(metrics.values().keySet());
    realImages
        .filter(
            command -> left.stream().map(RunCharts::measure).anyMatch(OF_REAL_IMAGES::containsKey))
        .map(
            command -> "What precision, recall, density and coverage real images reach: " + command)
        .ifPresent(words -> blocks.add(new Paragraph(words)));
    if (left.contains(Reading.DIVERGENCE_LOSS.toString())
        && !left.contains(Reading.DIVERSITY.toString())) {
      blocks.add(
          new Paragraph(
              "There is no curve of diversity: batches were computed an image at a time"
                  + " (accumulation_steps, workers), and one image differs from no other. Whether"
                  + " the student draws always the same, the pictures show."));
    }
    while (!left.isEmpty()) {
      String first = left.iterator().next();
      Set<String> names = new LinkedHashSet<>(left);
      names.retainAll(together(first, left));
      blocks.add(chart(metrics, first, names, blocks));
      left.removeAll(names);
    }
    return blocks;
  }

  /** One chart; its name stands under it, and in it only what tells several curves apart. */
  private static Figure chart(
      Metrics metrics, String first, Set<String> names, List<Block> others) {
    LineChart chart = LineChart.of("", Axis.linear("step"), Axis.linear(""));
    for (String name : names) {
      String part = name.replaceAll(WaitedTimes.is(first) ? ".*/" : "/.*", "");
      String curve = names.size() == 1 ? "" : part.replace('_', ' ');
      chart = chart.with(series(metrics, name, curve));
    }
    String words = words(first, names);
    String meaning = meaning(metrics, first);
    String caption = meaning == null ? words : words + ": " + meaning + ".";
    return new Figure(figureName(first, others), chart.draw(), caption, words + " over the steps");
  }

  /** What a number means in this run; null where nobody knows. */
  private static String meaning(Metrics metrics, String number) {
    if (WaitedTimes.is(number)) {
      return WaitedTimes.MEANING;
    }
    String ofReal = OF_REAL_IMAGES.get(measure(number));
    if (ofReal != null) {
      return ofReal + "; higher is better";
    }
    boolean images = metrics.values().containsKey(Reading.GAN_LOSS.toString());
    return number.equals(Reading.DIVERSITY.toString()) && !images
        ? SPREAD
        : MEANINGS.get(measure(number));
  }

  /** A number's name without the average that it is of. */
  private static String measure(String number) {
    return number.substring(number.indexOf('/') + 1);
  }

  /** That of a number, where it can name a file and no other does. */
  private static String figureName(String number, List<Block> others) {
    String name = number.replace('/', '-');
    boolean taken = others.stream().anyMatch(b -> b instanceof Figure f && f.name().equals(name));
    return Folders.isPlainName(name) && !taken ? name : "curve-" + others.size();
  }

  /** What is shown in the chart of a number: a measure of every average, or what belongs to it. */
  private static Set<String> together(String first, Set<String> all) {
    if (WaitedTimes.is(first)) {
      return all.stream().filter(WaitedTimes::is).collect(Collectors.toSet());
    }
    int slash = first.indexOf('/');
    return slash < 0
        ? TOGETHER.stream().filter(set -> set.contains(first)).findFirst().orElse(Set.of(first))
        : all.stream()
            .filter(name -> name.endsWith(first.substring(slash)))
            .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static String words(String first, Set<String> names) {
    String said = said(first, names);
    return said.isBlank() ? "a number without a name" : said;
  }

  private static String said(String first, Set<String> names) {
    if (WaitedTimes.is(first)) {
      return "seconds waited";
    }
    if (first.contains("/")) {
      return measure(first).replace("_x1000", " x1000");
    }
    return (names.size() == 1 ? first : String.join(", ", names.stream().sorted().toList()))
        .replace('_', ' ');
  }

  /**
   * Means over equal parts of the run, whose first step is 1; a part with a number that is none is
   * a gap.
   */
  static Series series(Metrics metrics, String name, String curve) {
    double[] values = metrics.values().get(name);
    double[] steps = metrics.steps().get(name);
    int points = Math.min(POINTS, values.length);
    double[] x = new double[points];
    double[] y = new double[points];
    for (int p = 0; p < points; p++) {
      int from = (int) ((long) values.length * p / points);
      int to = (int) ((long) values.length * (p + 1) / points);
      for (int i = from; i < to; i++) {
        x[p] += (steps[i] + 1) / (to - from); // Told as all steps are: from 1.
        y[p] += values[i] / (to - from);
      }
      y[p] = Math.abs(y[p]) <= Float.MAX_VALUE ? y[p] : Double.NaN;
    }
    return new Series(curve, x, y);
  }
}
