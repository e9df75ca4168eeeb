package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Headless Chromium with one page, spoken to by its DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome-headless-shell");

  private final Process process;
  private final WebSocket page;
  private final LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private int calls;

  /**
   * Where Chromium is: what FDISTILL_CHROMIUM names, which must be one then, or the first of its
   * names on the PATH.
   */
  static Optional<Path> find() {
    String named = System.getenv("FDISTILL_CHROMIUM");
    if (named != null) {
      assertTrue(
          Files.isExecutable(Path.of(named)), "FDISTILL_CHROMIUM names no program: " + named);
      return Optional.of(Path.of(named));
    }
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it on an empty page.
   *
   * @param width of its window, in CSS pixels
   */
  Browser(Path program, Path profile, int width) throws Exception {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--no-zygote",
                "--single-process",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=" + width + ",800",
                "--user-data-dir=" + profile,
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .start();
    String listening = listening(process.inputReader());
    URI list = URI.create("http://" + URI.create(listening).getAuthority() + "/json/list");
    HttpClient http = HttpClient.newHttpClient();
    String targets =
        http.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    String socket = null;
    for (JsonElement target : JsonParser.parseString(targets).getAsJsonArray()) {
      if (target.getAsJsonObject().get("type").getAsString().equals("page")) {
        socket = target.getAsJsonObject().get("webSocketDebuggerUrl").getAsString();
      }
    }
    page = http.newWebSocketBuilder().buildAsync(URI.create(socket), new Collector()).get();
  }

  private static String listening(BufferedReader output) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("DevTools listening on ")) {
        return line.substring("DevTools listening on ".length());
      }
    }
    throw new IOException("Chromium ended before it listened");
  }

  private final class Collector implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        messages.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }

  void open(URI uri) throws Exception {
    JsonObject where = new JsonObject();
    where.addProperty("url", uri.toString());
    call("Page.navigate", where);
  }

  /** Waits until an expression is true on the page. */
  void await(String expression) throws Exception {
    for (int i = 0; i < 300; i++) {
      JsonElement found = value(expression);
      if (found != null && found.isJsonPrimitive() && found.getAsBoolean()) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError(
        "never true: " + expression + "; the page: " + value("document.body.innerText"));
  }

  /** Presses Enter, as a hand does, where the cursor is. */
  void enter() throws Exception {
    for (String type : List.of("keyDown", "keyUp")) {
      JsonObject key = new JsonObject();
      key.addProperty("type", type);
      key.addProperty("key", "Enter");
      key.addProperty("code", "Enter");
      key.addProperty("windowsVirtualKeyCode", 13);
      if (type.equals("keyDown")) {
        key.addProperty("text", "\r");
      }
      call("Input.dispatchKeyEvent", key);
    }
  }

  /** An expression's value on the page; null where it fails. */
  JsonElement value(String expression) throws Exception {
    JsonObject what = new JsonObject();
    what.addProperty("expression", expression);
    what.addProperty("returnByValue", true);
    return call("Runtime.evaluate", what).getAsJsonObject("result").get("value");
  }

  private JsonObject call(String method, JsonObject parameters) throws Exception {
    JsonObject message = new JsonObject();
    int id = ++calls;
    message.addProperty("id", id);
    message.addProperty("method", method);
    message.add("params", parameters);
    page.sendText(message.toString(), true).get(30, TimeUnit.SECONDS);
    while (true) {
      String text = messages.poll(60, TimeUnit.SECONDS);
      if (text == null) {
        throw new IOException("no answer to " + method);
      }
      JsonObject answer = JsonParser.parseString(text).getAsJsonObject();
      if (answer.has("id") && answer.get("id").getAsInt() == id) {
        if (answer.has("error")) {
          throw new IOException(method + ": " + answer.get("error"));
        }
        return answer.getAsJsonObject("result");
      }
    }
  }

  /** Ended, with all that it started: what still runs would write into its profile. */
  @Override
  public void close() throws InterruptedException {
    page.abort();
    List<ProcessHandle> started = process.descendants().toList();
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    for (ProcessHandle each : started) {
      each.destroyForcibly();
      each.onExit().join();
    }
  }
}
