package io.github.fdistill.server;

import com.google.protobuf.Any;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.GetModelMetadataRequest;
import io.github.fdistill.wire.GetModelMetadataResponse;
import io.github.fdistill.wire.GetModelStatusRequest;
import io.github.fdistill.wire.JsonRequest;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.SignatureDefMap;
import io.grpc.Status;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * TensorFlow Serving's REST API, and what stands beside it:
 *
 * <pre>
 *   POST /v1/models/NAME[/versions/N | /labels/L]:predict
 *   GET  /v1/models/NAME[/versions/N | /labels/L]             status
 *   GET  /v1/models/NAME[/versions/N | /labels/L]/metadata
 *   GET  /monitoring/prometheus/metrics
 *   GET  /healthz                                             200 as soon as every model can be asked
 *   GET  /                                                    the page
 *   GET  /page/models, /page/images?model=&amp;seed=&amp;class=&amp;count=    what the page asks for
 * </pre>
 */
final class RestApi {
  private static final Pattern API = Pattern.compile("(?i)/v1/.*");
  private static final Pattern PREDICT =
      Pattern.compile(
          "(?i)/v1/models/([^/:]+)(?:/versions/(\\d+)|/labels/([^/:]+))?:(classify|regress|predict)");
  private static final Pattern STATUS =
      Pattern.compile(
          "(?i)/v1/models(?:/([^/:]+))?(?:/versions/(\\d+)|/labels/([^/:]+))?(/metadata)?");

  private static final long MOST_SECONDS_BETWEEN_LOOKS = 60;

  private final Predictions predictions;
  private final PrometheusCounts metrics;
  private final FrontPage page;
  private volatile boolean ending;

  RestApi(Predictions predictions, PrometheusCounts metrics, FrontPage page) {
    this.predictions = predictions;
    this.metrics = metrics;
    this.page = page;
  }

  /** From now on every request is refused; those that have begun are answered. */
  void end() {
    ending = true;
  }

  /** A prediction that was asked for, as it is counted. */
  private static final class Call {
    private String model = ""; // Empty: none was asked for.
    private String api = "";
  }

  /**
   * Answers.
   *
   * @param path without the query
   * @param query as it came, decoded; the first value of each key
   */
  CompletableFuture<Reply> answer(
      String method, String path, Map<String, String> query, String body) {
    long start = System.nanoTime();
    Call call = new Call();
    CompletableFuture<Reply> reply;
    try {
      if (ending) {
        throw new ApiException(Status.Code.UNAVAILABLE, "the server is ending");
      }
      reply = route(method, path, query, body, call);
    } catch (RuntimeException | Error e) {
      reply = CompletableFuture.failedFuture(e);
    }
    return reply.handle(
        (done, error) -> {
          ApiException told = error == null ? null : Predictions.asApiException(error);
          if (predictions.knows(call.model)) {
            Status.Code code = told == null ? Status.Code.OK : told.code();
            metrics.request(call.model, call.api, "REST", code, System.nanoTime() - start);
          }
          return told == null ? done : Reply.of(told);
        });
  }

  private CompletableFuture<Reply> route(
      String method, String path, Map<String, String> query, String body, Call call) {
    Matcher predict = PREDICT.matcher(path);
    Matcher status = STATUS.matcher(path);
    if (method.equals("POST") && predict.matches()) {
      ModelSpec spec = spec(predict);
      call.model = spec.getName();
      call.api = predict.group(4).toLowerCase(Locale.ROOT);
      if (!call.api.equals("predict")) {
        String signature = JsonRequest.signatureOfExamples(body);
        ModelSpec named = spec.toBuilder().setSignatureName(signature).build();
        boolean classify = call.api.equals("classify");
        throw classify ? predictions.noClassifier(named) : predictions.noRegressor(named);
      }
      return predictions.predict(spec, body).thenApply(Reply::json);
    }
    if (method.equals("GET") && status.matches()) {
      if (status.group(1) == null) {
        throw ApiException.invalid("Missing model name in request.");
      }
      ModelSpec spec = spec(status);
      return now(Reply.json(status.group(4) == null ? statusOf(spec) : metadataOf(spec)));
    }
    if (method.equals("GET") || method.equals("HEAD")) { // Of HEAD the answer's body is left out.
      CompletableFuture<Reply> other = other(path, query);
      if (other != null) {
        return other;
      }
    }
    if (!API.matcher(path).matches()) {
      throw new ApiException(Status.Code.NOT_FOUND, "no such path: " + path);
    }
    throw ApiException.invalid("Malformed request: " + method + " " + path);
  }

  private CompletableFuture<Reply> other(String path, Map<String, String> query) {
    return switch (path) {
      case "/" -> now(page.html());
      case "/page/models" -> now(page.models());
      case "/page/images" -> page.images(query);
      case "/healthz" -> now(health());
      case "/monitoring/prometheus/metrics" ->
          now(new Reply(200, "text/plain; version=0.0.4", metrics.text()));
      default -> null;
    };
  }

  /** Also says which versions are not as they should be, where others are served in their place. */
  Reply health() {
    StringBuilder text = new StringBuilder("ok\n");
    for (Model model : predictions.models()) {
      if (!model.ready()) {
        throw new ApiException(Status.Code.UNAVAILABLE, "no version of " + model.name());
      }
      if (!model.newestRuns()) {
        throw new ApiException(
            Status.Code.UNAVAILABLE,
            "the newest version of " + model.name() + " has crashed, and is being started again");
      }
      requireLookedAt(model.name(), model.secondsSinceLook());
      model.failed().forEach((version, why) -> text.append(failed(model, version, why)));
    }
    return new Reply(200, "text/plain", text.toString());
  }

  /** A look that takes longer is stuck, as on a disk that is gone. */
  static void requireLookedAt(String model, long seconds) {
    if (seconds > MOST_SECONDS_BETWEEN_LOOKS) {
      throw new ApiException(
          Status.Code.UNAVAILABLE,
          "the folder of " + model + " has not been looked at for " + seconds + " s");
    }
  }

  private static String failed(Model model, long version, String why) {
    String first = why.lines().findFirst().orElse("");
    return "but version " + version + " of " + model.name() + " is not served: " + first + "\n";
  }

  private static CompletableFuture<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private static ModelSpec spec(Matcher path) {
    ModelSpec.Builder spec = ModelSpec.newBuilder().setName(decoded(path.group(1)));
    if (path.group(2) != null) {
      try {
        spec.setVersion(Int64Value.of(Long.parseLong(path.group(2))));
      } catch (NumberFormatException e) {
        throw ApiException.invalid("Failed to convert version: " + path.group(2) + " to numeric.");
      }
    }
    if (path.group(3) != null) {
      spec.setVersionLabel(decoded(path.group(3)));
    }
    return spec.build();
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Failed to decode model name:" + text);
    }
  }

  private String statusOf(ModelSpec spec) {
    return ProtoJson.text(
        predictions.status(GetModelStatusRequest.newBuilder().setModelSpec(spec).build()));
  }

  private String metadataOf(ModelSpec spec) {
    GetModelMetadataResponse response =
        predictions.metadata(
            GetModelMetadataRequest.newBuilder()
                .setModelSpec(spec)
                .addMetadataField("signature_def")
                .build());
    Any signatures = response.getMetadataOrThrow("signature_def");
    try {
      return "{\n\"model_spec\":"
          + ProtoJson.text(response.getModelSpec())
          + ",\n\"metadata\": {\"signature_def\": "
          + ProtoJson.text(signatures.unpack(SignatureDefMap.class))
          + "}\n}\n";
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
