package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonTest {
  private static Map<String, Object> everything() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("text", "a \"b\"\\ <c> & 'd' = é/\n\t\u0001");
    all.put("numbers", List.of(1, -2L, 0.1f, 1e-8, 1.0E10, 3.0f));
    all.put("none", Arrays.asList(Double.NaN, Float.POSITIVE_INFINITY, -1 / 0.0, null));
    all.put("truth", true);
    all.put("empty", Map.of());
    all.put("nothing", List.of());
    return all;
  }

  @Test
  void onOneLineItHasNoSpaces() {
    assertEquals(
        "{\"text\":\"a \\\"b\\\"\\\\ <c> & 'd' = é/\\n\\t\\u0001\","
            + "\"numbers\":[1,-2,0.1,1.0E-8,1.0E10,3.0],"
            + "\"none\":[\"NaN\",\"Infinity\",\"-Infinity\",null],"
            + "\"truth\":true,\"empty\":{},\"nothing\":[]}",
        Json.line(everything()));
  }

  @Test
  void prettyItHasAnEntryALine() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("a", List.of(1, "x"));
    object.put("b", Collections.singletonMap("c", null));
    object.put("d", List.of());
    assertEquals(
        """
        {
          "a": [
            1,
            "x"
          ],
          "b": {
            "c": null
          },
          "d": []
        }
        """,
        Json.pretty(object));
  }

  @Test
  void whatIsNoValueIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Json.line(Map.of("a", new Object())));
  }

  @Test
  void anObjectIsReadAndNothingElse() {
    assertEquals("é\n", Json.object("{\"a\": \"é\\n\"}").orElseThrow().get("a").getAsString());
    assertTrue(Json.object(Json.line(everything())).isPresent());
    for (String text :
        List.of(
            "",
            "[1]",
            "3",
            "null",
            "{",
            "{\"a\":1} x",
            "{a:1}",
            "{\"a\":NaN}",
            "{\"a\":1,\"a\":1}")) {
      assertEquals(Optional.empty(), Json.object(text), text);
    }
  }
}
