package io.github.fdistill.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * The answers on one connection, one after another; each of no more bytes than there is room for.
 */
final class AnswerReader extends SimpleChannelInboundHandler<HttpObject> {
  /** There is no room for the answer. */
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLarge(int most) {
      super("its answer has more than " + (most >> 20) + " MiB");
    }
  }

  /** Not a byte of an answer came before the connection ended. */
  static final class HungUp extends IOException {
    private static final long serialVersionUID = 1L;

    private HungUp(Throwable cause) {
      super("it hangs up without an answer", cause);
    }
  }

  /** What came is no answer. */
  static final class NotHttp extends IOException {
    private static final long serialVersionUID = 1L;

    private NotHttp(Throwable cause) {
      super("what answers there is not HTTP/1.1", cause);
    }
  }

  /** Tells at the first bytes of a connection whether they can be HTTP's. */
  static final class FirstBytes extends ChannelInboundHandlerAdapter {
    private static final String HTTP = "HTTP/";
    private int seen;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      ByteBuf bytes = (ByteBuf) message;
      for (int i = 0; i < bytes.readableBytes() && seen < HTTP.length(); i++, seen++) {
        if (bytes.getByte(bytes.readerIndex() + i) != HTTP.charAt(seen)) {
          bytes.release();
          context.fireExceptionCaught(new NotHttp(null));
          return;
        }
      }
      super.channelRead(context, message);
    }
  }

  private final int most;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private CompletableFuture<HttpConnections.Answer> answer = new CompletableFuture<>();
  private boolean asked;
  private HttpResponse head;

  /**
   * @param most bytes of a body
   */
  AnswerReader(int most) {
    this.most = most;
  }

  /** The next answer, once it is whole; called when the one before has come. */
  synchronized CompletableFuture<HttpConnections.Answer> expect() {
    if (asked) {
      answer = new CompletableFuture<>();
      head = null;
    }
    asked = true; // What fails before the first request is why it has no answer.
    return answer;
  }

  /** Whether the server will answer again after the answer that has come. */
  synchronized boolean goOn() {
    return HttpUtil.isKeepAlive(head);
  }

  @Override
  protected synchronized void channelRead0(ChannelHandlerContext context, HttpObject part) {
    if (answer.isDone()) { // Nobody asked.
      context.close();
    } else if (part.decoderResult().isFailure()) {
      fail(context, new NotHttp(part.decoderResult().cause()));
    } else {
      read(context, part);
    }
  }

  private void read(ChannelHandlerContext context, HttpObject part) {
    if (part instanceof HttpResponse response) {
      head = response;
      body.reset();
    }
    if (part instanceof HttpContent content) {
      byte[] some = new byte[content.content().readableBytes()];
      if (some.length > most - body.size()) {
        fail(context, new TooLarge(most));
        return;
      }
      content.content().readBytes(some);
      body.writeBytes(some);
    }
    // What is said before the answer, such as 100 Continue, is not the answer.
    if (part instanceof LastHttpContent
        && head.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
      String text = body.toString(StandardCharsets.UTF_8);
      body.reset();
      answer.complete(new HttpConnections.Answer(head.status().code(), text));
    }
  }

  @Override
  public synchronized void channelInactive(ChannelHandlerContext context) {
    fail(context, new ClosedChannelException());
  }

  @Override
  public synchronized void exceptionCaught(ChannelHandlerContext context, Throwable why) {
    fail(context, why);
  }

  private void fail(ChannelHandlerContext context, Throwable why) {
    boolean half = head != null && why instanceof ClosedChannelException;
    Throwable told = half ? new IOException("its answer ends before its end", why) : why;
    answer.completeExceptionally(head == null ? beforeAnyAnswer(why) : told);
    context.close();
  }

  /** Why there is not even the head of an answer. */
  static Throwable beforeAnyAnswer(Throwable why) {
    boolean ended = why instanceof ClosedChannelException || why instanceof SocketException;
    return ended ? new HungUp(why) : why instanceof DecoderException e ? e.getCause() : why;
  }
}
