package io.github.fdistill.client;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What a server answers, as files, and its reading by the client. */
public final class ClientFiles {
  private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static ServerSocket door;
  private static volatile byte[] answer;

  /** One of each for all reads. */
  private static final Map<Which, RestClient> CLIENTS = new HashMap<>();

  private ClientFiles() {}

  private static void write(Path to, String body) throws IOException {
    Files.writeString(
        to,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\nConnection: close\r\n\r\n"
            + body);
  }

  /** Two images. */
  public static void images(Path to) throws IOException {
    write(to, "{\"outputs\": [{\"b64\": \"YQ==\"}, {\"b64\": \"Yg==\"}]}");
  }

  /** What a model takes. */
  public static void metadata(Path to) throws IOException {
    write(
        to,
        "{\"model_spec\": {\"name\": \"a\"}, \"metadata\": {\"signature_def\": {\"signature_def\":"
            + " {\"png\": {\"inputs\": {\"seed\": {\"dtype\": \"DT_INT64\", \"tensor_shape\":"
            + " {\"dim\": [{\"size\": \"-1\", \"name\": \"\"}], \"unknown_rank\": false}}}}}}}}");
  }

  public static void readImages(Path file) throws IOException {
    read(
        file,
        Which.newest("a"),
        client -> client.png(new long[] {1, 2}, ConditionRows.ofLabels(0, 2)));
  }

  public static void readMetadata(Path file) throws IOException {
    readMetadata(file, Which.newest("a"));
  }

  static void readMetadata(Path file, Which which) throws IOException {
    read(file, which, RestClient::inputs);
  }

  private static synchronized void read(Path file, Which which, Consumer<RestClient> use)
      throws IOException {
    if (door == null) {
      door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(ClientFiles::answer, "a server");
      thread.setDaemon(true);
      thread.start();
    }
    answer = Files.readAllBytes(file);
    String server = "http://127.0.0.1:" + door.getLocalPort();
    Duration patience = Duration.ofSeconds(20);
    try {
      use.accept(CLIENTS.computeIfAbsent(which, w -> new RestClient(server, w, patience)));
    } catch (ModelClient.ServerError e) {
      InputException told = e.asInputException("server", which);
      throw new InputException(told.where(), told.found(), "an answer", "ask another");
    }
  }

  private static void answer() {
    while (true) {
      try (Socket caller = door.accept()) {
        InputStream in = caller.getInputStream();
        int matched = 0;
        for (int b = in.read(); b >= 0 && matched < END.length; b = matched < 4 ? in.read() : 0) {
          matched = b == END[matched] ? matched + 1 : b == END[0] ? 1 : 0;
        }
        caller.getOutputStream().write(answer);
        caller.shutdownOutput();
        while (in.available() > 0 && in.read() >= 0) {
          continue;
        }
      } catch (IOException e) {
        // The client has heard enough.
      }
    }
  }
}
