package io.github.fdistill.client;

import io.github.fdistill.Logs;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
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
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
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
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * To one server, over HTTP/1.1: each is kept for the next request, and closed where its answer is
 * none, or at a request that finds it idle for longer than half a minute. (Java's own client leaves
 * it open for ever where it cannot read the head of an answer.) No proxy is asked. Several threads
 * may ask at once.
 */
final class HttpConnections implements AutoCloseable {
  private static final int LONGEST_LINE = 4096;
  private static final int LONGEST_HEAD = 64 << 10;
  private static final int CHUNK = 64 << 10;
  private static final Duration IDLE = Duration.ofSeconds(30);

  /** For a server to say why it reads no more of a request. */
  private static final int SECONDS_FOR_WHY = 1;

  /**
   * What a server says.
   *
   * @param status of HTTP
   */
  record Answer(int status, String body) {}

  private record Connection(Channel channel, AnswerReader answers) {}

  /**
   * One that waits for the next request.
   *
   * @param since as System.nanoTime tells it
   */
  private record Kept(Connection connection, long since) {
    /**
     * Whether it has ended, or may have been forgotten by what lies between, such as a firewall.
     */
    boolean isOver() {
      return !connection.channel.isActive() || System.nanoTime() - since > IDLE.toNanos();
    }

    void close() {
      connection.channel.close();
    }
  }

  private final URI server;
  private final Duration patience;
  private final int most;
  private final boolean encrypted;
  private final Deque<Kept> idle = new ConcurrentLinkedDeque<>();
  private Bootstrap connecting;
  private boolean closed;

  /**
   * Connects to nothing before it is asked.
   *
   * @param server http or https, with a host
   * @param patience for one answer
   * @param most bytes of a body
   */
  HttpConnections(URI server, Duration patience, int most) {
    this.server = server;
    this.patience = patience;
    this.most = most;
    this.encrypted = server.getScheme().equals("https");
    Logs.makeReady(); // Netty logs.
  }

  private synchronized Bootstrap connecting() throws IOException {
    if (closed) {
      throw new IOException("the client is closed");
    }
    if (connecting == null) {
      connecting =
          new Bootstrap()
              .group(
                  new MultiThreadIoEventLoopGroup(
                      1, new DefaultThreadFactory("http-client", true), NioIoHandler.newFactory()))
              .channel(NioSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              // Who answers before it has read the whole request may have been heard yet.
              .option(ChannelOption.AUTO_CLOSE, false)
              .option(
                  ChannelOption.CONNECT_TIMEOUT_MILLIS,
                  (int) ModelClient.connecting(patience).toMillis());
    }
    return connecting;
  }

  /** Trusts the certificates that Java is told to trust. */
  private SslHandler encrypting() throws SSLException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(server.getHost(), port());
      engine.setUseClientMode(true);
      SSLParameters named = engine.getSSLParameters();
      named.setEndpointIdentificationAlgorithm("HTTPS"); // The certificate names the host.
      engine.setSSLParameters(named);
      return new SslHandler(engine);
    } catch (NoSuchAlgorithmException e) {
      throw new SSLException(e);
    }
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
      } catch (IOException e) {
        if (kept.answers.hasBegun()) {
          throw e;
        }
      } catch (TimeoutException e) {
        idle.forEach(Kept::close); // What swallows one connection in silence has them all.
        throw e;
      }
    }
    return ask(connect(end), request(path, json), end);
  }

  private Answer ask(Connection connection, FullHttpRequest request, long end)
      throws IOException, InterruptedException, TimeoutException {
    CompletableFuture<Answer> answer = connection.answers.expect();
    Channel channel = connection.channel;
    channel
        .writeAndFlush(request)
        .addListener(
            written -> {
              if (!written.isSuccess()) {
                int wait = channel.isActive() ? SECONDS_FOR_WHY : 0;
                Runnable failing = () -> connection.answers.ended(channel, written.cause());
                channel.eventLoop().schedule(failing, wait, TimeUnit.SECONDS);
              }
            });
    boolean goesOn = false;
    try {
      Answer whole = answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      goesOn = connection.answers.taken();
      return whole;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      if (goesOn) {
        idle.push(new Kept(connection, System.nanoTime()));
      } else {
        channel.close();
      }
    }
  }

  /** A connection that had an answer before and has not ended since; null: there is none. */
  private Connection kept() {
    for (Kept each : idle) {
      if (each.isOver() && idle.remove(each)) {
        each.close();
      }
    }
    Kept newest = idle.poll();
    return newest == null ? null : newest.connection;
  }

  private Connection connect(long end) throws IOException, InterruptedException, TimeoutException {
    InetSocketAddress address = new InetSocketAddress(server.getHost(), port());
    if (address.isUnresolved()) {
      throw new UnknownHostException(server.getHost());
    }
    SslHandler encrypting = encrypted ? encrypting() : null;
    AnswerReader answers = new AnswerReader(most);
    ChannelInitializer<Channel> initial =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            if (encrypting != null) {
              channel.pipeline().addLast(encrypting);
            }
            channel
                .pipeline()
                .addLast(new AnswerReader.FirstBytes())
                .addLast(new HttpClientCodec(LONGEST_LINE, LONGEST_HEAD, CHUNK))
                .addLast(answers);
          }
        };
    ChannelFuture made = connecting().clone().handler(initial).connect(address);
    boolean done = false;
    try {
      done = made.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } finally {
      if (!done) {
        made.channel().close();
      }
    }
    if (!done) {
      throw new TimeoutException();
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
  public synchronized void close() {
    closed = true;
    if (connecting != null) {
      connecting.config().group().shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
