package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunFilesTest {
  @Test
  void everythingHasAPlaceOfItsOwnInTheFolder() throws ReflectiveOperationException {
    Path folder = Path.of("runs", "mine");
    RunFiles files = new RunFiles(folder);
    List<Path> places = new ArrayList<>(List.of(folder.resolve(RunFiles.NETWORK)));
    for (Method method : RunFiles.class.getDeclaredMethods()) {
      boolean place = method.getReturnType() == Path.class && method.getParameterCount() == 0;
      if (place
          && !List.of("folder", "events").contains(method.getName())
          && !Modifier.isStatic(method.getModifiers())) {
        places.add((Path) method.invoke(files));
      }
    }
    assertTrue(places.size() > 10, places.toString());
    assertEquals(places.size(), new HashSet<>(places).size(), places.toString());
    places.forEach(path -> assertEquals(folder, path.getParent()));
  }

  /** TensorBoard calls a run by the folder of its events. */
  @Test
  void theEventsLieInTheRunsFolderUnlessTheyWereBegunElsewhere(@TempDir Path folder)
      throws IOException {
    assertEquals(folder, new RunFiles(folder).events());
    Path apart = Files.createDirectory(folder.resolve("events"));
    assertEquals(apart, new RunFiles(folder).events());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7, 12_345_678, 123_456_789_012L})
  void aPicturesNameTellsItsStep(long step) {
    assertEquals(OptionalLong.of(step), RunFiles.stepOf(RunFiles.picture(step)));
  }

  @Test
  void picturesSortByTheirSteps() {
    assertTrue(RunFiles.picture(99).compareTo(RunFiles.picture(100)) < 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"step-.png", "step-1.jpg", "astep-1.png", "step--1.png"})
  void whatIsNoPictureHasNoStep(String name) {
    assertEquals(OptionalLong.empty(), RunFiles.stepOf(name));
  }
}
