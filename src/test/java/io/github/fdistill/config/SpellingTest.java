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
  }
}
