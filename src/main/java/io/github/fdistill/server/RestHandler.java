package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.JsonResponse;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** One connection's requests, one after another, to the REST API and back. */
final class RestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private final RestApi api;
  private final Executor workers;
  private final ClientClock clock;
  private final AtomicInteger begun;

  /**
   * @param workers read requests and look up what they mean: the connections' own threads are for
   *     bytes only
   * @param begun counts the requests, of all connections, that are not answered yet
   */
  RestHandler(RestApi api, Executor workers, ClientClock clock, AtomicInteger begun) {
    this.api = api;
    this.workers = workers;
    this.clock = clock;
    this.begun = begun;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keep = HttpUtil.isKeepAlive(request);
    clock.stop();
    begun.incrementAndGet();
    if (!request.decoderResult().isSuccess()) {
      send(context, Reply.of(ApiException.invalid("Malformed HTTP request")), false);
      return;
    }
    String method = request.method().name();
    String uri = request.uri();
    String body = request.content().toString(StandardCharsets.UTF_8);
    // Answers keep the order of their requests: the next is read when this one is answered.
    context.channel().config().setAutoRead(false);
    try {
      workers.execute(() -> work(context, method, uri, body, keep));
    } catch (RejectedExecutionException e) {
      ApiException full = new ApiException(Status.Code.UNAVAILABLE, "the server is at its limit");
      send(context, Reply.of(full), keep);
    }
  }

  private void work(
      ChannelHandlerContext context, String method, String uri, String body, boolean keep) {
    String path;
    Map<String, String> query = new LinkedHashMap<>();
    try {
      QueryStringDecoder decoder = new QueryStringDecoder(uri);
      path = decoder.rawPath();
      decoder.parameters().forEach((key, values) -> query.put(key, values.get(0)));
    } catch (IllegalArgumentException e) {
      send(context, Reply.of(ApiException.invalid("Malformed request: " + method)), keep);
      return;
    }
    api.answer(method, path, query, body)
        .whenComplete(
            (reply, error) ->
                send(
                    context,
                    error == null ? reply : Reply.of(Predictions.asApiException(error)),
                    keep));
  }

  private void send(ChannelHandlerContext context, Reply reply, boolean keep) {
    FullHttpResponse response = response(reply);
    context
        .executor()
        .execute(
            () -> {
              HttpUtil.setKeepAlive(response, keep);
              clock.answering();
              context
                  .writeAndFlush(response)
                  .addListener(written -> sent(context, keep && written.isSuccess()));
            });
  }

  /** Only now the next request is read: answers that are not fetched do not pile up. */
  private void sent(ChannelHandlerContext context, boolean goesOn) {
    begun.decrementAndGet();
    if (goesOn) {
      clock.answered();
      context.channel().config().setAutoRead(true);
    } else {
      context.close();
    }
  }

  private static FullHttpResponse response(Reply reply) {
    ByteBuf body = Unpooled.copiedBuffer(reply.body(), StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), body);
    response
        .headers()
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
    return lastResponse(reply);
  }

  /** A response after which the connection is closed. */
  static FullHttpResponse lastResponse(Reply reply) {
    FullHttpResponse response = response(reply);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof DecompressionException) {
      ApiException wrong =
          ApiException.invalid("the compressed body is malformed, or larger than is taken");
      context.writeAndFlush(lastResponse(Reply.of(wrong))).addListener(ChannelFutureListener.CLOSE);
    } else {
      context.close();
    }
  }
}
