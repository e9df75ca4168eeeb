package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.server.BlockingModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program itself, with its flags and its end. */
class ServeCommandTest {
  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private CompletableFuture<HttpResponse<String>> ask(int port, String signature) {
    String body =
        "{\"signature_name\": \""
            + signature
            + "\", \"instances\": ["
            + BlockingModel.ENDLESS
            + "]}";
    URI uri = URI.create("http://127.0.0.1:" + port + "/v1/models/blocking:predict");
    return http.sendAsync(
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private ChildJvm blocking(String... flags) throws IOException {
    List<Object> words = new ArrayList<>(List.of("serve", folder.resolve("blocking")));
    words.addAll(List.of("--port", "0", "--rest-port", "0"));
    words.addAll(List.of(flags));
    return ChildJvm.start(Main.class, words.toArray());
  }

  /** Waits until it serves; returns its port for REST, which was free. */
  private static int awaitPort(ChildJvm server) throws IOException {
    String told = server.awaitLine("REST and a page");
    server.awaitLine("Ctrl-C ends it");
    return Integer.parseInt(told.substring(told.lastIndexOf(':') + 1).strip());
  }

  /** A request that is being computed; one that had its time before that was seen is no such. */
  private CompletableFuture<HttpResponse<String>> begun(int port) throws Exception {
    while (true) {
      while (computes(port)) { // What was asked before.
        Thread.sleep(5);
      }
      var asked = ask(port, "serving_default");
      while (!asked.isDone()) {
        if (computes(port)) {
          return asked;
        }
        Thread.sleep(5);
      }
    }
  }

  private boolean computes(int port) throws Exception {
    URI metrics = URI.create("http://127.0.0.1:" + port + "/monitoring/prometheus/metrics");
    HttpRequest request = HttpRequest.newBuilder(metrics).build();
    String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return text.contains(":fdistill:serving:computing_rows 1\n");
  }

  @Test
  @Timeout(240)
  void aRequestHasItsTimeAndOneThatHasBegunIsAnsweredAtTheEnd() throws Exception {
    BlockingModel.write(folder.resolve("blocking/1"));
    try (ChildJvm server = blocking("--timeout=3")) {
      int port = awaitPort(server);
      long start = System.nanoTime();
      HttpResponse<String> late = ask(port, "serving_default").get();
      assertEquals(504, late.statusCode(), late.body());
      double seconds = (System.nanoTime() - start) / 1e9;
      assertTrue(seconds >= 3 && seconds < 60, "answered after " + seconds + " s");

      var begun = begun(port);
      server.terminate();
      assertEquals(504, begun.get().statusCode(), begun.get().body());
      assertTrue(server.rest().endsWith("Ended."));
      server.assertExitCode(143);
    }
  }

  /** Long before the request's time ends: in this process or in another it never does by itself. */
  @Test
  @Timeout(240)
  void sigtermEndsItWhateverItComputes() throws Exception {
    BlockingModel.write(folder.resolve("blocking/1"));
    try (ChildJvm apart = blocking("--timeout=600", "--load-timeout=300");
        ChildJvm inProcess = blocking("--timeout=600", "--in-process")) {
      var endless = List.of(begun(awaitPort(apart)), begun(awaitPort(inProcess)));
      long start = System.nanoTime();
      apart.terminate();
      inProcess.terminate();
      for (ChildJvm server : List.of(apart, inProcess)) {
        server.rest();
        server.assertExitCode(143);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      assertTrue(seconds < 30, "ended after " + seconds + " s");
      endless.forEach(answer -> answer.cancel(true));
    }
  }
}
