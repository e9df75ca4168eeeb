package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.commons.cli.CommandLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassFlagTest {
  private static int[] labels(String text, String... names) {
    return labels(text, said -> {}, names);
  }

  private static int[] labels(String text, Consumer<String> tell, String... names) {
    return new ClassFlag(new ClassNames(List.of(names)), names.length, true, tell).labels(text);
  }

  @Test
  void namesNumbersAndRangesStandBesideEachOther() {
    assertArrayEquals(new int[] {0, 1, 2}, labels("0-1,hot-dog", "cat", "dog", "hot dog"));
    assertArrayEquals(new int[] {3, 0}, labels("none,cat", "cat", "dog", "bird"));
    assertArrayEquals(new int[] {1}, labels("none", "cat", "none"), "a class of that name");
    assertArrayEquals(new int[] {1, 0}, labels("2024,cat", "cat", "2024"));
    for (boolean learnt : new boolean[] {true, false}) {
      InputException refused =
          assertThrows(
              InputException.class,
              () -> new ClassFlag(ClassNames.NONE, 10, learnt, said -> {}).labels("10"));
      assertEquals(learnt, refused.getMessage().contains("0 to 9, or none"), refused.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat,cat", "dog,1", "0-1,Cat", "none,none"})
  void aClassComesOnce(String text) {
    InputException refused = assertThrows(InputException.class, () -> labels(text, "cat", "dog"));
    assertTrue(refused.getMessage().contains("each class once"), refused.getMessage());
  }

  @Test
  void anInputIsSaidOnce() throws Exception {
    List<String> flags = List.of("--condition", "vector=1", "--condition", "scale=1");
    CommandLine two = Main.parse(new SampleCommand(), flags);
    assertEquals(Map.of("vector", "1", "scale", "1"), ConditionFlag.texts(two));
    CommandLine twice =
        Main.parse(new SampleCommand(), List.of(flags.get(0), "v=1", "--condition=v=2"));
    assertThrows(InputException.class, () -> ConditionFlag.texts(twice));
  }

  /** A comma stands between classes, but in a name that holds one. */
  @Test
  void severalClassesAreNoNameOfAnother() {
    assertArrayEquals(new int[] {0, 1}, labels("cat,dog", "cat", "dog", "catdog"));
    assertArrayEquals(new int[] {1}, labels("tench, tinca", "cat", "tench, Tinca"));
  }

  /** What could mean other classes too is told of; by less than the whole name it is refused. */
  @Test
  void aNameToTheLetterGoesBeforeARangeANumberAndNone() {
    String[] ages = {"0-2", "10-19", "20-29", "3-9", "none", "1"};
    List<String> told = new ArrayList<>();
    assertArrayEquals(new int[] {2, 3}, labels("20-29,3-9", told::add, ages));
    assertEquals(List.of(), told, "there are no classes 20 to 29");
    assertArrayEquals(new int[] {0, 1, 2}, labels("0-2,1-2", told::add, "0-2", "a", "b"));
    assertArrayEquals(new int[] {5, 4}, labels("1,none", told::add, ages));
    assertEquals(
        List.of(
            "Note: --class '0-2' is the class of that name, not the classes numbered from 0 to 2",
            "Note: --class '1' is the class of that name, not class 1, '10-19'",
            "Note: --class 'none' is the class of that name, not no class"),
        told);
    assertArrayEquals(new int[] {1}, labels("20-29", "0_2", "20_29", "a"));
    for (String near : new String[] {"0-2", "2", "none"}) {
      InputException refused =
          assertThrows(InputException.class, () -> labels(near, "0_2", "#2", "a", "None"));
      assertTrue(refused.getMessage().contains("whole name: that may be"), refused.getMessage());
    }
  }

  /** Folders of numbers come in the order of their letters: 0, 1, 10, 11, 2, and so on. */
  @Test
  void ofClassesThatAreCalledByNumbersANumberIsTheName() {
    String[] folders =
        IntStream.range(0, 40).mapToObj(Integer::toString).sorted().toArray(String[]::new);
    assertArrayEquals(new int[] {2}, labels("10", folders));
    assertArrayEquals(new int[] {39, 2}, labels("9,10", folders));
    assertArrayEquals(new int[] {39, 2, 3}, labels("9-11", folders), "not the class 911");
    assertArrayEquals(new int[] {23, 34}, labels("3,4", folders), "not the class 34");
    assertArrayEquals(new int[] {12, 23}, labels("2-3", folders), "not the class 23");
    InputException refused = assertThrows(InputException.class, () -> labels("40", folders));
    assertTrue(refused.getMessage().contains("--class: '40'"), refused.getMessage());
    assertTrue(refused.getMessage().contains("one of 0, 1, 10, 11, 12,"), refused.getMessage());
  }

  /** As two of ImageNet's are; what a name is not called says what there is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\"',
      value = {
        "crane | the number of one class: that may be any of 1 crane, 3 crane",
        "great  | any of 0 'great, grey owl', 2 'owl, great'",
        "2024 | any of 4 2024, 5 2024",
        "mouse | one of 0 'great, grey owl', 1 crane, 2 'owl, great', 3 crane, 4 2024, 5 2024, by"
      })
  void aNameOfSeveralClassesIsToldWithTheirNumbers(String name, String needed) {
    InputException refused =
        assertThrows(
            InputException.class,
            () -> labels(name, "great, grey owl", "crane", "owl, great", "crane", "2024", "2024"));
    assertTrue(refused.getMessage().contains(needed), refused.getMessage());
  }
}
