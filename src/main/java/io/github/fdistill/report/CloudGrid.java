package io.github.fdistill.report;

import io.github.fdistill.InputException;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Several clouds in rows, a title over each.
 *
 * @param columns clouds in a row
 */
public record CloudGrid(int columns, List<PointCloud> clouds) {
  private static final int GAP = 12;
  private static final int TITLE = 24;

  /** Titles still too long at this share of the usual size are cut. */
  private static final double SMALLEST = 0.7;

  /** Points: a panel is no wider, however few there are. */
  private static final int WIDEST = 400;

  public CloudGrid {
    clouds = List.copyOf(clouds);
    if (columns < 1 || clouds.isEmpty()) {
      throw new IllegalArgumentException(clouds.size() + " clouds in rows of " + columns);
    }
  }

  /**
   * All clouds as one picture: up to 1440 pixels wide, to be shown at half its size.
   *
   * @throws InputException if this Java finds no fonts
   */
  public BufferedImage draw() {
    int wide = Math.min(columns, clouds.size());
    int panel = Math.min(WIDEST, (Canvas.WIDTH - (wide + 1) * GAP) / wide);
    int high = (int) clouds.stream().mapToDouble(cloud -> cloud.height(panel)).max().orElseThrow();
    int rows = (clouds.size() + wide - 1) / wide;
    return Canvas.draw(
        wide * panel + (wide + 1) * GAP,
        rows * (TITLE + high + GAP) + GAP / 2,
        g -> {
          Font font = font(panel);
          for (int i = 0; i < clouds.size(); i++) {
            int left = GAP + i % wide * (panel + GAP);
            int top = GAP / 2 + i / wide * (TITLE + high + GAP);
            paint(g, clouds.get(i), font, left, top, panel);
          }
        });
  }

  /** One for all titles: smaller, if they are longer than their panels are wide. */
  private Font font(int panel) {
    double longest =
        clouds.stream().mapToDouble(c -> Canvas.width(c.title(), Ink.PLAIN)).max().orElseThrow();
    double fits = Math.max(SMALLEST, Math.min(1, panel / longest));
    return Canvas.font(Font.PLAIN, Ink.PLAIN.getSize2D() * fits);
  }

  private static void paint(
      Graphics2D g, PointCloud cloud, Font font, int left, int top, int width) {
    String title = cloud.title();
    for (int end = title.length(); Canvas.width(title, font) > width && end > 0; end--) {
      title = cloud.title().substring(0, end - 1).stripTrailing() + "\u2026";
    }
    g.setColor(Ink.TEXT);
    Canvas.text(g, title, font, left, top + TITLE - 8);
    double height = cloud.height(width);
    cloud.paint(
        g, new Rectangle2D.Double(left, top + TITLE, width, height), Canvas.PIXELS_PER_POINT);
  }
}
