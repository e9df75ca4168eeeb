package io.github.fdistill.report;

import io.github.fdistill.InputException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.CategoryStyler;

/**
 * Groups of bars from zero, a bar of each kind in every group.
 *
 * @param title above the chart; may be empty
 * @param valueLabel says the quantity and its unit
 * @param groups their names, from left to right
 */
public record BarChart(String title, String valueLabel, List<String> groups, List<Bars> bars) {
  private static final Axis VALUES = Axis.linear("values");

  /**
   * The bars of one kind.
   *
   * @param values one for each group; NaN for no bar
   * @param error half the length of each error bar; or empty without error bars
   */
  public record Bars(String name, double[] values, double[] error) {
    public Bars {
      DoubleStream.of(values).forEach(value -> VALUES.requirePlace(name, value));
      if (error.length != 0 && error.length != values.length) {
        throw new IllegalArgumentException(
            name + ": " + values.length + " values, " + error.length + " errors");
      }
      if (!DoubleStream.of(error).allMatch(e -> Double.isFinite(e) && e >= 0)) {
        throw new IllegalArgumentException(
            name + ": an error that is negative or no finite number");
      }
    }

    private DoubleStream ends() {
      return IntStream.range(0, values.length)
          .boxed()
          .flatMapToDouble(
              i -> {
                double half = error.length == 0 ? 0 : error[i];
                return DoubleStream.of(values[i] - half, values[i] + half);
              });
    }
  }

  public BarChart {
    groups = List.copyOf(groups);
    bars = List.copyOf(bars);
    if (groups.isEmpty()) {
      throw new IllegalArgumentException("a bar chart without groups");
    }
    for (Bars one : bars) {
      if (one.values().length != groups.size()) {
        throw new IllegalArgumentException(
            one.name() + ": " + one.values().length + " bars for " + groups.size() + " groups");
      }
    }
  }

  /** A chart that has no bars yet. */
  public static BarChart of(String title, String valueLabel, String... groups) {
    return new BarChart(title, valueLabel, List.of(groups), List.of());
  }

  /** This chart with bars of one more kind, without error bars. */
  public BarChart with(String name, double... values) {
    return with(new Bars(name, values, new double[0]));
  }

  /** This chart with bars of one more kind. */
  public BarChart with(Bars more) {
    List<Bars> all = new ArrayList<>(bars);
    all.add(more);
    return new BarChart(title, valueLabel, groups, all);
  }

  /**
   * The chart as a picture: 1440 pixels wide, to be shown 720 wide; equal charts are equal
   * pictures.
   *
   * @throws InputException if this Java finds no fonts
   * @throws IllegalStateException if there are no bars
   */
  public BufferedImage draw() {
    if (bars.isEmpty()) {
      throw new IllegalStateException("a bar chart without bars");
    }
    Canvas.requireFonts();
    Legend legend = legend();
    return Canvas.draw(
        Canvas.WIDTH,
        LineChart.HEIGHT + legend.height(),
        g -> {
          chart().paint(g, Canvas.WIDTH, LineChart.HEIGHT);
          legend.paint(g, LineChart.HEIGHT);
        });
  }

  private CategoryChart chart() {
    CategoryChart chart = new CategoryChart(Canvas.WIDTH, LineChart.HEIGHT);
    chart.setTitle(title);
    chart.setYAxisTitle(valueLabel);
    style(chart.getStyler());
    for (int i = 0; i < bars.size(); i++) {
      Bars one = bars.get(i);
      List<Double> values = DoubleStream.of(one.values()).boxed().toList();
      List<Double> errors = DoubleStream.of(one.error()).boxed().toList();
      CategorySeries series =
          chart.addSeries("bars " + i, groups, values, errors.isEmpty() ? null : errors);
      series.setFillColor(Ink.colour(i));
    }
    return chart;
  }

  private void style(CategoryStyler style) {
    Ink.apply(style);
    DoubleStream ends = bars.stream().flatMapToDouble(Bars::ends);
    Range range = Range.of(DoubleStream.concat(DoubleStream.of(0), ends), VALUES);
    style.setYAxisMin(range.low()).setYAxisMax(range.high());
    style.setYAxisTickLabelsFormattingFunction(Ticks.of(VALUES, range));
    style.setPlotGridVerticalLinesVisible(false);
    style.setXAxisTickMarkSpacingHint(1); // Every group is named.
    if (!namesFit()) {
      style.setXAxisLabelRotation(30);
      style.setXAxisLabelAlignment(TextAlignment.Right);
      style.setXAxisLabelAlignmentVertical(TextAlignment.Right);
    }
    style.setErrorBarsColor(Color.BLACK);
    style.setAvailableSpaceFill(0.8);
  }

  private boolean namesFit() {
    double room = 0.82 * Canvas.WIDTH / groups.size();
    return groups.stream().allMatch(name -> Canvas.width(name, Ink.PLAIN) < room);
  }

  /** None for bars of a single kind: the value's label says it. */
  private Legend legend() {
    return new Legend(
        IntStream.range(0, bars.size() > 1 ? bars.size() : 0)
            .mapToObj(i -> Legend.Entry.bar(bars.get(i).name(), Ink.colour(i)))
            .toList());
  }
}
