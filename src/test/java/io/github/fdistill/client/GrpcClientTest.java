package io.github.fdistill.client;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GrpcClientTest {
  /** However often it was not there: gRPC by itself pauses longer after each attempt. */
  @Test
  void aServerThatIsThereAgainIsReachedAtOnce() throws IOException {
    InetAddress host = InetAddress.getLoopbackAddress();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, host)) {
      port = free.getLocalPort();
    }
    try (GrpcClient client =
        new GrpcClient(host.getHostAddress(), port, Which.newest("a"), Duration.ofSeconds(20))) {
      for (int i = 0; i < 3; i++) {
        assertSays("cannot be reached (nobody listens there)", client);
      }
      Server empty = NettyServerBuilder.forAddress(new InetSocketAddress(host, port)).build();
      empty.start();
      try {
        assertSays("UNIMPLEMENTED", client);
      } finally {
        empty.shutdownNow();
      }
    }
  }

  private static void assertSays(String said, GrpcClient client) {
    String told = assertThrows(ModelClient.ServerError.class, client::inputs).getMessage();
    assertTrue(told.contains(said), told);
  }
}
