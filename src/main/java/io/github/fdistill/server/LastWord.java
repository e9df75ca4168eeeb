package io.github.fdistill.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Sends the last response of a connection so that it arrives: a client that is still sending would
 * lose it, were the connection closed at once (RFC 9112, section 9.6). So only the server's
 * direction is closed; what still comes is read and dropped, until the client closes its own, sends
 * nothing for a while, or has had enough time and bytes.
 */
final class LastWord extends ChannelInboundHandlerAdapter {
  private static final Duration MOST_SILENCE = Duration.ofSeconds(5);
  private static final Duration MOST_TIME = Duration.ofSeconds(30);
  private static final long LEAST_BYTES = 256 << 20;
  private static final int TIMES_A_REQUEST = 64;
  private static final int CHECK_MILLIS = 200;

  private final Duration time;
  private final long mostBytes;
  private ChannelHandlerContext context;
  private boolean said;
  private long dropped;
  private long lastByte;
  private Future<?> check;

  /**
   * @param limits the client has their time to take the response, and as much again at most to send
   *     what is dropped
   */
  LastWord(Limits limits) {
    time = limits.time();
    mostBytes = Math.max(LEAST_BYTES, (long) TIMES_A_REQUEST * limits.requestBytes());
  }

  /**
   * Sends a connection's last response; called on its thread. Later calls do nothing.
   *
   * @param on any handler's context of the connection
   */
  static ChannelFuture say(ChannelHandlerContext on, FullHttpResponse response) {
    return on.pipeline().get(LastWord.class).say(response);
  }

  /** Whether it has been said: what comes now is no request any more. */
  static boolean isSaid(ChannelHandlerContext on) {
    return on.pipeline().get(LastWord.class).said;
  }

  private ChannelFuture say(FullHttpResponse response) {
    if (said) {
      response.release();
      return context.newSucceededFuture();
    }
    said = true;
    context.pipeline().get(ClientClock.class).stop();
    context.channel().config().setAutoRead(true);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.pipeline().get(RequestHeads.class).allow(response);
    context.pipeline().get(CountedBodies.class).drop(context.pipeline());
    checkUntil(System.nanoTime() + time.toNanos(), Long.MAX_VALUE);
    return context.channel().writeAndFlush(response).addListener(sent -> sent(sent.isSuccess()));
  }

  private void sent(boolean success) {
    if (!success || !(context.channel() instanceof SocketChannel socket)) {
      context.close();
      return;
    }
    socket.shutdownOutput();
    long most = Math.min(time.toNanos(), MOST_TIME.toNanos());
    lastByte = System.nanoTime();
    checkUntil(System.nanoTime() + most, MOST_SILENCE.toNanos());
  }

  private void checkUntil(long end, long silence) {
    stopChecks();
    check =
        context
            .executor()
            .scheduleAtFixedRate(
                () -> {
                  long now = System.nanoTime();
                  if (now - end > 0 || now - lastByte > silence || dropped > mostBytes) {
                    context.close();
                  }
                },
                CHECK_MILLIS,
                CHECK_MILLIS,
                TimeUnit.MILLISECONDS);
  }

  private void stopChecks() {
    if (check != null) {
      check.cancel(false);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object bytes) throws Exception {
    if (!said) {
      super.channelRead(reading, bytes);
      return;
    }
    lastByte = System.nanoTime();
    dropped += bytes instanceof ByteBuf some ? some.readableBytes() : 0;
    ReferenceCountUtil.release(bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) throws Exception {
    stopChecks();
    super.channelInactive(closed);
  }
}
