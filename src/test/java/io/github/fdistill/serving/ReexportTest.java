package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.proto.NodeDef;

/** A student that is read from an export and exported again. */
class ReexportTest {
  @TempDir Path folder;

  private static DenoiserModel student() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getUnetBuilder().setChannels(8).addMultiplier(1).setGroupChannels(4);
    return Networks.denoiser(config.build(), 1).asStudent(80);
  }

  /** Writes a student, and reads what was written. */
  private StudentModel exported(StudentModel student, int version) throws IOException {
    Path to = folder.resolve(Integer.toString(version));
    StudentExport.write(student, to, Expected.of(student, SampleGrid.of(student)), written -> {});
    return NamedModel.readStudent(to, Optional.empty());
  }

  /** From an op to how many of it a version's graph has. */
  private Map<String, Integer> ops(int version) {
    Map<String, Integer> ops = new TreeMap<>();
    Path from = folder.resolve(Integer.toString(version));
    for (NodeDef node : SavedModel.read(from).metaGraph().getGraphDef().getNodeList()) {
      ops.merge(node.getOp(), 1, Integer::sum);
    }
    return ops;
  }

  @Test
  void theGraphDoesNotGrowAndTheImagesStayAsTheyAre() throws IOException {
    StudentModel student = student();
    StudentModel once = exported(student, 1);
    StudentModel twice = exported(once, 2);
    exported(twice, 3);
    assertEquals(ops(1), ops(2));
    assertEquals(ops(1), ops(3));

    SampleGrid grid = SampleGrid.of(student);
    float[] images = Samples.ofStudent(student, grid).values();
    assertArrayEquals(images, Samples.ofStudent(twice, grid).values(), 1e-5f);
    assertEquals(0, difference(Expected.of(once, grid), folder.resolve("3")), 1e-6);
  }

  /** A SavedModel of a hundred rows refuses any other number. */
  @Test
  void manyImagesAreAskedForAHundredAtATime() throws IOException {
    StudentModel student = student();
    StudentExport.write(student, new ServedForm(Precision.FLOAT32, false, 100, true, true), folder);
    long[] seeds = LongStream.range(0, 250).toArray();
    SampleGrid grid = new SampleGrid(seeds, ConditionRows.ofLabels(1));
    assertEquals(0, difference(Expected.of(student, grid), folder), 1e-4);
  }

  private static float difference(Expected expected, Path folder) {
    try (SavedModelBundle served = Sessions.load(folder)) {
      return expected.difference(served, -1);
    }
  }
}
