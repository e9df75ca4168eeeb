package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.hosting.HostedModel;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.hosting.NotLoaded;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.Logger;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A version of a model that is loaded, and the batches of each of its signatures. Who uses it holds
 * it; once it is retired, the last who lets go closes it.
 */
final class ModelVersion {
  private static final Logger LOG = Logs.of(ModelVersion.class);

  /**
   * A signature that requests are taken for.
   *
   * @param texts how it is told texts, where that can be done
   */
  private record Served(Signature signature, Optional<PromptTexts> texts, Batcher batcher) {}

  private final Model model;
  private final long number;
  private final HostedModel hosted;
  private final Map<String, Served> served = new TreeMap<>();
  private volatile String givenUp; // Null as long as it is not.
  private int users;
  private boolean retired;
  private boolean closed;

  /**
   * Loads a version folder. Nothing but the loading is done here: who has it lets go of it,
   * whatever goes wrong later.
   *
   * @throws NotLoaded when it cannot be loaded, whatever the reason
   * @throws InterruptedException when it is not to be waited for any longer
   */
  ModelVersion(Model model, Path folder, Hosting hosting, Limits limits)
      throws InterruptedException {
    this.model = model;
    number = Long.parseLong(folder.getFileName().toString());
    Hosting.Version version =
        new Hosting.Version(
            folder, model.name() + "-" + number, limits.warmUpBytes(), limits.loading());
    hosted = hosting.load(version, new Crashes());
  }

  /** Of one whose tokenizer cannot be read, tokens are asked for as numbers. */
  private static Optional<Tokenizers> tokenizers(Path folder) {
    try {
      return ModelTokenizer.all(folder);
    } catch (InputException e) {
      LOG.warn("No texts are taken: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private final class Crashes implements Hosting.Crashes {
    @Override
    public void crashed() {
      model.crashed();
    }

    @Override
    public void givenUp(String why) {
      givenUp = why;
      model.putAside(ModelVersion.this, why);
    }
  }

  /** Begins to take requests for its signatures; its folder is the one that it was loaded from. */
  void begin(Path folder, Limits limits, Batching batching, PrometheusCounts metrics) {
    Optional<Tokenizers> tokenizers = tokenizers(folder);
    definitions()
        .forEach(
            (name, definition) -> {
              Signature signature = Signature.of(name, definition);
              Optional<PromptTexts> texts = PromptTexts.of(tokenizers, signature);
              Batcher batcher =
                  new Batcher(
                      model.name() + "-" + number + "-" + name,
                      fitting(signature, batching),
                      limits.time(),
                      (inputs, outputs, within) -> hosted.run(name, inputs, outputs, within),
                      metrics.batches(model.name(), name));
              served.put(name, new Served(signature, texts, batcher));
            });
  }

  /** Values of the largest batch that a signature takes. */
  double largestBatch() {
    return served.values().stream()
        .mapToDouble(each -> each.batcher().mostRows() * each.signature().valuesOfARow())
        .max()
        .orElse(0);
  }

  /** No rows, or more than a batch may have, make no batches either. */
  private static Batching fitting(Signature signature, Batching batching) {
    long fixed = signature.fixedRows();
    if (!signature.byRows() || fixed == 0 || fixed > Batching.MOST_ROWS) {
      return batching.oneByOne();
    }
    return fixed < 0 ? batching : batching.fixedTo(Math.toIntExact(fixed));
  }

  long number() {
    return number;
  }

  /** What the model says of itself beside its signatures. */
  DenoiserInfo info() {
    return hosted.loaded().getInfo();
  }

  /** Requests that it answered before it was there. */
  int warmedUp() {
    return hosted.loaded().getWarmedUp();
  }

  /** Whether it can be asked now: not while its process is started again. */
  boolean running() {
    return hosted.running();
  }

  /** Why its process is started no more after it has crashed, if that is so. */
  Optional<String> givenUp() {
    return Optional.ofNullable(givenUp);
  }

  /** Rows that one request of the signature may have. */
  int mostRows(Signature signature) {
    return served.get(signature.name()).batcher().mostRows();
  }

  Map<String, SignatureDef> definitions() {
    return hosted.loaded().getSignaturesMap();
  }

  Set<String> signatureNames() {
    return served.keySet();
  }

  /**
   * The signature of this name; of the empty name, the default one.
   *
   * @throws ApiException with this code when there is none
   */
  Signature signature(String name, Status.Code code) {
    return Signature.named(served, name, code).signature();
  }

  /** How texts are told to a signature, where that can be done. */
  Optional<PromptTexts> texts(Signature signature) {
    return served.get(signature.name()).texts();
  }

  /**
   * What a request to a signature holds.
   *
   * @param given names of what it holds: a text may come in the place of tokens
   * @throws ApiException as {@link PromptTexts#inputs}
   */
  Map<String, TensorInfo> inputs(Signature signature, Set<String> given) {
    return texts(signature).map(found -> found.inputs(signature, given)).orElse(signature.inputs());
  }

  /**
   * Answers a request: with others in a batch, where the signature's tensors have rows. Who cancels
   * it is computed for no more, unless its batch has begun.
   */
  CompletableFuture<Map<String, HostTensor>> predict(
      Signature signature, Map<String, HostTensor> sent, Set<String> outputs) {
    Map<String, HostTensor> inputs =
        texts(signature).map(t -> t.read(signature, sent, mostRows(signature))).orElse(sent);
    signature.requireInputs(inputs);
    LabelCheck.require(info(), signature, inputs);
    return served.get(signature.name()).batcher().submit(inputs, outputs);
  }

  /** Images of a denoiser, for the page: a PNG for each seed; ended soon after this time. */
  List<byte[]> draw(long[] seeds, ConditionRows conditions, double guidance, Duration within) {
    return hosted.draw(seeds, conditions, guidance, within);
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
    model.retiring(this);
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
    Thread thread = new Thread(this::close, "retire-" + number);
    thread.setDaemon(true);
    thread.start();
  }

  private void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    try {
      served.values().forEach(each -> each.batcher().close());
      hosted.close();
    } finally {
      synchronized (this) {
        closed = true;
        notifyAll();
      }
      model.closed(this);
    }
  }

  /**
   * Waits until it is closed; after that time, or when the waiting is interrupted, it is ended,
   * where that can be done.
   */
  synchronized void awaitClosed(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (!closed) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          hosted.kill();
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      hosted.kill();
      Thread.currentThread().interrupt();
    }
  }

  /** Rows that wait in all its batches. */
  int waitingRows() {
    return served.values().stream().mapToInt(each -> each.batcher().waitingRows()).sum();
  }

  /** Rows that are computed in all its batches. */
  int computingRows() {
    return served.values().stream().mapToInt(each -> each.batcher().computingRows()).sum();
  }
}
