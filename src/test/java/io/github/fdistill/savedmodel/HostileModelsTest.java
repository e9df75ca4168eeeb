package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * SavedModels that read and write files, or end the process: refused before TensorFlow has them.
 */
class HostileModelsTest {
  @TempDir Path folder;

  private Path model(String name) throws IOException {
    Path version = Files.createDirectories(folder.resolve(name));
    try (InputStream in = getClass().getResourceAsStream("attacks/" + name + ".pb")) {
      Files.copy(in, version.resolve("saved_model.pb"));
    }
    return version;
  }

  private static void refused(Runnable action, String... parts) {
    String message = assertThrows(InputException.class, action::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "immutable, serving_default, ImmutableConst",
    "fromgraph2, serving_default, DatasetToSingleElement",
    "nancount, serving_default, DebugNanCount",
    "abort, serving_default, Abort",
    "exit, serving_default, Abort",
    "abortload, __saved_model_init_op, Abort",
    "BoostedTreesAggregateStats, denoise, BoostedTreesAggregateStats",
    "LSTMBlockCellGrad, denoise, LSTMBlockCellGrad",
    "TensorScatterMax, denoise, TensorScatterMax",
    "XlaReplicaId, denoise, XlaReplicaId"
  })
  void anOpThatNoNetworkHasIsNotServed(String name, String signature, String op)
      throws IOException {
    Path version = model(name);
    refused(
        () -> ServedGraph.require(version),
        "signature " + signature,
        "node ",
        "the op " + op + ",");
  }

  /** The first three hide a shape by ListDiff, which is refused before the op that would crash. */
  @ParameterizedTest
  @CsvSource({
    "BoostedTreesAggregateStats, ListDiff",
    "LSTMBlockCellGrad, ListDiff",
    "TensorScatterMax, ListDiff",
    "XlaReplicaId, XlaReplicaId"
  })
  void norIsItANetwork(String name, String op) throws IOException {
    SavedModel read = SavedModel.read(model(name));
    refused(() -> read.function("denoise"), "signature denoise", "node ", "the op " + op + ",");
  }

  @Test
  void aFunctionThatCallsItselfIsNotFollowed() throws IOException {
    Path version = model("recurse");
    refused(() -> ServedGraph.require(version), "function rec", "calls itself");
  }

  /** Rank 2 when it runs; TensorFlow's look at shapes sees none. */
  @Test
  void aConvolutionOfHiddenRankIsNotRun() throws IOException {
    Path version = model("DepthwiseConv2dNative");
    refused(() -> ServedGraph.require(version), "signature denoise", "the op ListDiff,");
    SavedModel read = SavedModel.read(version);
    refused(() -> read.function("denoise"), "signature denoise", "the op ListDiff,");
  }
}
