package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.ServedGraph;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.NativeTensors;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFFailedPreconditionException;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.exceptions.TFUnimplementedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A version of a model that is loaded, and the batches of each of its signatures. Who uses it holds
 * it; once it is retired, the last who lets go closes it.
 */
final class ModelVersion {
  private static final String INIT = "__saved_model_init_op";

  private final long number;
  private final Path folder;
  private final SavedModelBundle bundle;
  private final DenoiserInfo info;
  private final Map<String, Signature> signatures = new TreeMap<>();
  private final Map<String, SignatureDef> definitions = new TreeMap<>();
  private final Map<String, Batcher> batchers = new TreeMap<>();
  private int users;
  private boolean retired;
  private boolean closed;

  private ModelVersion(
      String model,
      Path folder,
      SavedModelBundle bundle,
      Limits limits,
      Batching batching,
      PrometheusCounts metrics) {
    this.number = Long.parseLong(folder.getFileName().toString());
    this.folder = folder;
    this.bundle = bundle;
    this.info = info(folder);
    bundle
        .metaGraphDef()
        .getSignatureDefMap()
        .forEach((name, definition) -> add(model, name, definition, limits, batching, metrics));
  }

  private void add(
      String model,
      String name,
      SignatureDef definition,
      Limits limits,
      Batching batching,
      PrometheusCounts metrics) {
    if (name.equals(INIT)) {
      return;
    }
    Signature signature = Signature.of(name, definition);
    definitions.put(name, definition);
    signatures.put(name, signature);
    batchers.put(
        name,
        new Batcher(
            model + "-" + number + "-" + name,
            fitting(signature, batching),
            limits.time(),
            (inputs, outputs, within) -> run(signature, inputs, outputs, within),
            metrics.batches(model, name)));
  }

  private static DenoiserInfo info(Path folder) {
    Path file = folder.resolve("assets.extra").resolve("denoiser.pbtxt");
    DenoiserInfo none = DenoiserInfo.getDefaultInstance();
    return Files.isRegularFile(file) ? Configs.read(file, none, List.of()) : none;
  }

  private static Batching fitting(Signature signature, Batching batching) {
    if (!signature.byRows()) {
      return batching.oneByOne();
    }
    long fixed = signature.fixedRows();
    return fixed < 0 ? batching : batching.fixedTo((int) fixed);
  }

