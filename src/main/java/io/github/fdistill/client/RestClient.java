package io.github.fdistill.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Over REST, in the column format. */
public final class RestClient implements ModelClient {
  private final HttpClient http;
  private final URI predict;
  private final URI metadata;
  private final Which which;
  private volatile String signature;
  private final Duration patience;

  /**
   * Asks the newest version of a model, and waits a minute for each answer.
   *
   * @param server such as http://127.0.0.1:8501
   * @throws InputException when that is no address of HTTP
   */
  public RestClient(String server, String model) {
    this(server, Which.newest(model), Duration.ofMinutes(1));
  }

  /**
   * @param server such as http://127.0.0.1:8501
   * @param patience for one answer
   * @throws InputException when the server is no address of HTTP
   */
  public RestClient(String server, Which which, Duration patience) {
    requireAddress(server);
    String version = which.version().map(number -> "/versions/" + number).orElse("");
    String label = which.label().map(name -> "/labels/" + escaped(name)).orElse("");
    String base = server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
    String model = base + "/v1/models/" + escaped(which.model()) + version + label;
    this.predict = URI.create(model + ":predict");
    this.metadata = URI.create(model + "/metadata");
    this.which = which;
    this.signature = which.signature();
    this.patience = patience;
    this.http = http(patience);
  }

  private static void requireAddress(String server) {
    try {
      if (server.matches("https?://.*") && new URI(server).getHost() != null) {
        return;
      }
    } catch (URISyntaxException e) {
      // It is told of as any other that is none.
    }
    throw InputException.ofValue("server", server, "http://HOST:PORT");
  }

  /** What asks, and waits for a connection no longer than that takes. */
  static HttpClient http(Duration patience) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(ModelClient.connecting(patience))
        .build();
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public List<byte[]> png(long[] seeds, ConditionRows conditions) {
    StringBuilder body = new StringBuilder("{\"signature_name\": \"" + signature + "\", ");
    body.append("\"inputs\": {\"seed\": ").append(Arrays.toString(seeds));
    conditions
        .columns()
        .forEach((name, rows) -> body.append(", \"" + name + "\": ").append(rows.nested()));
    List<byte[]> images = images(post(body.append("}}").toString()));
    if (images.size() != seeds.length) {
      throw new ServerError("it answers without an image for each seed", null);
    }
    return images;
  }

  @Override
  public Map<String, Input> inputs() {
    String answer = answer(HttpRequest.newBuilder(metadata));
    try {
      JsonObject signatures =
          within(WholeJson.tree(answer), "metadata", "signature_def", "signature_def");
      signature = ModelClient.requirePictures(signatures.keySet(), which);
      JsonObject inputs = within(signatures, signature, "inputs");
      Map<String, Input> said = new TreeMap<>();
      inputs
          .entrySet()
          .forEach(
              in -> said.put(in.getKey(), new Input(type(in.getValue()), shape(in.getValue()))));
      return said;
    } catch (ServerError | InputException e) {
      throw e;
    } catch (IOException
        | RuntimeException e) { // What Gson throws of other JSON is not documented.
      throw new ServerError("it answers without its signatures in JSON", e);
    }
  }

  /** An object within others; empty where it is not there. */
  private static JsonObject within(JsonElement whole, String... keys) {
    JsonObject object = whole.getAsJsonObject();
    for (String key : keys) {
      object = object.has(key) ? object.getAsJsonObject(key) : new JsonObject();
    }
    return object;
  }

  private static DataType type(JsonElement input) {
    JsonElement name = input.getAsJsonObject().get("dtype");
    return name == null ? DataType.DT_INVALID : DataType.valueOf(name.getAsString());
  }

  private static Shape shape(JsonElement input) {
    JsonElement dims = within(input, "tensor_shape").get("dim");
    List<JsonElement> all = dims == null ? List.of() : dims.getAsJsonArray().asList();
    return Shape.of(all.stream().mapToLong(dim -> within(dim).get("size").getAsLong()).toArray());
  }

  private String post(String body) {
    return answer(
        HttpRequest.newBuilder(predict)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private String answer(HttpRequest.Builder request) {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request.build(), head -> new BoundedBody(MOST_BYTES));
    HttpResponse<byte[]> response;
    try {
      // The client's own limit ends with the head of an answer.
      response = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw error(e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true); // Which closes the connection.
      String within = "no whole answer within " + patience.toMillis() / 1e3 + " s";
      throw new ServerError(within, Remedy.TIME, e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new ServerError("interrupted", e);
    }
    String body = new String(response.body(), StandardCharsets.UTF_8);
    int status = response.statusCode();
    if (status != 200) {
      throw new ServerError("HTTP " + status + ": " + body.strip(), Remedy.of(status, body), null);
    }
    return body;
  }

  /** Of what kept an answer from coming, or from being read. */
  static ServerError error(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BoundedBody.TooLarge) {
        return new ServerError(cause.getMessage(), Remedy.ROOM, e);
      }
    }
    if (e instanceof ConnectException) {
      return new ServerError(NOBODY, e);
    }
    if (e instanceof HttpConnectTimeoutException) {
      return new ServerError(SILENT, e);
    }
    // What java.net.http says of bytes that are no answer, and of none.
    String told = String.valueOf(e.getMessage());
    if (told.contains("status line")) {
      return new ServerError("what answers there is not HTTP/1.1; it may be gRPC: HOST:PORT", e);
    }
    return new ServerError(
        told.contains("no bytes")
            ? "it hangs up without an answer; it may have ended, or be gRPC: HOST:PORT"
            : "cannot be reached (" + told + ")",
        e);
  }

  private static List<byte[]> images(String answer) {
    List<byte[]> images = new ArrayList<>();
    try {
      if (WholeJson.tree(answer) instanceof JsonObject object
          && object.get("outputs") instanceof JsonArray outputs) {
        for (JsonElement element : outputs) {
          if (element instanceof JsonObject image && image.get("b64") instanceof JsonPrimitive b) {
            images.add(Base64.getDecoder().decode(b.getAsString()));
          }
        }
      }
      return images;
    } catch (IOException | IllegalArgumentException e) {
      throw new ServerError("it answers with no JSON of images", e);
    }
  }

  @Override
  public void close() {
    // Java's client ends its threads when it is collected.
  }
}
