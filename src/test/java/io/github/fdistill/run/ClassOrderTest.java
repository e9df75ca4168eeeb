package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Relabelled;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.Networks;
import io.github.fdistill.training.Tiny;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassOrderTest {
  /** Eleven folders are 0, 1, 10, 2, ... in the order of their names: 10 has the label 2. */
  @Test
  void foldersOfNumbersMeetTheClassesOfTheseNumbersWhereTheOtherSideHasNoNames() {
    ImageSource unnamed = new MadeImages(11, 1, 1, 1, 11, (index, into, offset) -> {});
    List<String> numbers = IntStream.range(0, 11).mapToObj(Integer::toString).toList();
    List<String> folders = numbers.stream().sorted().toList();
    int[] places = folders.stream().mapToInt(Integer::parseInt).toArray();
    ImageSource named = new Relabelled(unnamed, IntStream.range(0, 11).toArray(), folders);
    ImageSource ordered = ClassOrder.of(named, ClassNames.NONE, 11, "the teacher");
    ImageSource back = ClassOrder.of(unnamed, new ClassNames(folders), 11, "the teacher");
    assertEquals(numbers, ordered.classNames());
    assertEquals(folders, back.classNames());
    for (int i = 0; i < 11; i++) {
      assertEquals(places[i], ordered.label(i));
      assertEquals(i, places[back.label(i)]);
    }
    assertSame(unnamed, ClassOrder.of(unnamed, ClassNames.NONE, 11, "the teacher"));
    List<String> padded = IntStream.range(0, 11).mapToObj(i -> String.format("%05d", i)).toList();
    ImageSource five = new Relabelled(unnamed, IntStream.range(0, 11).toArray(), padded);
    ImageSource inPlace = ClassOrder.of(five, ClassNames.NONE, 11, "the teacher");
    assertEquals(10, inPlace.label(10));
    assertEquals(2, inPlace.label(2));
    List<String> fromOne = IntStream.rangeClosed(1, 11).mapToObj(Integer::toString).toList();
    ImageSource shifted = new Relabelled(unnamed, IntStream.range(0, 11).toArray(), fromOne);
    InputException refused =
        assertThrows(
            InputException.class, () -> ClassOrder.of(shifted, ClassNames.NONE, 11, "the teacher"));
    assertTrue(refused.getMessage().endsWith("give the classes these names"), refused.getMessage());
  }

  /** What is exported of a run calls the classes as the run had them, and has as many. */
  @Test
  void whatIsExportedHasTheSameOrder(@TempDir Path folder) throws IOException {
    for (int label = 0; label < 11; label++) {
      Images grey = new Images(new float[64], 8, 8, 1);
      PngFile.write(folder.resolve("pictures/" + label + "/a.png"), grey, 0);
    }
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.getDatasetBuilder().setPath("pictures");
    List<String> names = IntStream.range(0, 11).mapToObj(Integer::toString).toList();
    DenoiserModel network = Networks.denoiser(Tiny.network().toBuilder().setClasses(11).build(), 1);
    DenoiserModel silent = network.with(info(DenoiserModel.UNKNOWN_CLASSES, List.of()));
    assertEquals(names, told(folder, config, network).getClassNameList());
    assertEquals(info(11, names), told(folder, config, silent));

    // What the run exported knows it too, whatever has become of the images since.
    Path run = Files.createDirectories(folder.resolve("run"));
    Files.writeString(run.resolve("exported"), "2\nmodel\n");
    assertEquals(info(11, names), told(folder, config, silent), "that model is gone");
    List<String> three = List.of("bag", "coat", "shirt");
    new ModelInfo(info(3, three), "").write(folder.resolve("model"));
    assertEquals(info(3, three), told(folder, config, silent));
    config.getDatasetBuilder().setPath("gone");
    assertEquals(info(3, three), told(folder, config, silent));
    Files.delete(run.resolve("exported"));
    assertEquals(silent.info(), told(folder, config, silent));
  }

  private static DenoiserInfo info(int classes, List<String> names) {
    return DenoiserInfo.newBuilder().setClasses(classes).addAllClassName(names).build();
  }

  private static DenoiserInfo told(Path folder, DistillConfig.Builder config, DenoiserModel network)
      throws IOException {
    RunFiles run = new RunFiles(folder.resolve("run"));
    return ExportedStudent.told(new Workspace(folder), run, config.build(), network).info();
  }
}
