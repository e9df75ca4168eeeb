package io.github.fdistill.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslClosedEngineException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

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

  /** Nothing of an answer came before the connection ended. */
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

  private static final CompletableFuture<HttpConnections.Answer> TAKEN =
      CompletableFuture.completedFuture(null);

  private final int most;
  private CompletableFuture<HttpConnections.Answer> answer = new CompletableFuture<>();
  private boolean asked;
  private HttpResponse head;
  private ByteArrayOutputStream body;

  /**
   * @param most bytes of a body
   */
  AnswerReader(int most) {
    this.most = most;
  }

  /** The next answer, once it is whole; called when the one before has been taken. */
  synchronized CompletableFuture<HttpConnections.Answer> expect() {
    if (asked) {
      answer = new CompletableFuture<>();
      head = null;
    }
    asked = true; // What fails before the first request is why it has no answer.
    return answer;
  }

  /** Whether any of the answer has come that can be read. */
  synchronized boolean hasBegun() {
    return head != null;
  }

  /**
   * Lets go of the answer that has come.
   *
   * @return whether the server will give another on this connection
   */
  synchronized boolean taken() {
    answer = TAKEN;
    return HttpUtil.isKeepAlive(head);
  }

  @Override
  protected synchronized void channelRead0(ChannelHandlerContext context, HttpObject part) {
    Throwable wrong = part.decoderResult().cause();
    if (answer.isDone()) { // Nobody asked.
      context.close();
    } else if (wrong instanceof PrematureChannelClosureException) {
      fail(context, half(wrong));
    } else if (wrong != null) {
      fail(context, new NotHttp(wrong));
    } else {
      read(context, part);
    }
  }

  private void read(ChannelHandlerContext context, HttpObject part) {
    if (part instanceof HttpResponse response) {
      head = response;
      body = new ByteArrayOutputStream();
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
      body = null;
      answer.complete(new HttpConnections.Answer(head.status().code(), text));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ended(context.channel(), new ClosedChannelException());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable why) {
    ended(context.channel(), why);
  }

  /** No more of the answer will come. */
  synchronized void ended(Channel channel, Throwable why) {
    Throwable cause =
        why instanceof DecoderException && why.getCause() != null ? why.getCause() : why;
    boolean ours = cause instanceof NotHttp;
    boolean secret = cause instanceof SSLException && !(cause instanceof SslClosedEngineException);
    answer.completeExceptionally(
        ours || secret ? cause : head == null ? new HungUp(cause) : half(cause));
    body = null;
    channel.close();
  }

  private static IOException half(Throwable cause) {
    return new IOException("its answer ends before its end", cause);
  }

  private void fail(ChannelHandlerContext context, IOException why) {
    answer.completeExceptionally(why);
    body = null;
    context.close();
  }
}
