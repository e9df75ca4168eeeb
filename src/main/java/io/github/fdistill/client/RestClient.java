package io.github.fdistill.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * Over REST, in the column format. It asks no proxy, and holds a thread and connections from the
 * first request until it is closed.
 */
public final class RestClient implements ModelClient {
  private final HttpConnections http;
  private final String model;
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
    URI address = requireAddress(server);
    String version = which.version().map(number -> "/versions/" + number).orElse("");
    String label = which.label().map(name -> "/labels/" + escaped(name)).orElse("");
    String base = address.getRawPath().replaceFirst("/$", "");
    this.model = base + "/v1/models/" + escaped(which.model()) + version + label;
    this.which = which;
    this.signature = which.signature();
    this.patience = patience;
    this.http = new HttpConnections(address, patience, MOST_BYTES);
  }

  private static URI requireAddress(String server) {
    try {
      URI address = new URI(server);
      if (server.matches("https?://.*") && address.getHost() != null) {
        return address;
      }
    } catch (URISyntaxException e) {
      // It is told of as any other that is none.
    }
    throw InputException.ofValue("server", server, "http://HOST:PORT");
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
    List<byte[]> images = images(answer(":predict", body.append("}}").toString()));
    if (images.size() != seeds.length) {
      throw new ServerError("it answers without an image for each seed", null);
    }
    return images;
  }

  @Override
  public Map<String, Input> inputs() {
    String answer = answer("/metadata", null);
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

  /**
   * What the server says of the model.
   *
   * @param json of a POST; null asks with GET
   */
  private String answer(String what, String json) {
    HttpConnections.Answer answer;
    try {
      answer = http.ask(model + what, json);
    } catch (IOException e) {
      throw error(e);
    } catch (TimeoutException e) {
      String within = "no whole answer within " + patience.toMillis() / 1e3 + " s";
      throw new ServerError(within, Remedy.TIME, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServerError("interrupted", e);
    }
    int status = answer.status();
    if (status != 200) {
      String body = answer.body();
      throw new ServerError("HTTP " + status + ": " + body.strip(), Remedy.of(status, body), null);
    }
    return answer.body();
  }

  /** Of what kept an answer from coming, or from being read. */
  static ServerError error(IOException e) {
    if (e instanceof AnswerReader.TooLarge) {
      return new ServerError(e.getMessage(), Remedy.ROOM, e);
    }
    if (e instanceof AnswerReader.NotHttp) {
      return new ServerError(e.getMessage() + "; it may be gRPC: HOST:PORT", e);
    }
    if (e instanceof AnswerReader.HungUp) {
      return new ServerError(e.getMessage() + "; it may have ended, or be gRPC: HOST:PORT", e);
    }
    if (e instanceof SSLException) {
      return new ServerError("https fails: " + deepest(e).getMessage(), e);
    }
    String other =
        e instanceof SocketException
            ? "cannot be reached (" + e.getMessage() + ")"
            : e.getMessage();
    return new ServerError(ModelClient.noConnection(e).orElse(other), e);
  }

  /** What the others were thrown for; they name classes of Java's. */
  private static Throwable deepest(Throwable e) {
    return e.getCause() == null ? e : deepest(e.getCause());
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
    http.close();
  }
}
