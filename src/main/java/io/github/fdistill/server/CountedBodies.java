package io.github.fdistill.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Counts the bodies of one connection's requests, one after another, while they come and until they
 * are answered. One that there is no room for is the connection's last.
 */
final class CountedBodies extends ChannelInboundHandlerAdapter {
  private final UnansweredRequests.Request request;
  private final ChannelHandler whole;
  private boolean atWork;

  /**
   * @param whole puts the bodies together, and lets go of what it has where it is removed
   */
  CountedBodies(UnansweredRequests unanswered, ChannelHandler whole) {
    request = unanswered.new Request();
    this.whole = whole;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (LastWord.isSaid(context)) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof HttpContent part
        && !request.hasMore(part.content().readableBytes())) {
      ReferenceCountUtil.release(message);
      LastWord.say(context, RestHandler.response(Reply.of(UnansweredRequests.full())));
    } else {
      super.channelRead(context, message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) throws Exception {
    if (!atWork) {
      request.end();
    }
    super.channelInactive(closed);
  }

  /** The connection's last word is said: what has come of a request is let go of. */
  void drop(ChannelPipeline pipeline) {
    if (!atWork) {
      pipeline.remove(whole);
      request.end();
    }
  }

  /** A request is whole: its body is there until it is answered, even where its client has left. */
  void begin() {
    atWork = true;
  }

  /** It is answered; on the connection's thread. */
  void end() {
    atWork = false;
    request.end();
  }
}
