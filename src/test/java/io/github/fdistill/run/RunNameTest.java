package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "Fashion-MNIST_2.0", "reference-statistics-2", "reference"})
  void namesOfFoldersAreTaken(String name) {
    assertDoesNotThrow(() -> RunName.require(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "-a", "a b", "ä"})
  void whatIsNoFoldersNameIsRefused(String name) {
    assertThrows(InputException.class, () -> RunName.require(name));
  }

  @Test
  void aNameThatNoFileCanHaveIsRefusedBeforeTheRun() {
    assertDoesNotThrow(() -> RunName.require("a".repeat(200)));
    String told =
        assertThrows(InputException.class, () -> RunName.require("a".repeat(201))).getMessage();
    assertTrue(told.contains("no more than 200"), told);
  }

  @Test
  void theFolderOfEvaluationsIsNoRuns() {
    for (String name : new String[] {"reference-statistics", "Reference-Statistics", "encoded"}) {
      String told = assertThrows(InputException.class, () -> RunName.require(name)).getMessage();
      assertTrue(told.contains(name) && told.contains("another name"), told);
    }
  }
}
