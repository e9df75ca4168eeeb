package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void quartersLieBetweenTheNearestValues() {
    assertEquals(new Spread(3, 2, 4), Spread.of(5, 1, 4, 2, 3));
    assertEquals(new Spread(2.5, 1.75, 3.25), Spread.of(4, 3, 2, 1));
    assertEquals(new Spread(7, 7, 7), Spread.of(7));
    assertThrows(IllegalArgumentException.class, Spread::of);
  }
}
