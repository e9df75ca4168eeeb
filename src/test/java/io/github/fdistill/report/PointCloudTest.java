package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PointCloudTest {
  private static final Extent EXTENT = new Extent(-1, 3, 10, 12);

  @Test
  void aPointLandsOnItsPixel() {
    BufferedImage picture = cloud(0, 11.5f).draw(400);
    assertEquals(400, picture.getWidth());
    assertEquals(200, picture.getHeight(), "x and y to the same scale");
    Pixels dot = Pixels.of(picture, Pixels::isBlue);
    assertEquals(100, dot.x(), 0.3);
    assertEquals(50, dot.y(), 0.3, "up is greater y");
    assertTrue(dot.right() - dot.left() < 6, dot.toString());
  }

  @Test
  void manyPointsAreFainterThanOne() {
    float[] points = new float[20_000];
    for (int i = 0; i < points.length; i += 2) {
      points[i] = 2;
      points[i + 1] = 10.5f;
    }
    points[0] = 0;
    points[1] = 11.5f;
    Color alone = new Color(cloud(0, 11.5f).draw(400).getRGB(100, 50));
    BufferedImage picture = cloud(points).draw(400);
    Color one = new Color(picture.getRGB(100, 50));
    Color heap = new Color(picture.getRGB(300, 150));
    assertTrue(one.getRed() > alone.getRed() + 50, one + " is lighter than " + alone);
    assertTrue(heap.getRed() < 10, heap + " is solid");
  }

  @Test
  void pointsOutsideAreNotDrawn() {
    PointCloud cloud = cloud(0, 9, 5, 11, Float.NaN, 11);
    assertEquals(0, Pixels.of(cloud.draw(400), Pixels::isBlue).count());
  }

  @Test
  void theDensityIsDarkWhereItIsGreat() {
    double[] values = new double[4 * 8];
    values[3 * 8 + 1] = 1; // The highest row, the second column: middle at (-0.25, 11.75).
    values[6] = 0.25; // The lowest row, the seventh column: middle at (2.25, 10.25).
    BufferedImage picture =
        new PointCloud("", new float[0], new Density(values, 4, 8, EXTENT)).draw(400);
    int great = new Color(picture.getRGB(75, 25)).getRed();
    int small = new Color(picture.getRGB(325, 175)).getRed();
    assertEquals(125, great, 3);
    assertEquals(190, small, 3, "half as dark at a quarter");
    assertEquals(255, new Color(picture.getRGB(200, 100)).getRed());
    assertEquals(0, Pixels.of(picture, c -> c.getRed() < great - 1 && isWithin(c)).count());
  }

  @Test
  void aPlaneBetweenTheCellsIsAPlane() {
    Density plane = Density.of(EXTENT, 10, 20, (x, y) -> 5 + x + 2 * (y - 10));
    for (double right = 0.1; right < 0.95; right += 0.07) {
      for (double up = 0.1; up < 0.95; up += 0.07) {
        double x = -1 + 4 * right;
        assertEquals(5 + x + 2 * 2 * up, plane.between(right, up), 1e-9);
      }
    }
  }

  @Test
  void aGridHasAPanelWithItsTitleForEachCloud() {
    List<PointCloud> clouds =
        List.of(cloud("first", 0, 11.5f), cloud("second", 2, 10.5f), cloud("", 1, 11));
    BufferedImage grid = new CloudGrid(2, clouds).draw();
    // Panels of 342 x 171 points from (12, 30) on, 12 apart, 24 for a title; two pixels a point.
    assertEquals(2 * 720, grid.getWidth());
    assertEquals(2 * (2 * (24 + 171 + 12) + 6), grid.getHeight());
    Pixels first = Pixels.of(panel(grid, 12, 30), Pixels::isBlue);
    assertEquals(684 / 4.0, first.x(), 0.5);
    assertEquals(342 / 4.0, first.y(), 0.5);
    Pixels second = Pixels.of(panel(grid, 366, 30), Pixels::isBlue);
    assertEquals(684 * 0.75, second.x(), 0.5);
    assertEquals(342 * 0.75, second.y(), 0.5);
    assertTrue(Pixels.of(grid.getSubimage(0, 0, 720, 58), Ink.TEXT).count() > 50, "a title");
    assertEquals(0, Pixels.of(grid.getSubimage(0, 430, 720, 40), Ink.TEXT).count(), "none");
  }

  @Test
  void aLongTitleStaysOverItsPanel() {
    PointCloud wordy =
        cloud("a title that is much longer than its panel is wide ".repeat(3), 0, 11);
    BufferedImage grid = new CloudGrid(2, List.of(wordy, cloud("", 0, 11))).draw();
    Pixels title = Pixels.of(grid.getSubimage(0, 0, 1440, 58), Ink.TEXT);
    assertTrue(title.right() < 2 * (12 + 342), title.toString());
  }

  @Test
  void wrongShapesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> cloud(1, 2, 3));
    assertThrows(IllegalArgumentException.class, () -> new Extent(1, 1, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> new Extent(0, Double.NaN, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> new Density(new double[5], 2, 3, EXTENT));
    assertThrows(
        IllegalArgumentException.class, () -> new Density(new double[] {-1}, 1, 1, EXTENT));
    assertThrows(IllegalArgumentException.class, () -> new CloudGrid(2, List.of()));
  }

  private static BufferedImage panel(BufferedImage grid, int left, int top) {
    return grid.getSubimage(2 * left, 2 * top, 684, 342);
  }

  /** Whether it is no part of the frame, which is bluish. */
  private static boolean isWithin(Color c) {
    return c.getRed() == c.getBlue();
  }

  private static PointCloud cloud(float... points) {
    return cloud("", points);
  }

  private static PointCloud cloud(String title, float... points) {
    return new PointCloud(title, points, Density.none(EXTENT));
  }
}
