package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class BarChartTest {
  @Test
  void areasAreInTheRatioOfTheValues() {
    BufferedImage picture =
        BarChart.of("modes", "modes found", "KL", "JS").with("a", 10, 20).with("b", 5, 10).draw();
    assertEquals(2 * Canvas.WIDTH, picture.getWidth());
    BufferedImage plot = plot(picture);
    double first = Pixels.of(plot, Ink.colour(0)).count();
    double second = Pixels.of(plot, Ink.colour(1)).count();
    assertEquals(2, first / second, 0.05);
    assertTrue(Pixels.of(plot, Ink.colour(0)).x() < Pixels.of(plot, Ink.colour(1)).x());
  }

  @Test
  void errorBarsReachOverTheirBars() {
    BarChart.Bars bars = new BarChart.Bars("a", new double[] {1}, new double[] {0.5});
    BufferedImage plot = plot(BarChart.of("", "", "KL").with(bars).draw());
    Pixels bar = Pixels.of(plot, Ink.colour(0));
    Pixels error = Pixels.of(plot, Color.BLACK);
    double height = bar.bottom() - bar.top();
    assertEquals(0.5, (bar.top() - error.top()) / height, 0.02);
    assertEquals(bar.x(), error.x(), 2);
  }

  @Test
  void aMissingValueHasNoBar() {
    BufferedImage plot = plot(BarChart.of("", "", "KL", "JS").with("a", Double.NaN, 1).draw());
    assertTrue(Pixels.of(plot, Ink.colour(0)).left() > 720);
  }

  @Test
  void longNamesAreTurnedAndStayWithinThePicture() {
    String name = "A_DIVERGENCE_WITH_A_LONG_NAME";
    BufferedImage picture =
        BarChart.of("", "y", name, name + 2, name + 3, name + 4).with("a", 1, 2, 3, 4).draw();
    Pixels text = Pixels.of(picture, Ink.TEXT);
    assertTrue(text.left() > 10 && text.bottom() < picture.getHeight() - 10, text.toString());
    assertTrue(Pixels.of(picture, Ink.colour(0)).bottom() < text.bottom() - 100);
  }

  @Test
  void negativeBarsHangFromZero() {
    BufferedImage plot = plot(BarChart.of("", "", "KL", "JS").with("a", -1, 1).draw());
    Pixels both = Pixels.of(plot, Ink.colour(0));
    assertEquals((both.top() + both.bottom()) / 2, both.y(), 4);
  }

  @Test
  void everyGroupNeedsItsValues() {
    BarChart chart = BarChart.of("", "", "KL", "JS");
    assertThrows(IllegalStateException.class, chart::draw);
    assertThrows(IllegalArgumentException.class, () -> chart.with("a", 1));
    assertThrows(
        IllegalArgumentException.class, () -> chart.with("a", 1, Double.NEGATIVE_INFINITY));
    assertThrows(
        IllegalArgumentException.class,
        () -> new BarChart.Bars("a", new double[] {1}, new double[] {-1}));
    assertThrows(IllegalArgumentException.class, () -> BarChart.of("", ""));
  }

  @Test
  void equalChartsAreEqualPictures() {
    BarChart chart = BarChart.of("t", "v", "KL", "JS").with("a", 1, 2).with("b", 2, 1);
    Pixels.assertEqualPictures(chart.draw(), chart.draw());
  }

  private static BufferedImage plot(BufferedImage chart) {
    return chart.getSubimage(0, 0, chart.getWidth(), 2 * LineChart.HEIGHT);
  }
}
