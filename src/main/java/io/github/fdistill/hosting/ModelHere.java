package io.github.fdistill.hosting;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.device.SideBySide;
import io.github.fdistill.savedmodel.ServedGraph;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.NativeTensors;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

/** A version that TensorFlow runs in this process. */
public final class ModelHere implements HostedModel {
  private static final String INIT = "__saved_model_init_op";

  private final Path folder;
  private final SavedModelBundle bundle;
  private final SideBySide sideBySide;
  private final Map<String, Signature> signatures = new TreeMap<>();
  private final Fetches fetches;
  private LoadedModel loaded;

  /** Made when it is first asked for. */
  private Teacher teacher;

  private ModelHere(Path folder, SavedModelBundle bundle) {
    this.folder = folder;
    this.bundle = bundle;
    sideBySide = new SideBySide(bundle.graph(), Runtime.getRuntime().availableProcessors());
    Map<String, SignatureDef> definitions =
        new TreeMap<>(bundle.metaGraphDef().getSignatureDefMap());
    definitions.remove(INIT);
    definitions.forEach((name, found) -> signatures.put(name, Signature.of(name, found)));
    fetches = new Fetches(bundle.graph(), signatures.values());
    loaded = LoadedModel.newBuilder().putAllSignatures(definitions).setInfo(info(folder)).build();
  }

  private static DenoiserInfo info(Path folder) {
    Path file = folder.resolve("assets.extra").resolve("denoiser.pbtxt");
    DenoiserInfo none = DenoiserInfo.getDefaultInstance();
    Path model = folder.toAbsolutePath().getParent(); // As what is loaded may lie in it.
    return Enclosed.hasText(model, file) ? Configs.read(file, none, List.of()) : none;
  }

  /**
   * Loads a version folder, after a look at what it would do, and warms it up.
   *
   * @param mostBytes of a request that warms it up
   * @throws NotLoaded when it reaches outside the folder, its graph may not be run, TensorFlow
   *     cannot load it, or anything else goes wrong
   * @throws InterruptedException when this thread is interrupted: it is noticed after each look,
   *     after TensorFlow has loaded it and after each request
   */
  public static ModelHere load(Path folder, long mostBytes) throws InterruptedException {
    try {
      requireWanted();
      Enclosed.require(folder);
      requireWanted();
      boolean unfused = ServedGraph.require(folder);
      requireWanted();
      return loadAllowed(folder, unfused, mostBytes);
    } catch (IOException | RuntimeException | Error e) {
      throw NotLoaded.because(folder, e);
    }
  }

  /**
   * Goes on unless this thread is interrupted.
   *
   * @throws InterruptedException when it is
   */
  static void requireWanted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private static ModelHere loadAllowed(Path folder, boolean unfused, long mostBytes)
      throws InterruptedException {
    SavedModelBundle bundle = unfused ? Sessions.loadUnfused(folder) : Sessions.load(folder);
    try {
      ModelHere model = new ModelHere(folder, bundle);
      int warmedUp = WarmUp.replay(folder, model, mostBytes);
      model.loaded = model.loaded.toBuilder().setWarmedUp(warmedUp).build();
      return model;
    } catch (InterruptedException | RuntimeException | Error e) {
      bundle.close();
      throw e;
    }
  }

  @Override
  public LoadedModel loaded() {
    return loaded;
  }

  /**
   * The signature of this name.
   *
   * @throws ApiException when there is none
   */
  Signature signature(String name) {
    return Signature.named(signatures, name, Status.Code.FAILED_PRECONDITION);
  }

  @Override
  public Map<String, HostTensor> run(
      String signature,
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      Duration within) {
    Signature called = signature(signature);
    called.requireFed(inputs);
    long end = System.nanoTime() + within.toNanos();
    try (SideBySide.Place place = sideBySide.place(within).orElseThrow(Late::inTheSession)) {
      return run(called, inputs, outputs, place, end);
    }
  }

  /**
   * @param end of the time for it, by the clock of nanoseconds
   */
  private Map<String, HostTensor> run(
      Signature called,
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      SideBySide.Place place,
      long end) {
    List<Tensor> fed = new ArrayList<>();
    long start = System.nanoTime();
    long millis = Math.max(1, (end - start) / 1_000_000); // 0 would be no limit.
    try {
      Session.Runner runner =
          place
              .in(bundle.session().runner())
              .setOptions(RunOptions.newBuilder().setTimeoutInMs(millis).build());
      List<Fetches.Fetch> wanted =
          outputs.stream().map(name -> fetches.of(called.outputs().get(name))).toList();
      wanted.forEach(fetch -> runner.fetch(fetch.name()));
      for (Map.Entry<String, HostTensor> input : inputs.entrySet()) {
        Tensor tensor = NativeTensors.toNative(input.getValue());
        fed.add(tensor);
        runner.feed(called.inputs().get(input.getKey()).getName(), tensor);
      }
      try (Result result = runner.run()) {
        Map<String, HostTensor> values = new LinkedHashMap<>();
        int i = 0;
        for (String name : outputs) {
          values.put(name, wanted.get(i).values(result.get(i++)));
        }
        return values;
      }
    } catch (TensorFlowException | TFInvalidArgumentException | TFUnimplementedException e) {
      boolean late = System.nanoTime() - start >= millis * 1_000_000;
      throw late ? Late.inTheSession() : new ApiException(code(e), said(called, e));
    } finally {
      fed.forEach(Tensor::close);
    }
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

  @Override
  public synchronized List<byte[]> draw(
      long[] seeds, ConditionRows conditions, double guidance, Duration within) {
    long end = System.nanoTime() + within.toNanos();
    if (teacher == null) {
      teacher = Teacher.of(folder);
    }
    return teacher.draw(seeds, conditions, guidance, end);
  }

  @Override
  public boolean running() {
    return true;
  }

  @Override
  public synchronized void close() {
    if (teacher != null) {
      teacher.close();
      teacher = null;
    }
    bundle.close();
  }

  /** What TensorFlow computes in this process nobody can end. */
  @Override
  public void kill() {}
}
