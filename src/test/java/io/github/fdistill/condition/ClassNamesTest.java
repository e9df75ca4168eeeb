package io.github.fdistill.condition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ClassNamesTest {
  private static ClassNames of(String... names) {
    return new ClassNames(List.of(names));
  }

  private static final ClassNames CLOTHES = of("T-shirt/top", "trouser", "ankle boot");

  @Test
  void aNameIsFoundHoweverItIsWritten() {
    for (String text : new String[] {"ankle boot", "Ankle-Boot", "ANKLE_BOOT", "ankleboot"}) {
      assertEquals(OptionalInt.of(2), CLOTHES.find(text), text);
    }
    for (String text : new String[] {"T-shirt/top", "t-shirt", "top", "T-Shirt_Top"}) {
      assertEquals(OptionalInt.of(0), CLOTHES.find(text), text);
    }
    assertEquals(OptionalInt.empty(), CLOTHES.find("boot"));
    assertEquals(OptionalInt.empty(), of("a/b", "b/c").find("b"), "it could be either");
    assertEquals(OptionalInt.of(1), of("größe", "Ähre").find("ähre"));
    assertEquals(OptionalInt.of(1), of("-", "+").find("+"));
  }

  /** Names that differ in what does not count are told apart by what they are to the letter. */
  @Test
  void twinsAreToldApartToTheLetter() {
    ClassNames twins = of("Cat", "cat", "hot dog");
    assertEquals(OptionalInt.of(0), twins.find("Cat"));
    assertEquals(OptionalInt.of(1), twins.find("cat"));
    assertEquals(OptionalInt.empty(), twins.find("CAT"), "it could be either");
    assertEquals(OptionalInt.empty(), of("a", "a").find("a"), "it could be either");
    assertArrayEquals(new int[] {1, 0, 2}, twins.among(of("cat", "Cat", "hot-dog")).orElseThrow());
    ClassNames cranes = of("crane", "bulbul", "crane");
    assertArrayEquals(new int[] {0, 1, 2}, cranes.among(cranes).orElseThrow(), "a bird, a machine");
    assertArrayEquals(
        new int[] {1, 0, 3}, cranes.among(of("bulbul", "crane", "kite", "crane")).orElseThrow());
    assertTrue(cranes.among(of("crane", "bulbul", "kite")).isEmpty(), "it could be either");
  }

  @Test
  void aNumberIsANameWhereAllNamesAreNumbers() {
    ClassNames folders = of("0", "1", "10", "2");
    assertEquals(OptionalInt.of(2), folders.numbered(10));
    assertEquals(OptionalInt.of(3), folders.numbered(2));
    assertEquals(OptionalInt.empty(), folders.numbered(3));
    assertEquals(OptionalInt.of(1), of("00", "05").numbered(5));
    assertEquals(OptionalInt.of(2), CLOTHES.numbered(2));
  }

  @Test
  void classesOfTheSameNamesAreTheSame() {
    assertArrayEquals(
        new int[] {2, 0, 1}, of("Ankle_boot", "T-shirt", "Trouser").among(CLOTHES).orElseThrow());
    assertArrayEquals(
        new int[] {1, 2, 0}, CLOTHES.among(of("Ankle_boot", "T-shirt", "Trouser")).orElseThrow());
    assertTrue(of("cat", "trouser").among(CLOTHES).isEmpty());
    assertTrue(of("T-shirt", "top").among(CLOTHES).isEmpty(), "two would be one");
    // Folders that are called by numbers, in the order of their names.
    assertArrayEquals(new int[] {0, 2, 1}, of("0", "2", "1").among(CLOTHES).orElseThrow());
    assertArrayEquals(new int[] {0, 2, 1}, CLOTHES.among(of("0", "2", "1")).orElseThrow());
    assertArrayEquals(new int[] {1, 0}, of("10", "2").among(of("2", "10")).orElseThrow());
    assertTrue(of("0", "1", "7").among(CLOTHES).isEmpty());
    // Numbers that are names of the other side are no places there.
    ClassNames more = of("0", "1", "10", "2", "none");
    assertArrayEquals(new int[] {0, 1, 3, 2}, of("0", "1", "2", "10").among(more).orElseThrow());
    assertTrue(more.among(of("0", "1", "2", "10")).isEmpty(), "none is none of them");
    assertTrue(of("-1", "0", "1").among(of("0", "1", "2")).isEmpty());
    ClassNames folders = of("0", "1", "10", "2");
    assertEquals(of("0", "1", "2"), ClassNames.NONE.beside(folders, 3), "a number is a label");
    assertEquals(ClassNames.NONE, ClassNames.NONE.beside(CLOTHES, 3), "labels are places");
    assertEquals(ClassNames.NONE, ClassNames.NONE.beside(ClassNames.NONE, 3));
    assertEquals(folders, folders.beside(ClassNames.NONE, 4));
  }

  @Test
  void aWordIsFitForFileNames() {
    assertEquals("t-shirt-top", CLOTHES.word(0));
    assertEquals("ankle-boot", CLOTHES.word(2));
    assertEquals("3", CLOTHES.word(3));
    assertEquals("0", of("...").word(0));
    assertEquals("0 T-shirt/top, 1 trouser, 2 ankle boot", CLOTHES.toString());
  }
}
