package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/** Parts of tensors that TensorFlow saved are found under their keys. */
class SliceKeyTest {
  @TempDir Path folder;

  /** A tensor [rows,2] in parts that begin at these rows; each holds the numbers of its rows. */
  private CheckpointIndex written(String name, int rows, int... starts) throws IOException {
    Path prefix = Files.createDirectories(folder.resolve("variables")).resolve("variables");
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph)) {
      Ops tf = NodeNames.ops(graph);
      String[] names = new String[starts.length];
      String[] slices = new String[starts.length];
      List<Output<?>> parts = new ArrayList<>();
      for (int i = 0; i < starts.length; i++) {
        names[i] = name;
        slices[i] = slice(rows, starts, i);
        float[] values = new float[2 * length(rows, starts, i)];
        for (int j = 0; j < values.length; j++) {
          values[j] = starts[i] + j / 2;
        }
        Shape shape = Shape.of(values.length / 2, 2);
        parts.add(tf.constant(shape, DataBuffers.of(values, true, false)).asOutput());
      }
      var op =
          tf.scope()
              .env()
              .opBuilder("SaveV2", "save", tf.scope())
              .addInput(tf.constant(prefix.toString()).asOutput())
              .addInput(tf.constant(StdArrays.ndCopyOf(names)).asOutput())
              .addInput(tf.constant(StdArrays.ndCopyOf(slices)).asOutput())
              .addInputList(parts.toArray(Output<?>[]::new))
              .build();
      session.runner().addTarget(op).run();
    }
    return CheckpointIndex.read(folder);
  }

  private static int length(int rows, int[] starts, int i) {
    return (i + 1 < starts.length ? starts[i + 1] : rows) - starts[i];
  }

  private static String slice(int rows, int[] starts, int i) {
    return rows + " 2 " + starts[i] + "," + length(rows, starts, i) + ":-";
  }

  /** Lengths and places of one byte, of two, of three and of four; a name of two bytes a letter. */
  @ParameterizedTest
  @CsvSource({"layer/kernel, 63", "größe, 64", "w, 8191", "w, 8192", "w, 1048576"})
  void eachPartIsFound(String name, int first) throws IOException {
    int[] starts = {0, first, first + 1};
    int rows = first + 3;
    CheckpointIndex index = written(name, rows, starts);
    for (int i = 0; i < starts.length; i++) {
      int length = length(rows, starts, i);
      SavedKey key = new SavedKey(name, slice(rows, starts, i));
      Stored part = index.fitting(key, "w", DataType.DT_FLOAT, Shape.of(length, 2));
      try (TensorReader reader = part.open();
          TFloat32 read = TFloat32.tensorOf(Shape.of(2))) {
        reader.read(Weights.numbers(read));
        float[] expected = {starts[i], starts[i]};
        assertArrayEquals(expected, TensorBundle.floats(read), name + " part " + i);
      }
    }
    assertEquals(
        List.of(name), index.tensors().keySet().stream().filter(k -> k.charAt(0) > 0).toList());
  }

  @Test
  void whatIsNoSliceIsRefused() {
    for (String slice : List.of("5 4 0,2:x", "5 4 0,2,3:-", "2,99999999999999999999", "-1,2")) {
      assertThrows(InputException.class, () -> SliceKey.of(new SavedKey("w", slice)), slice);
    }
  }
}
