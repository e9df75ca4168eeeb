package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TString;

/** Tensors come back from a disk as they went, and what it refuses is told by its reason. */
class TensorBundleTest {
  private static final Bundles.Entry ENTRY =
      new Bundles.Entry(Shape.of(1, 3), new float[] {1, -0.0f, Float.NaN});

  @TempDir Path folder;

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Path prefix = folder.resolve("state");
    Bundles.write(prefix, Map.of("a/b", ENTRY));
    Bundles.Entry read = Bundles.read(prefix, List.of("a/b")).get("a/b");
    assertEquals(ENTRY.shape(), read.shape());
    assertArrayEquals(ENTRY.values(), read.values());
  }

  /**
   * Blocks of the index, keys that share their beginnings, scalars and empty tensors among them.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 700, 9000})
  void theFilesAreThoseThatTensorFlowWrites(int count) throws IOException {
    Map<String, Bundles.Entry> entries = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Shape shape = List.of(Shape.scalar(), Shape.of(0, 3), Shape.of(2, 5), Shape.of(7)).get(i % 4);
      float[] values = new float[(int) shape.size()];
      java.util.Arrays.fill(values, i);
      String name = "net/block_" + (i * 7919 % count) + (i % 3 == 0 ? "/\u00e9" : "/kernel") + i;
      entries.put(name, new Bundles.Entry(shape, values));
    }
    Bundles.write(folder.resolve("ours"), entries);
    Bundles.writeByTensorFlow(folder.resolve("theirs"), entries);
    for (String end : List.of(".index", ".data-00000-of-00001")) {
      assertEquals(
          -1, Files.mismatch(folder.resolve("ours" + end), folder.resolve("theirs" + end)), end);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 70000})
  void bytesAreAsTensorFlowWritesThem(int length) throws IOException {
    byte[] bytes = new byte[length];
    new java.util.Random(length).nextBytes(bytes);
    try (BundleWriter ours = new BundleWriter(folder.resolve("ours"))) {
      ours.addBytes("key", bytes);
      ours.finish();
    }
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph);
        TString value = TString.tensorOfBytes(NdArrays.scalarOfObject(bytes))) {
      Ops tf = NodeNames.ops(graph);
      Operand<TString> prefix = tf.constant(folder.resolve("theirs").toString());
      Operand<TString> given = tf.placeholder(TString.class);
      var save = tf.train.save(prefix, tf.array("key"), tf.array(""), List.<Operand<?>>of(given));
      session.runner().feed(given, value).addTarget(save).run().close();
    }
    for (String end : List.of(".index", ".data-00000-of-00001")) {
      assertEquals(
          -1, Files.mismatch(folder.resolve("ours" + end), folder.resolve("theirs" + end)), end);
    }
  }

  @Test
  void aRefusalHasTheNameThatWasAskedForAndTheReasonAlone() throws IOException {
    Path prefix = Files.createFile(folder.resolve("file")).resolve("state");
    FileSystemException refusal =
        assertThrows(FileSystemException.class, () -> Bundles.write(prefix, Map.of("a", ENTRY)));
    assertEquals(prefix.toString(), refusal.getFile());
    assertEquals("Not a directory", refusal.getReason());
  }
}
