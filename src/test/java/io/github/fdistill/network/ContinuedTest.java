package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContinuedTest {

  private static NetworkConfig song(int classes, int channels) {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(classes);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getSongUnetBuilder().setChannels(channels).addMultiplier(1).setBlocks(1);
    return config.build();
  }

  private static Map<String, float[]> values(DenoiserModel model) {
    return WeightArrays.split(model.weights().parameters(), WeightArrays.of(model.weights()));
  }

  @Test
  void everyWeightIsTheStartsWhereTheClassesAre() {
    DenoiserModel start = Networks.denoiser(song(3, 8), 1);
    Continued continued = Continued.of(song(3, 8), start, true, 2);
    assertEquals(List.of(), continued.anew());
    Map<String, float[]> expected = values(start);
    values(continued.model()).forEach((name, v) -> assertArrayEquals(expected.get(name), v, name));
  }

  @Test
  void whatIsKnownOfOtherClassesBeginsAnew() {
    DenoiserModel start = Networks.denoiser(song(3, 8), 1);
    for (int classes : new int[] {3, 5}) {
      Continued continued = Continued.of(song(classes, 8), start, false, 2);
      assertEquals(List.of("map_label/kernel", "map_label/bias"), continued.anew());
      Map<String, float[]> own = values(Networks.denoiser(song(classes, 8), 2));
      Map<String, float[]> starts = values(start);
      values(continued.model())
          .forEach(
              (name, v) ->
                  assertArrayEquals(
                      (name.startsWith("map_label") ? own : starts).get(name), v, name));
    }
    assertEquals(List.of(), Continued.of(song(0, 8), start, false, 2).anew());
  }

  @Test
  void anotherNetworkIsRefused() {
    DenoiserModel start = Networks.denoiser(song(3, 8), 1);
    InputException refused =
        assertThrows(InputException.class, () -> Continued.of(song(3, 16), start, true, 2));
    assertTrue(refused.getMessage().contains("field start"), refused.getMessage());
    assertTrue(refused.getMessage().contains("and "), refused.getMessage());
  }
}