  /**
   * Loads a version folder, after a look at what it would do.
   *
   * @throws InputException when it reaches outside the folder, or its graph may not be run
   * @throws TensorFlowException when TensorFlow cannot load it
   */
  static ModelVersion load(
      String model, Path folder, Limits limits, Batching batching, PrometheusCounts metrics) {
    try {
      Enclosed.require(folder);
      ServedGraph.require(folder);
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "cannot be read: " + e.getMessage(),
          "a whole SavedModel",
          "copy or export the model again",
          e);
    }
    SavedModelBundle bundle = Sessions.load(folder);
    try {
      return new ModelVersion(model, folder, bundle, limits, batching, metrics);
    } catch (RuntimeException e) {
      bundle.close();
      throw e;
    }
  }

  long number() {
    return number;
  }

  Path folder() {
    return folder;
  }

  /** What the model says of itself beside its signatures. */
  DenoiserInfo info() {
    return info;
  }

  /** Rows that one request of the signature may have. */
  int mostRows(Signature signature) {
    return batchers.get(signature.name()).mostRows();
  }

  Map<String, SignatureDef> definitions() {
    return definitions;
  }

  Set<String> signatureNames() {
    return signatures.keySet();
  }

  /**
   * The signature of this name; of the empty name, the default one.
   *
   * @throws ApiException with this code when there is none
   */
  Signature signature(String name, Status.Code code) {
    String wanted = name.isEmpty() ? "serving_default" : name;
    Signature signature = signatures.get(wanted);
    if (signature == null) {
      throw new ApiException(
          code,
          code == Status.Code.FAILED_PRECONDITION
              ? "Serving signature key \"" + wanted + "\" not found."
              : "Serving signature name: \"" + wanted + "\" not found in signature def");
    }
    return signature;
  }

  /**
   * Answers a request: with others in a batch, where the signature's tensors have rows. Who cancels
   * it is computed for no more, unless its batch has begun.
   */
  CompletableFuture<Map<String, HostTensor>> predict(
      Signature signature, Map<String, HostTensor> inputs, Set<String> outputs) {
    signature.requireInputs(inputs);
    LabelCheck.require(info, signature, inputs);
    return batchers.get(signature.name()).submit(inputs, outputs);
  }

  /**
   * One run of the session.
   *
   * @param within TensorFlow ends it between two ops, soon after this
   */
  Map<String, HostTensor> run(
      Signature signature,
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      Duration within) {
    List<Tensor> fed = new ArrayList<>();
    long start = System.nanoTime();
    long millis = Math.max(1, within.toMillis()); // 0 would be no limit.
    try {
      Session.Runner runner =
          bundle
              .session()
              .runner()
              .setOptions(RunOptions.newBuilder().setTimeoutInMs(millis).build());
      for (Map.Entry<String, HostTensor> input : inputs.entrySet()) {
        Tensor tensor = NativeTensors.toNative(input.getValue());
        fed.add(tensor);
        runner.feed(signature.inputs().get(input.getKey()).getName(), tensor);
      }
      outputs.forEach(name -> runner.fetch(tensorName(signature.outputs().get(name))));
      try (Result result = runner.run()) {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        int i = 0;
        for (String name : outputs) {
          values.put(name, NativeTensors.toHost(result.get(i++)));
        }
        return values;
      }
    } catch (TensorFlowException | TFInvalidArgumentException | TFUnimplementedException e) {
      boolean late = System.nanoTime() - start >= millis * 1_000_000;
      throw late ? Late.inTheSession() : new ApiException(code(e), said(signature, e));
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  private static String tensorName(TensorInfo info) {
    return info.getName();
  }

  private static Status.Code code(RuntimeException e) {
    if (e instanceof TFInvalidArgumentException) {
      return Status.Code.INVALID_ARGUMENT;
    } else if (e instanceof TFFailedPreconditionException) {
      return Status.Code.FAILED_PRECONDITION;
    } else if (e instanceof TFOutOfRangeException) {
      return Status.Code.OUT_OF_RANGE;
    } else if (e instanceof TFResourceExhaustedException) {
      return Status.Code.RESOURCE_EXHAUSTED;
    } else if (e instanceof TFUnimplementedException) {
      return Status.Code.UNIMPLEMENTED;
    }
    return Status.Code.INTERNAL;
  }

  /** What TensorFlow says, and where: in which node of the signature, and which op that is. */
  private String said(Signature signature, Exception e) {
    String where = ", node " + RunFailure.node(e).orElse("unknown");
    String op =
        RunFailure.node(e)
            .map(bundle.graph()::operation)
            .map(node -> " (" + node.type() + ")")
            .orElse("");
    return RunFailure.reason(e) + " [signature " + signature.name() + where + op + "]";
  }

  /** Whether it may be used; who has held it lets go of it. */
  synchronized boolean hold() {
    if (retired) {
      return false;
    }
    users++;
    return true;
  }

  void letGo() {
    boolean last;
    synchronized (this) {
      users--;
      last = retired && users == 0;
    }
    if (last) {
      closeAside();
    }
  }

  /** Is used no more; closes as soon as nobody holds it. */
  void retire() {
    boolean free;
    synchronized (this) {
      retired = true;
      free = users == 0;
    }
    if (free) {
      closeAside();
    }
  }

  /** On a thread of its own: a batch's thread cannot wait for itself to end. */
  private void closeAside() {
    new Thread(this::close, "retire-" + number).start();
  }

  private void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    batchers.values().forEach(Batcher::close);
    bundle.close();
    synchronized (this) {
      closed = true;
      notifyAll();
    }
  }

  /** Waits until it is closed. */
  synchronized boolean awaitClosed(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!closed) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Rows that wait in all its batches. */
  int waitingRows() {
    return batchers.values().stream().mapToInt(Batcher::waitingRows).sum();
  }
}
