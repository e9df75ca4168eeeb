package io.github.fdistill.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Ends answers on a connection of HTTP/2 that are not read within a time. A client says how much it
 * takes of each stream and of all (RFC 9113, section 5.2): of what it does not take a stream is
 * reset, and where it reads nothing at all the connection is closed.
 */
final class UnreadStreams extends ChannelInboundHandlerAdapter {
  /** In that time. */
  private static final int LOOKS = 8;

  private final Duration time;

  /** Streams that something waits on, by their numbers, and when that was first seen. */
  private Map<Integer, Long> waiting = Map.of();

  /** When the connection last began or ended to take no more bytes. */
  private long turned;

  private Future<?> looks;

  UnreadStreams(Duration time) {
    this.time = time;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) throws Exception {
    long between = time.toNanos() / LOOKS;
    looks =
        active
            .executor()
            .scheduleWithFixedDelay(() -> look(active), between, between, TimeUnit.NANOSECONDS);
    super.channelActive(active);
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) throws Exception {
    if (looks != null) {
      looks.cancel(false);
    }
    super.channelInactive(closed);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) throws Exception {
    turned = System.nanoTime();
    super.channelWritabilityChanged(changed);
  }

  private void look(ChannelHandlerContext context) {
    long now = System.nanoTime();
    if (!context.channel().isWritable() && now - turned > time.toNanos()) {
      context.close();
      return;
    }
    ChannelHandlerContext http2 = context.pipeline().context(Http2ConnectionHandler.class);
    if (http2 == null) {
      return; // The client has not said yet that it speaks it.
    }
    Http2ConnectionHandler handler = (Http2ConnectionHandler) http2.handler();
    waiting = stillWaiting(handler, now);
    waiting.forEach(
        (stream, since) -> {
          if (now - since > time.toNanos()) {
            handler.onError(http2, true, unread(stream));
          }
        });
  }

  private Map<Integer, Long> stillWaiting(Http2ConnectionHandler handler, long now) {
    Map<Integer, Long> still = new HashMap<>();
    try {
      handler
          .connection()
          .forEachActiveStream(
              (Http2Stream stream) -> {
                if (handler.encoder().flowController().hasFlowControlled(stream)) {
                  still.put(stream.id(), waiting.getOrDefault(stream.id(), now));
                }
                return true;
              });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // Of what is asked of the streams; nothing here is.
    }
    return still;
  }

  /** The client is told of it as of {@code RESOURCE_EXHAUSTED}. */
  private Http2Exception unread(int stream) {
    return Http2Exception.streamError(
        stream,
        Http2Error.ENHANCE_YOUR_CALM,
        "the answer was not read within %d ms",
        time.toMillis());
  }
}
