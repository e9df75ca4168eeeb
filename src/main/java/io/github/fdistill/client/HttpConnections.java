package io.github.fdistill.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * To one server, over HTTP/1.1: each is kept for the next request, and closed where its answer is
 * none. (Java's own client leaves it open for ever where it cannot read the head of an answer.)
 * Several threads may ask at once.
 */
final class HttpConnections implements AutoCloseable {
  private static final int LONGEST_LINE = 4096;
  private static final int LONGEST_HEAD = 64 << 10;
  private static final int CHUNK = 64 << 10;

  /**
   * What a server says.
   *
   * @param status of HTTP
   */
  record Answer(int status, String body) {}

  private record Connection(Channel channel, AnswerReader answers) {}

  private final URI server;
  private final Duration patience;
  private final int most;
  private final boolean encrypted;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final EventLoopGroup thread =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("http-client", true), NioIoHandler.newFactory());
  private final Bootstrap connecting;

  /**
   * @param server http or https, with a host
   * @param patience for one answer
   * @param most bytes of a body
   */
  HttpConnections(URI server, Duration patience, int most) {
    this.server = server;
    this.patience = patience;
    this.most = most;
    this.encrypted = server.getScheme().equals("https");
    this.connecting =
        new Bootstrap()
            .group(thread)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) ModelClient.connecting(patience).toMillis());
  }

  private void equip(Channel channel, AnswerReader answers) throws NoSuchAlgorithmException {
    if (encrypted) {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(server.getHost(), port());
      engine.setUseClientMode(true);
      SSLParameters named = engine.getSSLParameters();
      named.setEndpointIdentificationAlgorithm("HTTPS"); // The certificate names the host.
      engine.setSSLParameters(named);
      channel.pipeline().addLast(new SslHandler(engine));
    }
    channel
        .pipeline()
        .addLast(new AnswerReader.FirstBytes())
        .addLast(new HttpClientCodec(LONGEST_LINE, LONGEST_HEAD, CHUNK))
        .addLast(answers);
  }

  private int port() {
    return server.getPort() >= 0 ? server.getPort() : encrypted ? 443 : 80;
  }

  /**
   * One answer. What is asked twice must do no more than what is asked once: where a kept
   * connection turns out to have ended, the request is made again over another.
   *
   * @param path and what follows it
   * @param json of a POST; null asks with GET
   * @throws TimeoutException when there is no whole answer in time
   * @throws IOException when there is none that can be read
   */
  Answer ask(String path, String json) throws IOException, InterruptedException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    for (Connection kept = kept(); kept != null; kept = kept()) {
      try {
        return ask(kept, request(path, json), end);
      } catch (AnswerReader.HungUp e) {
        // Another may go on.
      }
    }
    return ask(connect(), request(path, json), end);
  }

  private Answer ask(Connection connection, FullHttpRequest request, long end)
      throws IOException, InterruptedException, TimeoutException {
    CompletableFuture<Answer> answer = connection.answers.expect();
    connection
        .channel
        .writeAndFlush(request)
        .addListener(
            written -> {
              if (!written.isSuccess()) {
                answer.completeExceptionally(AnswerReader.beforeAnyAnswer(written.cause()));
              }
            });
    boolean goesOn = false;
    try {
      Answer whole = answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      goesOn = connection.answers.goOn();
      return whole;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      if (goesOn) {
        idle.push(connection);
      } else {
        connection.channel.close();
      }
    }
  }

  /** A connection that had an answer before and has not ended since; null: there is none. */
  private Connection kept() {
    Connection kept = idle.poll();
    while (kept != null && !kept.channel.isActive()) {
      kept = idle.poll();
    }
    return kept;
  }

  private Connection connect() throws IOException, InterruptedException {
    AnswerReader answers = new AnswerReader(most);
    ChannelInitializer<Channel> initial =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) throws NoSuchAlgorithmException {
            equip(channel, answers);
          }
        };
    ChannelFuture made = connecting.clone().handler(initial).connect(server.getHost(), port());
    try {
      made.await();
    } catch (InterruptedException e) {
      made.channel().close();
      throw e;
    }
    if (!made.isSuccess()) {
      throw made.cause() instanceof IOException io ? io : new IOException(made.cause());
    }
    return new Connection(made.channel(), answers);
  }

  private FullHttpRequest request(String path, String json) {
    byte[] body = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            json == null ? HttpMethod.GET : HttpMethod.POST,
            path,
            Unpooled.wrappedBuffer(body));
    String port = server.getPort() >= 0 ? ":" + server.getPort() : "";
    request.headers().set(HttpHeaderNames.HOST, server.getHost() + port);
    if (json != null) {
      request
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    return request;
  }

  @Override
  public void close() {
    thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
