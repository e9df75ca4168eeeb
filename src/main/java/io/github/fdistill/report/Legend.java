package io.github.fdistill.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;

/** What the colours and lines of a chart mean, in rows under it. */
record Legend(List<Entry> entries) {
  private static final int MARGIN = 24;
  private static final int SAMPLE = 34;
  private static final int GAP = 8;
  private static final int BETWEEN = 22;
  private static final int ROW = 24;

  /** A name and how its line looks. */
  record Entry(String name, Color colour, BasicStroke line, Marker marker) {
    double width() {
      return SAMPLE + GAP + Canvas.width(name, Ink.PLAIN);
    }
  }

  Legend {
    entries = List.copyOf(entries);
  }

  /** Points that all rows take. */
  int height() {
    return entries.isEmpty() ? 0 : place(null, 0) + ROW / 2;
  }

  /** Draws the rows, each as full as the width allows, from {@code top} downwards. */
  void paint(Graphics2D g, int top) {
    place(g, top);
  }

  /** Walks through the entries as they stand, drawing if g is not null; returns the last bottom. */
  private int place(Graphics2D g, int top) {
    double x = MARGIN;
    int y = top;
    for (Entry entry : entries) {
      if (x > MARGIN && x + entry.width() > Canvas.WIDTH - MARGIN) {
        x = MARGIN;
        y += ROW;
      }
      if (g != null) {
        paint(g, entry, x, y + ROW / 2.0);
      }
      x += entry.width() + BETWEEN;
    }
    return y + ROW;
  }

  private static void paint(Graphics2D g, Entry entry, double x, double middle) {
    g.setColor(entry.colour());
    g.setStroke(entry.line());
    g.draw(new Line2D.Double(x, middle, x + SAMPLE, middle));
    entry.marker().paint(g, x + SAMPLE / 2.0, middle, 8);
    g.setColor(Ink.TEXT);
    Canvas.text(g, entry.name(), Ink.PLAIN, x + SAMPLE + GAP, middle + 6);
  }
}
