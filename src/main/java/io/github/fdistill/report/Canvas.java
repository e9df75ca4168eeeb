package io.github.fdistill.report;

import io.github.fdistill.InputException;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.image.BufferedImage;
import java.util.function.Consumer;

/**
 * A white picture and what draws on it. Lengths are points; a point is two pixels, for sharp text.
 */
final class Canvas {
  static final int PIXELS_PER_POINT = 2;

  /** Points of a figure as wide as a page. */
  static final int WIDTH = 720;

  private Canvas() {}

  /**
   * Draws a picture.
   *
   * @param width in points
   * @param height in points
   * @param drawing draws smoothly, in points
   * @throws InputException if this Java finds no fonts
   */
  static BufferedImage draw(int width, int height, Consumer<Graphics2D> drawing) {
    requireFonts();
    BufferedImage picture =
        new BufferedImage(
            width * PIXELS_PER_POINT, height * PIXELS_PER_POINT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = smooth(picture);
    try {
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, picture.getWidth(), picture.getHeight());
      g.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
      drawing.accept(g);
    } finally {
      g.dispose();
    }
    return picture;
  }

  /** What draws on a picture, with smooth edges and exact places; the caller disposes of it. */
  static Graphics2D smooth(BufferedImage picture) {
    Graphics2D g = picture.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    return g;
  }

  static Font font(int style, double size) {
    return new Font(Font.SANS_SERIF, style, 1).deriveFont((float) size);
  }

  /** How wide a text is. */
  static double width(String text, Font font) {
    return text.isEmpty() ? 0 : layout(text, font).getAdvance();
  }

  /**
   * Draws a text as an outline, which is the same at every scale.
   *
   * @param x of its left end
   * @param y of its base line
   */
  static void text(Graphics2D g, String text, Font font, double x, double y) {
    if (!text.isEmpty()) {
      TextLayout layout = layout(text, font);
      g.translate(x, y);
      g.fill(layout.getOutline(null));
      g.translate(-x, -y);
    }
  }

  /**
   * Proves that text can be drawn. Java looks for fonts at the first text, and what it throws then
   * depends on its version.
   *
   * @throws InputException if this Java finds no fonts
   */
  static void requireFonts() {
    try {
      width("fonts", font(Font.PLAIN, 12));
    } catch (InternalError | LinkageError | RuntimeException e) {
      throw new InputException(
          "pictures with text",
          "this Java finds no fonts",
          "the fontconfig library and one font at least",
          "install them: apt-get install fontconfig fonts-dejavu-core (Debian, Ubuntu),"
              + " dnf install fontconfig dejavu-sans-fonts (Fedora),"
              + " apk add fontconfig font-dejavu (Alpine)",
          e);
    }
  }

  private static TextLayout layout(String text, Font font) {
    return new TextLayout(text, font, new FontRenderContext(null, true, true));
  }
}
