package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection of HTTP whose client is slow: the next request must begin within a time, be
 * whole within that time from its first byte, and its answer be read within that time. Bytes that
 * come one by one win no more of it. While the server is at work, it stands still.
 */
final class ClientClock extends ChannelInboundHandlerAdapter {
  private enum Client {
    SILENT,
    SENDING,
    READING
  }

  private final Duration time;
  private ChannelHandlerContext context;
  private Client client = Client.SILENT;
  private Future<?> end;

  ClientClock(Duration time) {
    this.time = time;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) throws Exception {
    start(Client.SILENT);
    super.channelActive(active);
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object bytes) throws Exception {
    if (client == Client.SILENT) {
      start(Client.SENDING);
    }
    super.channelRead(reading, bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) throws Exception {
    stop();
    super.channelInactive(closed);
  }

  /** A request is whole: now the server is at work. */
  void stop() {
    if (end != null) {
      end.cancel(false);
      end = null;
    }
  }

  /** An answer is on its way. */
  void answering() {
    start(Client.READING);
  }

  /** The answer has been sent; the next request may come. */
  void answered() {
    start(Client.SILENT);
  }

  private void start(Client what) {
    stop();
    client = what;
    if (context.channel().isActive()) {
      end = context.executor().schedule(this::late, time.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void late() {
    if (client != Client.SENDING) {
      context.close();
      return;
    }
    Reply reply =
        new Reply(
            408,
            Reply.JSON,
            Reply.of(
                    new ApiException(
                        Status.Code.DEADLINE_EXCEEDED,
                        "the request was not whole within " + time.toMillis() + " ms"))
                .body());
    LastWord.say(context, RestHandler.response(reply));
  }
}
