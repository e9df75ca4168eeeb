package io.github.fdistill.hosting;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Replays the requests that a SavedModel carries for this, so that the first client does not wait
 * for what TensorFlow prepares at the first run of each shape.
 */
final class WarmUp {
  /** Beside the model: TFRecords of PredictionLog. */
  private static final String FILE = "tf_serving_warmup_requests";

  /** For each: no client waits, and what is done once at the first run may take long. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** TensorFlow Serving takes no more either. */
  private static final int MOST = 1_000;

  private WarmUp() {}

  /**
   * Replays them.
   *
   * @return how many there were
   * @throws InputException when the file is malformed
   * @throws io.github.fdistill.wire.ApiException when the model refuses one
   * @throws InterruptedException when this thread is interrupted: it is noticed before each
   */
  static int replay(Path folder, ModelHere model, long mostBytes) throws InterruptedException {
    ModelHere.requireWanted();
    Path file = folder.resolve("assets.extra").resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return 0;
    }
    try (InputStream in = new BufferedInputStream(RegularFile.open(file))) {
      int count = 0;
      Optional<byte[]> record = TfRecord.read(in);
      for (; record.isPresent() && count < MOST; record = TfRecord.read(in)) {
        PredictionLog log = TfRecord.message(record.get(), PredictionLog.getDefaultInstance());
        replay(model, log, mostBytes);
        ModelHere.requireWanted();
        count++;
      }
      return count;
    } catch (IOException e) {
      throw DiskRefusal.unreadable(
          file,
          e,
          () ->
              new InputException(
                  file.toString(),
                  "cannot be read: " + e.getMessage(),
                  "TFRecords of PredictionLog",
                  "export the model again, or remove the file",
                  e));
    }
  }

  private static void replay(ModelHere model, PredictionLog log, long mostBytes) {
    if (!log.hasPredictLog()) {
      return;
    }
    PredictRequest request = log.getPredictLog().getRequest();
    Signature signature = model.signature(request.getModelSpec().getSignatureName());
    Map<String, HostTensor> inputs =
        signature.read(request.getInputsMap(), signature.inputs().keySet(), mostBytes);
    if (signature.byRows()) {
      inputs.replaceAll((name, tensor) -> padded(tensor, signature.fixedRows(), mostBytes));
    }
    Set<String> outputs = signature.wanted(request.getOutputFilterList());
    model.run(signature.name(), inputs, outputs, PATIENCE);
  }

  /**
   * To the rows of a fixed batch, as the server fills up the requests of clients.
   *
   * @param mostBytes that it may take then; what would take more stays as it is, and is refused
   */
  private static HostTensor padded(HostTensor tensor, long fixed, long mostBytes) {
    if (tensor.shape().numDimensions() == 0 || tensor.rows() == 0 || tensor.rows() >= fixed) {
      return tensor;
    }
    long row = Math.max(Long.BYTES, tensor.held() / tensor.rows());
    return fixed > mostBytes / row
        ? tensor
        : HostTensor.padded(List.of(tensor), Math.toIntExact(fixed));
  }
}
