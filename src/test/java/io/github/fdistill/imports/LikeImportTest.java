package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights alone, of a network that is described. */
class LikeImportTest {
  @TempDir Path scratch;

  /** In the names and order of axes that ours have, behind a prefix; beside it iDDPM's levels. */
  @Test
  void aNetworkOfOursIsFilledByItsOwnNames() throws IOException {
    String text = "image { height: 1 width: 1 channels: 2 } classes: 3 mlp { hidden: [8, 4] }";
    DenoiserModel model =
        Networks.denoiser(Configs.of(text, NetworkConfig.getDefaultInstance()), 5);
    float[] weights = WeightArrays.of(model.weights());
    for (int i = 0; i < weights.length; i++) {
      weights[i] += i / 8f;
    }
    List<Part> parts = new ArrayList<>();
    int from = 0;
    for (Parameter parameter : model.function().parameters().list()) {
      int to = from + (int) parameter.size();
      float[] values = Arrays.copyOfRange(weights, from, to);
      parts.add(new Part("ema.model." + parameter.name(), parameter.shape().asArray(), values));
      from = to;
    }
    assertArrayEquals(weights, WeightArrays.of(read(parts, text).model().weights()));
    String iddpm = text + " convention { predicts: EPSILON iddpm { steps: 4 } }";
    float[] levels = {83.248706f, 2.4354357f, 1.0123896f, 0.42499482f, 0}; // The formula's.
    parts.add(new Part("ema.u", new long[] {5}, levels));
    assertArrayEquals(weights, WeightArrays.of(read(parts, iddpm).model().weights()));
    levels[2] = 1.1f;
    assertRefused(parts, iddpm, "ema.u", "other noise levels", "convention.iddpm");
    assertRefused(parts, text, "tensors without a parameter: ema.u");
  }

  /** Waves whose frequencies are drawn once: without those of the file all else is in vain. */
  @ParameterizedTest
  @ValueSource(strings = {"edm-ncsnpp.pkl", "edm2-options.pkl"})
  void whatIsFixedInTheFileIsTakenFromThere(String pickle) throws IOException {
    Path file = Recorded.of(pickle, scratch).weights();
    Importing whole = Importing.read(file, Importing.Options.NONE);
    List<Part> parts = parts(ForeignFiles.read(file));
    NetworkConfig bare = without(whole.network());
    assertNotEquals(whole.network(), bare);
    for (NetworkConfig like : List.of(bare, whole.network())) {
      Importing found = read(parts, like.toString());
      assertEquals(whole.network(), found.network());
      assertArrayEquals(
          WeightArrays.of(whole.model().weights()), WeightArrays.of(found.model().weights()));
    }
    String other = whole.network().toString().replaceFirst("frequency: [-0-9.]+", "frequency: 3");
    assertRefused(parts, other, "leave frequency out of the description");
    List<Part> less = parts.stream().filter(part -> !part.name().endsWith(".freqs")).toList();
    assertRefused(less, bare.toString(), "and no frequency in the description");
    List<Part> filtered = new ArrayList<>(parts);
    filtered.add(new Part("model.enc.8x8_down.resample_filter", new long[] {1}, new float[] {9}));
    assertRefused(filtered, bare.toString(), "another filter");
    if (bare.hasSongUnet()) {
      NetworkConfig.Builder positional = bare.toBuilder();
      positional.getSongUnetBuilder().clearNoise();
      assertRefused(parts, positional.build().toString(), "model.map_noise.freqs");
    }
  }

  private static NetworkConfig without(NetworkConfig network) {
    NetworkConfig.Builder bare = network.toBuilder();
    if (network.hasSongUnet()) {
      bare.getSongUnetBuilder().clearFrequency();
    } else {
      bare.getEdm2UnetBuilder().clearFrequency().clearPhase();
    }
    return bare.build();
  }

  private void assertRefused(List<Part> parts, String like, String... said) {
    InputException refused = assertThrows(InputException.class, () -> read(parts, like));
    for (String each : said) {
      assertTrue(refused.getMessage().contains(each), refused.getMessage());
    }
  }

  /** A name of a million dots is no million prefixes. */
  @Test
  void aLongNameIsNotAPrefixForEachOfItsDots() throws IOException {
    Part odd = new Part(".".repeat(1_000_000) + "x", new long[] {1}, new float[1]);
    InputException refused =
        assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () ->
                assertThrows(
                    InputException.class,
                    () ->
                        read(
                            List.of(odd),
                            "image { height: 1 width: 1 channels: 2 } mlp { hidden: 4 }")));
    assertTrue(refused.getMessage().contains("parameters without a tensor"));
  }

  /** A description would not help where the names are of those that are not read. */
  @ParameterizedTest
  @CsvSource({
    "time_embed.0.weight input_blocks.0.0.weight, as ONNX",
    "module.time_embed.0.weight module.input_blocks.0.0.weight, as ONNX",
    "model.diffusion_model.out.0.bias model.diffusion_model.input_blocks.0.0.bias, model_index",
    "net.input.weight net.blocks.0.weight, --like",
    ", --like",
  })
  void whatToDoIsSaidByTheNames(String names, String remedy) throws IOException {
    Path file = scratch.resolve("weights.safetensors");
    List<Part> parts = new ArrayList<>();
    for (String name : names == null ? new String[0] : names.split(" ")) {
      parts.add(new Part(name, new long[] {1}, new float[1]));
    }
    write(file, parts);
    InputException refused =
        assertThrows(InputException.class, () -> Importing.read(file, Importing.Options.NONE));
    String last = refused.getMessage().lines().reduce("", (before, line) -> line);
    assertTrue(last.contains(remedy), refused.getMessage());
  }

  private record Part(String name, long[] shape, float[] values) {}

  private static List<Part> parts(Tensors tensors) {
    return tensors.names().stream()
        .map(name -> new Part(name, tensors.get(name).shape(), tensors.get(name).floats()))
        .toList();
  }

  private Importing read(List<Part> parts, String network) throws IOException {
    Path file = scratch.resolve("weights.safetensors");
    write(file, parts);
    Path like = Files.writeString(scratch.resolve("network.pbtxt"), network);
    return Importing.read(
        file, new Importing.Options(Optional.of(like), Optional.empty(), Optional.empty()));
  }

  /** As float64, each tensor where the one before it ends. */
  private static void write(Path file, List<Part> parts) throws IOException {
    StringJoiner entries = new StringJoiner(",", "{", "}");
    int begin = 0;
    for (Part part : parts) {
      int end = begin + 8 * part.values().length;
      String shape =
          LongStream.of(part.shape()).mapToObj(Long::toString).collect(Collectors.joining(","));
      entries.add(
          "\"%s\":{\"dtype\":\"F64\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
              .formatted(part.name(), shape, begin, end));
      begin = end;
    }
    byte[] header = entries.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + begin);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    for (Part part : parts) {
      for (float value : part.values()) {
        bytes.putDouble(value);
      }
    }
    Files.write(file, bytes.array());
  }
}
