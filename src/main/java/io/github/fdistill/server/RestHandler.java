package io.github.fdistill.server;

import io.github.fdistill.Logs;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.JsonResponse;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;

/** One connection's requests, one after another, to the REST API and back. */
final class RestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = Logs.of(RestHandler.class);
  private static final char REPLACEMENT = '\ufffd';

  private final RestApi api;
  private final Executor workers;
  private final ClientClock clock;
  private final RequestHeads heads;
  private final CountedBodies bodies;
  private final AtomicInteger begun;
  private final UnreadAnswers unread;

  /**
   * @param workers read requests and look up what they mean: the connections' own threads are for
   *     bytes only
   * @param heads of the connection's requests: the last is of the one that is answered
   * @param bodies of its requests, counted until they are answered
   * @param begun counts the requests, of all connections, that are not answered yet
   * @param unread counts the bytes of all connections' answers
   */
  RestHandler(
      RestApi api,
      Executor workers,
      ClientClock clock,
      RequestHeads heads,
      CountedBodies bodies,
      AtomicInteger begun,
      UnreadAnswers unread) {
    this.api = api;
    this.workers = workers;
    this.clock = clock;
    this.heads = heads;
    this.bodies = bodies;
    this.begun = begun;
    this.unread = unread;
  }

  /**
   * One request, on its way to an answer.
   *
   * @param version of HTTP that the client speaks
   * @param keep whether the connection goes on after it
   */
  private record Exchange(ChannelHandlerContext context, HttpVersion version, boolean keep) {}

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    // Answers keep the order of their requests: the next is read when this one is answered.
    context.channel().config().setAutoRead(false);
    clock.stop();
    begun.incrementAndGet();
    bodies.begin();
    boolean whole = request.decoderResult().isSuccess();
    boolean keep = whole && HttpUtil.isKeepAlive(request);
    Exchange exchange = new Exchange(context, request.protocolVersion(), keep);
    if (!whole) {
      send(exchange, () -> malformed(request.decoderResult().cause()));
      return;
    }
    if (heads.ofPage() && request.method().equals(HttpMethod.OPTIONS)) {
      send(exchange, () -> new Reply(200, "text/plain", "")); // The headers say what a page may do.
      return;
    }
    String method = request.method().name();
    String uri = request.uri();
    ByteBuf body = request.content().retain();
    try {
      workers.execute(() -> work(exchange, method, uri, body));
    } catch (RuntimeException | Error e) {
      body.release();
      ApiException full = new ApiException(Status.Code.UNAVAILABLE, "the server is at its limit");
      boolean rejected = e instanceof RejectedExecutionException;
      send(exchange, () -> Reply.of(rejected ? full : Predictions.asApiException(e)));
    }
  }

  private static Reply malformed(Throwable cause) {
    return cause instanceof TooLongHttpLineException
        ? new Reply(
            HttpResponseStatus.REQUEST_URI_TOO_LONG.code(),
            Reply.JSON,
            JsonResponse.error(
                "the request's first line is larger than " + RestServer.MOST_LINE + " bytes"))
        : Reply.of(ApiException.invalid("Malformed HTTP request"));
  }

  /** Lets go of the body as soon as it is read. */
  private void work(Exchange exchange, String method, String uri, ByteBuf body) {
    CompletableFuture<Reply> answer;
    try {
      QueryStringDecoder decoder = new QueryStringDecoder(uri);
      Map<String, String> query = new LinkedHashMap<>();
      decoder.parameters().forEach((key, values) -> query.put(key, values.get(0)));
      answer = api.answer(method, decoder.rawPath(), query, text(body));
    } catch (IllegalArgumentException e) {
      answer = CompletableFuture.failedFuture(ApiException.invalid("Malformed request: " + method));
    } catch (RuntimeException | Error e) {
      answer = CompletableFuture.failedFuture(e);
    } finally {
      body.release();
    }
    answer.whenComplete(
        (reply, error) ->
            send(
                exchange,
                () -> error == null ? reply : Reply.of(Predictions.asApiException(error))));
  }

  /**
   * A body's letters.
   *
   * @throws ApiException when it is not UTF-8: what is no letter would become another without a
   *     word
   */
  private static String text(ByteBuf body) {
    String text = body.toString(StandardCharsets.UTF_8);
    // It stands for what is no letter; a client may also have sent it.
    boolean doubtful = text.indexOf(REPLACEMENT) >= 0;
    if (doubtful && !ByteBufUtil.isText(body, StandardCharsets.UTF_8)) {
      throw ApiException.invalid("the request's body is not UTF-8");
    }
    return text;
  }

  private void send(Exchange exchange, Supplier<Reply> reply) {
    ChannelHandlerContext context = exchange.context;
    FullHttpResponse response;
    try {
      response = counted(reply.get());
    } catch (RuntimeException | Error e) { // As where there is no memory for even a short answer.
      LOG.warn("A connection is closed, its request without an answer: {}", "" + e);
      context.executor().execute(() -> sent(context, 0, false));
      return;
    }
    int bytes = response.content().readableBytes();
    context
        .executor()
        .execute(
            () -> {
              if (exchange.keep) {
                // A client of HTTP/1.0 is to be told; to others it goes without saying.
                HttpUtil.setKeepAlive(response.headers(), exchange.version, true);
                heads.allow(response);
                clock.answering();
                context
                    .writeAndFlush(response)
                    .addListener(written -> sent(context, bytes, written.isSuccess()));
              } else {
                LastWord.say(context, response).addListener(written -> gone(bytes));
              }
            });
  }

  /** A reply as a response that counts as unread; too much being so already, a word of that. */
  private FullHttpResponse counted(Reply reply) {
    FullHttpResponse response = made(reply);
    if (unread.take(response.content().readableBytes(), UnreadAnswers.SMALL_OF_HTTP)) {
      return response;
    }
    response.release();
    return counted(Reply.of(UnreadAnswers.full()));
  }

  /** An answer is on the wire, or its connection is not there any more. */
  private void gone(int bytes) {
    begun.decrementAndGet();
    bodies.end();
    unread.give(bytes);
  }

  /** Only now the next request is read: answers that are not fetched do not pile up. */
  private void sent(ChannelHandlerContext context, int bytes, boolean goesOn) {
    gone(bytes);
    if (goesOn) {
      clock.answered();
      context.channel().config().setAutoRead(true);
    } else {
      context.close();
    }
  }

  /** A reply as a response; where that cannot be made, as of one too large for the memory, why. */
  static FullHttpResponse made(Reply reply) {
    try {
      return response(reply);
    } catch (RuntimeException | Error e) {
      return response(Reply.of(Predictions.asApiException(e)));
    }
  }

  static FullHttpResponse response(Reply reply) {
    ByteBuf body = Unpooled.copiedBuffer(reply.body(), StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), body);
    response
        .headers()
        .set(HttpHeaderNames.DATE, DateFormatter.format(new Date())) // RFC 9110, section 6.6.1.
        .set(HttpHeaderNames.CONTENT_TYPE, reply.type())
        .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
        .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
        .set("X-Content-Type-Options", "nosniff");
    return response;
  }

  /** A body that is larger than is taken on. */
  static FullHttpResponse tooLarge(int most) {
    Reply reply =
        new Reply(
            HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE.code(),
            Reply.JSON,
            JsonResponse.error("the request's body is larger than " + most + " bytes"));
    return response(reply);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof DecompressionException) {
      ApiException wrong =
          ApiException.invalid("the compressed body is malformed, or larger than is taken");
      LastWord.say(context, response(Reply.of(wrong)));
    } else {
      boolean left = // The client, as it may.
          cause instanceof IOException || cause instanceof PrematureChannelClosureException;
      LOG.log(left ? Level.DEBUG : Level.WARN, "A connection is closed: {}", "" + cause);
      context.close();
    }
  }
}
