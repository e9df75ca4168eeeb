package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights alone, of a network that is described. */
class LikeImportTest {
  @TempDir Path scratch;

  /** In the names and the order of axes that ours have, behind a prefix. */
  @Test
  void aNetworkOfOursIsFilledByItsOwnNames() throws IOException {
    String text = "image { height: 1 width: 1 channels: 2 } classes: 3 mlp { hidden: [8, 4] }";
    DenoiserModel model =
        Networks.denoiser(Configs.of(text, NetworkConfig.getDefaultInstance()), 5);
    float[] weights = WeightArrays.of(model.weights());
    for (int i = 0; i < weights.length; i++) {
      weights[i] += i / 8f;
    }
    Path file = scratch.resolve("weights.safetensors");
    write(file, model, weights);
    Path like = Files.writeString(scratch.resolve("network.pbtxt"), text);
    Importing importing =
        Importing.read(
            file, new Importing.Options(Optional.of(like), Optional.empty(), Optional.empty()));
    assertArrayEquals(weights, WeightArrays.of(importing.model().weights()));
  }

  /** As float64, each tensor where the one before it ends. */
  private static void write(Path file, DenoiserModel model, float[] weights) throws IOException {
    StringJoiner entries = new StringJoiner(",", "{", "}");
    long begin = 0;
    for (Parameter parameter : model.function().parameters().list()) {
      long end = begin + 8 * parameter.size();
      String shape =
          LongStream.of(parameter.shape().asArray())
              .mapToObj(Long::toString)
              .collect(Collectors.joining(","));
      entries.add(
          "\"ema.net.%s\":{\"dtype\":\"F64\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
              .formatted(parameter.name(), shape, begin, end));
      begin = end;
    }
    byte[] header = entries.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 8 * weights.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    for (float weight : weights) {
      bytes.putDouble(weight);
    }
    Files.write(file, bytes.array());
  }
}
