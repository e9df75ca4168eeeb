package io.github.fdistill.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Colours, lines, markers and letters of all charts. */
final class Ink {
  static final Color TEXT = new Color(0x1b1f24);
  static final Color REFERENCE = new Color(0x6b6b6b);
  static final Color FRAME = new Color(0x8a929b);
  static final Color GRID = new Color(0xe3e6ea);

  /**
   * Told apart with any kind of colour vision: Okabe and Ito 2008, the faint ones last, their
   * yellow (too faint on white) darkened to olive.
   */
  private static final Color[] COLOURS = {
    new Color(0x0072b2), // blue
    new Color(0xd55e00), // vermilion
    new Color(0x009e73), // green
    new Color(0xcc79a7), // purple
    new Color(0x000000), // black
    new Color(0xe69f00), // orange
    new Color(0x56b4e9), // sky
    new Color(0x8f8600), // olive
  };

  /** Lengths of dash and gap. */
  private static final float[][] DASHES = {null, {8, 4}, {2, 3}, {9, 3, 2, 3}};

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.TRIANGLE_DOWN,
    SeriesMarkers.CROSS,
    SeriesMarkers.PLUS,
  };

  static final Font PLAIN = Canvas.font(Font.PLAIN, 16);
  private static final Font BOLD = Canvas.font(Font.BOLD, 18);

  private Ink() {}

  static Color colour(int series) {
    return COLOURS[series % COLOURS.length];
  }

  /** Another line for each of the first 32 series, together with its colour. */
  static BasicStroke line(int series) {
    return stroke(2.4f, DASHES[(series + series / COLOURS.length) % DASHES.length]);
  }

  /** The line of a {@link Reference}. */
  static BasicStroke reference(int index) {
    return stroke(1.4f, new float[] {6 - 2 * (index % 3), 3});
  }

  static BasicStroke frame() {
    return stroke(1, null);
  }

  static Marker marker(int series) {
    return MARKERS[series % MARKERS.length];
  }

  /**
   * What all charts share; the legend is ours, because XChart's neither wraps nor keeps long names.
   */
  static void apply(AxesChartStyler style) {
    style.setLegendVisible(false);
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderColor(FRAME);
    style.setChartFontColor(TEXT);
    style.setChartTitleFont(BOLD);
    style.setChartTitleBoxVisible(false);
    style.setChartPadding(12);
    style.setAxisTitleFont(PLAIN);
    style.setAxisTickLabelsFont(PLAIN);
    style.setAxisTickLabelsColor(TEXT);
    style.setAxisTickMarksColor(FRAME);
    style.setAxisTitlePadding(8);
    style.setChartTitlePadding(10);
    style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
    style.setYAxisTickMarkSpacingHint(45);
    style.setAxisTicksLineVisible(false);
    style.setPlotGridLinesColor(GRID);
    style.setPlotGridLinesStroke(frame());
    style.setMarkerSize(8);
  }

  private static BasicStroke stroke(float width, float[] dashes) {
    int cap = BasicStroke.CAP_BUTT;
    return dashes == null
        ? new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
        : new BasicStroke(width, cap, BasicStroke.JOIN_ROUND, 10, dashes, 0);
  }
}
