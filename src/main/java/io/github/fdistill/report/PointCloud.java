package io.github.fdistill.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/**
 * Points of the plane over a density in grey: where points are, and where they should be. Up is
 * greater y; points outside the density's rectangle are not drawn.
 *
 * @param title of the panel in a {@link CloudGrid}
 * @param points [n, 2], x and y in turn
 */
public record PointCloud(String title, float[] points, Density background) {
  /** Half a dot's width, in the unit of the panel. */
  private static final double RADIUS = 1.6;

  /** How much darker than white the greatest density is, of 255. */
  private static final double DEPTH = 130;

  public PointCloud {
    if (points.length % 2 != 0) {
      throw new IllegalArgumentException(points.length + " numbers are not pairs of x and y");
    }
  }

  /**
   * The cloud alone, without its title.
   *
   * @param width in pixels; the height follows, with x and y to the same scale
   */
  public BufferedImage draw(int width) {
    BufferedImage picture =
        new BufferedImage(width, (int) height(width), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = Canvas.smooth(picture);
    try {
      paint(g, new Rectangle2D.Double(0, 0, picture.getWidth(), picture.getHeight()), 1);
    } finally {
      g.dispose();
    }
    return picture;
  }

  /** The height of a panel of this width. */
  double height(double width) {
    Extent extent = background.extent();
    return Math.max(1, Math.rint(width * extent.height() / extent.width()));
  }

  /**
   * Draws the cloud into a panel.
   *
   * @param scale pixels per unit of the panel's lengths: the background is drawn that finely
   */
  void paint(Graphics2D g, Rectangle2D panel, int scale) {
    Shape clip = g.getClip();
    g.clip(panel);
    BufferedImage grey = grey((int) (panel.getWidth() * scale), (int) (panel.getHeight() * scale));
    g.drawImage(
        grey,
        (int) panel.getX(),
        (int) panel.getY(),
        (int) panel.getWidth(),
        (int) panel.getHeight(),
        null);
    paintPoints(g, panel);
    g.setClip(clip);
    g.setColor(Ink.FRAME);
    g.setStroke(Ink.frame());
    g.draw(
        new Rectangle2D.Double(
            panel.getX() + 0.5, panel.getY() + 0.5, panel.getWidth() - 1, panel.getHeight() - 1));
  }

  private void paintPoints(Graphics2D g, Rectangle2D panel) {
    Extent extent = background.extent();
    Color blue = Ink.colour(0);
    g.setColor(new Color(blue.getRed(), blue.getGreen(), blue.getBlue(), opacity()));
    for (int i = 0; i < points.length; i += 2) {
      if (extent.contains(points[i], points[i + 1])) {
        double right = (points[i] - extent.xMin()) / extent.width();
        double down = (extent.yMax() - points[i + 1]) / extent.height();
        double x = panel.getX() + right * panel.getWidth();
        double y = panel.getY() + down * panel.getHeight();
        g.fill(new Ellipse2D.Double(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS));
      }
    }
  }

  /** Of 255: few points are nearly solid, of many only heaps are. */
  private int opacity() {
    double share = 800.0 / Math.max(1, points.length / 2);
    return (int) (255 * Math.max(0.15, Math.min(0.75, share)));
  }

  /** White where the density is zero, darkest where it is greatest, by its square root between. */
  private BufferedImage grey(int width, int height) {
    BufferedImage grey = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    double greatest = Math.max(Double.MIN_NORMAL, background.greatest());
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double value = background.between((x + 0.5) / width, 1 - (y + 0.5) / height);
        int level = (int) Math.round(255 - DEPTH * Math.sqrt(value / greatest));
        grey.setRGB(x, y, level << 16 | level << 8 | level);
      }
    }
    return grey;
  }
}
