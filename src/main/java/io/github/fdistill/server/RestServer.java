package io.github.fdistill.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** HTTP/1.1 on a port. */
final class RestServer implements AutoCloseable {
  /** Bytes of a request's first line: what the page asks for holds a prompt, 9 bytes a letter. */
  static final int MOST_LINE = 1 << 16;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger begun = new AtomicInteger();
  private final UnansweredRequests requests;
  private final UnreadAnswers unread;
  private final Channel channel;

  /**
   * Listens.
   *
   * @throws IOException when the port cannot be had
   */
  RestServer(
      SocketAddress address,
      Limits limits,
      Callers callers,
      RestApi api,
      Executor workers,
      UnansweredRequests requests,
      UnreadAnswers unread)
      throws IOException {
    this.requests = requests;
    this.unread = unread;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new BoundedServerSocket(limits.connections(), none -> {}))
            .option(ChannelOption.SO_BACKLOG, 256)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Connection(limits, callers, api, workers));
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    channel = bound.channel();
  }

  private final class Connection extends ChannelInitializer<SocketChannel> {
    private final Limits limits;
    private final Callers callers;
    private final RestApi api;
    private final Executor workers;

    Connection(Limits limits, Callers callers, RestApi api, Executor workers) {
      this.limits = limits;
      this.callers = callers;
      this.api = api;
      this.workers = workers;
    }

    @Override
    protected void initChannel(SocketChannel socket) {
      connections.add(socket);
      ClientClock clock = new ClientClock(limits.time());
      RequestHeads heads = new RequestHeads(callers);
      Whole whole = new Whole(limits.requestBytes());
      CountedBodies bodies = new CountedBodies(requests, whole);
      socket
          .pipeline()
          .addLast(clock)
          .addLast(new LastWord(limits))
          .addLast(
              new HttpServerCodec(
                  new HttpDecoderConfig()
                      .setUseRfc9112TransferEncoding(true)
                      .setMaxInitialLineLength(MOST_LINE)))
          // A later request is not looked at before this one is answered.
          .addLast(new FlowControlHandler())
          .addLast(heads)
          .addLast(new HttpContentDecompressor(limits.requestBytes()))
          .addLast(bodies)
          .addLast(whole)
          .addLast(new RestHandler(api, workers, clock, heads, bodies, begun, unread));
    }
  }

  /** Whole requests, up to a size. */
  private static final class Whole extends HttpObjectAggregator {
    Whole(int most) {
      super(most, true);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
      LastWord.say(context, RestHandler.tooLarge(maxContentLength()));
    }

    /** A body that is too large is refused below, whether its sender asks first or not. */
    @Override
    protected Object newContinueResponse(HttpMessage start, int most, ChannelPipeline pipeline) {
      return HttpUtil.getContentLength(start, -1L) > most
          ? null
          : super.newContinueResponse(start, most, pipeline);
    }
  }

  /** The threads of its connections, for others' connections too. */
  EventLoopGroup group() {
    return group;
  }

  int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** Takes no more connections. */
  void stopListening() {
    channel.close().awaitUninterruptibly();
  }

  /** Waits until every request that has begun is answered. */
  void awaitAnswers(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (begun.get() > 0 && System.nanoTime() < end) {
      Thread.sleep(5);
    }
  }

  @Override
  public void close() {
    stopListening();
    connections.close().awaitUninterruptibly(500, TimeUnit.MILLISECONDS);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
