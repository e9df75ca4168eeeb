package io.github.fdistill.report;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CanvasTest {
  @TempDir Path folder;

  /** Draws a chart in a Java that keeps its notes of fonts in the given folder. */
  static final class DrawsAChart {
    public static void main(String[] args) {
      System.setProperty("user.home", args[0]);
      try {
        LineChart.of("", Axis.linear("x"), Axis.linear("y"))
            .with(new Series("a", new double[] {1}, new double[] {1}))
            .draw();
        System.out.println("drawn");
      } catch (InputException e) {
        System.out.println(e.getMessage().replace('\n', ' '));
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aJavaWithoutFontsSaysWhatToInstall() throws Exception {
    Path none = Files.writeString(folder.resolve("fonts.conf"), "<fontconfig></fontconfig>");
    Map<String, String> noFonts = Map.of("FONTCONFIG_FILE", none.toString());
    try (ChildJvm child = ChildJvm.start(noFonts, DrawsAChart.class, folder)) {
      child.awaitLine("apt-get install fontconfig");
      child.assertExitCode(0);
    }
    try (ChildJvm child = ChildJvm.start(DrawsAChart.class, folder)) {
      child.awaitLine("drawn");
    }
  }
}
