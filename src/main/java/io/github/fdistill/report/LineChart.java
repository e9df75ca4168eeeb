package io.github.fdistill.report;

import io.github.fdistill.InputException;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines over two axes. Colour, dashes and (where the points are few) markers tell the series apart.
 *
 * @param title above the chart; may be empty
 */
public record LineChart(
    String title, Axis x, Axis y, List<Series> series, List<Reference> references) {
  /** Points of the chart above its legend. */
  static final int HEIGHT = 430;

  /** Series with more points have no markers. */
  private static final int MOST_MARKERS = 40;

  /** Pieces of a reference, which is a curve where one axis alone is logarithmic. */
  private static final int PIECES = 1000;

  /**
   * @throws IllegalArgumentException if a value has no place on its axis
   */
  public LineChart {
    series = List.copyOf(series);
    references = List.copyOf(references);
    for (Series one : series) {
      DoubleStream.of(one.x()).forEach(value -> x.requirePlace(one.name(), value));
      DoubleStream.of(one.y()).forEach(value -> y.requirePlace(one.name(), value));
    }
    for (Reference reference : references) {
      if (reference.slope() == 0) {
        y.requirePlace(reference.name(), reference.intercept());
      }
    }
  }

  /** A chart that has no lines yet. */
  public static LineChart of(String title, Axis x, Axis y) {
    return new LineChart(title, x, y, List.of(), List.of());
  }

  /** This chart with one more line. */
  public LineChart with(Series more) {
    List<Series> all = new ArrayList<>(series);
    all.add(more);
    return new LineChart(title, x, y, all, references);
  }

  /** This chart with one more reference. */
  public LineChart with(Reference more) {
    List<Reference> all = new ArrayList<>(references);
    all.add(more);
    return new LineChart(title, x, y, series, all);
  }

  /**
   * The chart as a picture: 1440 pixels wide, to be shown 720 wide; equal charts are equal
   * pictures.
   *
   * @throws InputException if this Java finds no fonts
   */
  public BufferedImage draw() {
    Canvas.requireFonts();
    Legend legend = legend();
    return Canvas.draw(
        Canvas.WIDTH,
        HEIGHT + legend.height(),
        g -> {
          chart().paint(g, Canvas.WIDTH, HEIGHT);
          legend.paint(g, HEIGHT);
        });
  }

  private XYChart chart() {
    Range xRange = xRange();
    Range yRange = yRange();
    XYChart chart = new XYChart(Canvas.WIDTH, HEIGHT);
    chart.setTitle(title);
    chart.setXAxisTitle(x.label());
    chart.setYAxisTitle(y.label());
    style(chart.getStyler(), xRange, yRange);
    addUnevenPlaces(chart, xRange);
    for (int i = 0; i < references.size(); i++) {
      addReference(chart, i, xRange, yRange);
    }
    for (int i = 0; i < series.size(); i++) {
      XYSeries line = chart.addSeries("series " + i, series.get(i).x(), series.get(i).y());
      line.setSmooth(isDense(i));
      line.setLineStyle(Ink.line(i));
      line.setLineColor(Ink.colour(i));
      line.setMarker(marker(i));
      line.setMarkerColor(Ink.colour(i));
    }
    return chart;
  }

  private void style(XYStyler style, Range xRange, Range yRange) {
    Ink.apply(style);
    style.setXAxisLogarithmic(x.logarithmic()).setYAxisLogarithmic(y.logarithmic());
    style.setXAxisLogarithmicDecadeOnly(false).setYAxisLogarithmicDecadeOnly(false);
    style.setXAxisMin(xRange.low()).setXAxisMax(xRange.high());
    style.setYAxisMin(yRange.low()).setYAxisMax(yRange.high());
    style.setXAxisTickLabelsFormattingFunction(Ticks.of(x, xRange));
    style.setYAxisTickLabelsFormattingFunction(Ticks.of(y, yRange));
  }

  /**
   * Places without a height: were all x evenly spaced, XChart would label them, not round numbers.
   */
  private static void addUnevenPlaces(XYChart chart, Range range) {
    double[] places = {range.high(), range.low() + 0.4 * (range.high() - range.low())};
    chart.addSeries("uneven places", places, new double[] {Double.NaN, Double.NaN});
  }

  private void addReference(XYChart chart, int index, Range xRange, Range yRange) {
    double[] xs = new double[PIECES + 1];
    double[] ys = new double[PIECES + 1];
    for (int i = 0; i <= PIECES; i++) {
      xs[i] = xRange.at(i / (double) PIECES, x.logarithmic());
      double height = references.get(index).at(xs[i]);
      ys[i] = height >= yRange.low() && height <= yRange.high() ? height : Double.NaN;
    }
    XYSeries line = chart.addSeries("reference " + index, xs, ys);
    line.setSmooth(true);
    line.setLineStyle(Ink.reference(index));
    line.setLineColor(Ink.REFERENCE);
    line.setMarker(SeriesMarkers.NONE);
  }

  private Range xRange() {
    return Range.of(series.stream().flatMapToDouble(one -> DoubleStream.of(one.x())), x);
  }

  private Range yRange() {
    DoubleStream levels =
        references.stream().filter(r -> r.slope() == 0).mapToDouble(Reference::intercept);
    DoubleStream heights = series.stream().flatMapToDouble(one -> DoubleStream.of(one.y()));
    return Range.of(DoubleStream.concat(heights, levels), y);
  }

  private Marker marker(int index) {
    return isDense(index) ? SeriesMarkers.NONE : Ink.marker(index);
  }

  /**
   * A dense line is drawn in one smooth stroke: XChart begins the dashes of others at each point.
   */
  private boolean isDense(int index) {
    return series.get(index).x().length > MOST_MARKERS;
  }

  private Legend legend() {
    List<Legend.Entry> entries = new ArrayList<>();
    for (int i = 0; i < series.size(); i++) {
      if (!series.get(i).name().isEmpty()) {
        entries.add(new Legend.Entry(series.get(i).name(), Ink.colour(i), Ink.line(i), marker(i)));
      }
    }
    for (int i = 0; i < references.size(); i++) {
      entries.add(
          new Legend.Entry(
              references.get(i).name(), Ink.REFERENCE, Ink.reference(i), SeriesMarkers.NONE));
    }
    return new Legend(entries);
  }
}
