package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.data.Relabelled;
import io.github.fdistill.network.Networks;
import io.github.fdistill.training.Tiny;
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

  /** What is exported of a run calls the classes as the run had them. */
  @Test
  void whatIsExportedHasTheSameOrder(@TempDir Path folder) {
    for (int label = 0; label < 11; label++) {
      Images grey = new Images(new float[64], 8, 8, 1);
      PngFile.write(folder.resolve("pictures/" + label + "/a.png"), grey, 0);
    }
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.getDatasetBuilder().setPath("pictures");
    NetworkConfig network = Tiny.network().toBuilder().setClasses(11).build();
    List<String> names =
        ExportedStudent.imageNames(
            new Workspace(folder),
            folder.resolve("config.pbtxt"),
            config.build(),
            Networks.denoiser(network, 1));
    assertEquals(IntStream.range(0, 11).mapToObj(Integer::toString).toList(), names);
  }
}
