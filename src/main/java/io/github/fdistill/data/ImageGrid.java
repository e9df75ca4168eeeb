package io.github.fdistill.data;

import java.awt.image.BufferedImage;
import java.util.List;

/** Sheets of many images, on white, for the eye. */
public final class ImageGrid {
  /** White pixels between images. */
  private static final int GAP = 2;

  /** White pixels between grids. */
  private static final int WIDE_GAP = 16;

  /** Images are enlarged as many whole times as they fit into a square of this many pixels. */
  private static final int ROOM = 64;

  /** A picture's bytes lie in one array. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 8;

  private ImageGrid() {}

  /** Whether a grid of so many images can be one picture. */
  public static boolean fits(int count, int columns, int height, int width, int channels) {
    int scale = scale(height, width);
    long rows = (count + columns - 1L) / columns;
    long cell = (height * scale + GAP) * (long) (width * scale + GAP);
    return rows * columns <= MOST_BYTES / channels / cell;
  }

  /**
   * Draws one or several grids, from left to right. Images fill each grid row by row; an image of
   * 28x28 is drawn at twice its size. The picture is grey if all grids are.
   *
   * @param columns images in a row, the same for each grid
   */
  public static BufferedImage draw(int columns, List<Images> grids) {
    if (columns < 1 || grids.isEmpty()) {
      throw new IllegalArgumentException(grids.size() + " grids of " + columns + " columns");
    }
    int height = 0;
    int width = (grids.size() - 1) * WIDE_GAP;
    int channels = 1;
    for (Images grid : grids) {
      int rows = (grid.count() + columns - 1) / columns;
      height = Math.max(height, extent(rows, grid.height() * scale(grid)));
      width += extent(columns, grid.width() * scale(grid));
      channels = Math.max(channels, grid.channels());
    }
    BufferedImage picture = PngFile.blank(height, width, channels);
    int left = 0;
    for (Images grid : grids) {
      drawGrid(grid, columns, picture, left);
      left += extent(columns, grid.width() * scale(grid)) + WIDE_GAP;
    }
    return picture;
  }

  private static void drawGrid(Images grid, int columns, BufferedImage picture, int left) {
    int scale = scale(grid);
    for (int i = 0; i < grid.count(); i++) {
      int y = (i / columns) * (grid.height() * scale + GAP);
      int x = (i % columns) * (grid.width() * scale + GAP);
      PngFile.draw(grid, i, scale, picture.getRaster(), y, left + x);
    }
  }

  private static int scale(Images images) {
    return scale(images.height(), images.width());
  }

  private static int scale(int height, int width) {
    return Math.max(1, ROOM / Math.max(height, width));
  }

  /** Pixels of n cells with gaps between them. */
  private static int extent(int n, int cell) {
    return n * cell + Math.max(0, n - 1) * GAP;
  }
}
