package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineChartTest {
  private static final Axis STEP = Axis.linear("step");
  private static final Axis LOSS = Axis.log("loss");

  @ParameterizedTest
  @ValueSource(doubles = {0, -1})
  void aLogarithmicAxisRefusesWhatIsNotPositive(double value) {
    Series series = new Series("critic", new double[] {1, 2}, new double[] {1, value});
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> LineChart.of("", STEP, LOSS).with(series));
    assertEquals(
        "critic: " + value + " on the logarithmic axis \"loss\", which needs values > 0",
        refused.getMessage());
    Series swapped = new Series("critic", series.y(), series.x());
    assertThrows(
        IllegalArgumentException.class,
        () -> LineChart.of("", Axis.log("sigma"), STEP).with(swapped));
    Reference level = new Reference("floor", value, 0);
    assertThrows(IllegalArgumentException.class, () -> LineChart.of("", STEP, LOSS).with(level));
    LineChart.of("", STEP, STEP).with(series).with(level); // A linear axis takes them.
  }

  @Test
  void infiniteValuesAreRefused() {
    double[] two = {1, 2};
    Series infinite = new Series("s", two, new double[] {1, Double.POSITIVE_INFINITY});
    assertThrows(IllegalArgumentException.class, () -> LineChart.of("", STEP, STEP).with(infinite));
    assertThrows(
        IllegalArgumentException.class, () -> new Series("s", new double[] {1, Double.NaN}, two));
    assertThrows(IllegalArgumentException.class, () -> new Series("s", two, new double[] {1}));
  }

  @Test
  void theCurveRunsWhereItsValuesAre() {
    double[] x = {1, 10, 100};
    BufferedImage rising = chart(x, 1, 10, 100).draw();
    assertEquals(2 * Canvas.WIDTH, rising.getWidth());
    Pixels line = Pixels.of(plot(rising), Ink.colour(0));
    // On log-log axes the three points are a straight line: its mean is its middle.
    assertEquals((line.left() + line.right()) / 2, line.x(), 2);
    assertEquals((line.top() + line.bottom()) / 2, line.y(), 2);
    Pixels bent = Pixels.of(plot(chart(x, 1, 1, 100).draw()), Ink.colour(0));
    assertTrue(bent.y() > line.y() + 50, "a curve that rises late lies lower");
  }

  @Test
  void roundNumbersAreLabelledEvenWhereTheDataAreEvenlySpaced() {
    double[] x = IntStream.rangeClosed(0, 14).mapToDouble(i -> 7 * i).toArray();
    BufferedImage plot = plot(line(x, x));
    Pixels line = Pixels.of(plot, Ink.colour(0));
    double fifty = line.left() + 50 / 98.0 * (line.right() - line.left());
    BufferedImage column = plot.getSubimage((int) fifty - 4, 0, 8, plot.getHeight());
    assertTrue(Pixels.of(column, Ink.GRID).count() > 500, "a grid line at x = 50");
  }

  @Test
  void aReferenceLevelIsAtItsHeight() {
    LineChart chart =
        LineChart.of("", STEP, STEP)
            .with(new Series("s", new double[] {0, 1}, new double[] {0, 4}))
            .with(new Reference("a quarter", 1, 0));
    Pixels line = Pixels.of(plot(chart.draw()), Ink.colour(0));
    Pixels level = Pixels.of(plot(chart.draw()), Ink.REFERENCE);
    double quarter = line.bottom() - 0.25 * (line.bottom() - line.top());
    assertEquals(quarter, level.y(), 4);
    assertTrue(level.right() - level.left() > 1000, "from side to side");
  }

  @Test
  void missingValuesAreGaps() {
    double[] x = {0, 1, 2, 3};
    Pixels whole = Pixels.of(plot(line(x, 1, 1, 1, 1)), Ink.colour(0));
    Pixels gap = Pixels.of(plot(line(x, 1, 1, Double.NaN, 1)), Ink.colour(0));
    assertTrue(gap.count() < 0.6 * whole.count(), gap.count() + " of " + whole.count());
    line(x, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-12, 1e-7, 1, 123456.789, 1e9, 1e15})
  void anySizeOfNumberHasAnAxis(double size) {
    double[] x = {size, 2 * size};
    assertTimeoutPreemptively(
        Duration.ofSeconds(120),
        () -> {
          line(x, size, size * 1.0000001);
          line(x, size, size);
          line(x, -size, size);
          LineChart.of("", Axis.log("x"), Axis.log("y")).with(new Series("s", x, x)).draw();
        });
  }

  @Test
  void equalChartsAreEqualPictures() {
    LineChart chart = chart(new double[] {1, 10, 100}, 5, 6, 7).with(Reference.diagonal("y = x"));
    Pixels.assertEqualPictures(chart.draw(), chart.draw());
  }

  @Test
  void aChartWithoutLinesIsAnEmptyFrame() {
    assertEquals(2 * LineChart.HEIGHT, LineChart.of("none yet", STEP, LOSS).draw().getHeight());
  }

  @Test
  void everySeriesIsNamedUnderTheChart() {
    LineChart chart = LineChart.of("many", STEP, STEP);
    int height = 0;
    for (int i = 0; i < 12; i++) {
      chart = chart.with(new Series("a divergence with a long name " + i, ONE, ONE));
      BufferedImage picture = chart.draw();
      assertTrue(picture.getHeight() >= height, "more names never take less room");
      height = picture.getHeight();
    }
    assertTrue(height > 2 * LineChart.HEIGHT + 200, "several rows");
    BufferedImage legend =
        chart.draw().getSubimage(0, 2 * LineChart.HEIGHT, 1440, height - 2 * LineChart.HEIGHT);
    Pixels text = Pixels.of(legend, Ink.TEXT);
    assertTrue(text.right() < 1440 - 20 && text.bottom() < legend.getHeight() - 4, text.toString());
  }

  @Test
  void thirtyTwoSeriesDifferInColourOrDashes() {
    long kinds =
        IntStream.range(0, 32)
            .mapToObj(i -> Ink.colour(i) + " " + Arrays.toString(Ink.line(i).getDashArray()))
            .distinct()
            .count();
    assertEquals(32, kinds);
  }

  private static final double[] ONE = {1};

  private static LineChart chart(double[] x, double... y) {
    return LineChart.of("title", Axis.log("x"), LOSS).with(new Series("s", x, y));
  }

  private static BufferedImage line(double[] x, double... y) {
    return LineChart.of("", STEP, STEP).with(new Series("s", x, y)).draw();
  }

  /** The chart without its legend, which has the same colours. */
  private static BufferedImage plot(BufferedImage chart) {
    return chart.getSubimage(0, 0, chart.getWidth(), 2 * LineChart.HEIGHT);
  }
}
