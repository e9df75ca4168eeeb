package io.github.fdistill.hosting;

import io.github.fdistill.InputException;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.server.WireFiles;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.PredictLog;
import io.github.fdistill.wire.PredictionLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** What a model brings, and what its process says, as files, and their reading. */
public final class HostingFiles {
  private static final long MOST_BYTES = 1 << 20;
  private static ModelHere model;

  private HostingFiles() {}

  /** Requests for a tiny student. */
  public static void warmUp(Path to) throws IOException {
    PredictLog log = PredictLog.newBuilder().setRequest(WireFiles.request()).build();
    byte[] record = PredictionLog.newBuilder().setPredictLog(log).build().toByteArray();
    Files.write(to, TfRecord.of(record));
  }

  public static void readWarmUp(Path file) throws IOException {
    Path version = file.getParent().getParent();
    try {
      if (model == null) {
        model = ModelHere.load(WireFiles.student(), MOST_BYTES);
      }
      WarmUp.replay(version, model, MOST_BYTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a model's process answers to a run. */
  public static void answer(Path to) throws IOException {
    HostTensor tensor = HostTensor.of(DataType.DT_INT32, Shape.of(2), new byte[8]);
    ModelAnswer answer =
        ModelAnswer.newBuilder()
            .setId(1)
            .putAllOutputs(PipedTensors.write(Map.of("image", tensor)))
            .build();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Frames.write(new DataOutputStream(bytes), answer);
    Files.write(to, bytes.toByteArray());
  }

  /** As far as bytes go; what cannot be read ends the process. */
  public static void readAnswer(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      for (var next = Frames.read(in); next.isPresent(); next = Frames.read(in)) {
        PipedTensors.read(ModelAnswer.parseFrom(next.get()).getOutputsMap());
      }
    } catch (IOException e) {
      throw new InputException("a model's process", "no answer", "one", "start it again", e);
    }
  }
}
