package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpellingTest {
  private static final List<String> WORDS = List.of("train", "pretrain", "evaluate", "data");

  @Test
  void theNearestWordWasMeant() {
    for (String typed : new String[] {"trian", "trin", "traain", "rtain"}) {
      assertEquals(Optional.of("train"), Spelling.nearest(typed, WORDS), typed);
    }
    assertEquals(Optional.of("evaluate"), Spelling.nearest("evalute", WORDS));
    assertEquals(Optional.of("data"), Spelling.nearest("dta", WORDS));
    assertEquals(Optional.empty(), Spelling.nearest("serve", WORDS));
    String longer = "x".repeat(30);
    List<String> alike = List.of("y".repeat(75) + longer, "y".repeat(50) + longer);
    assertEquals(
        Optional.empty(), Spelling.nearest("x" + alike.get(0), alike), "too long to compare");
    assertEquals(Optional.of(alike.get(1)), Spelling.nearest("x" + alike.get(1), alike));
  }
}
