package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Looks at each request's head before its body is read. One whose end cannot be told (RFC 9112,
 * section 6.1; what else is wrong with it the decoder sees), or that {@link Callers} does not let
 * in, is the connection's last. Also says in an answer that a page from elsewhere may read it.
 */
final class RequestHeads extends ChannelInboundHandlerAdapter {
  private static final String CHUNKED = "chunked";

  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  private static final String ORIGIN = "Origin";

  private final Callers callers;

  /** Elsewhere, that the last request may be answered to. */
  private Optional<String> page = Optional.empty();

  RequestHeads(Callers callers) {
    this.callers = callers;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (LastWord.isSaid(context)) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpRequest head) {
      String origin = head.headers().get(ORIGIN);
      page = origin == null ? Optional.empty() : callers.allowed(origin);
    }
    Optional<ApiException> objection =
        message instanceof HttpRequest head ? objection(head) : Optional.empty();
    if (objection.isPresent()) {
      LastWord.say(context, RestHandler.response(Reply.of(objection.get())));
      ReferenceCountUtil.release(message);
    } else {
      super.channelRead(context, message);
    }
  }

  /** Whether a page from elsewhere asks which may; on the connection's thread. */
  boolean ofPage() {
    return page.isPresent();
  }

  /**
   * Makes an answer to the last request one that the page may read, as TensorFlow Serving's flag
   * enable_cors_support has it; on the connection's thread.
   */
  void allow(FullHttpResponse response) {
    page.ifPresent(
        origin ->
            response
                .headers()
                .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST")
                .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Content-Encoding")
                .set(HttpHeaderNames.VARY, ORIGIN));
  }

  private Optional<ApiException> objection(HttpRequest head) {
    Optional<ApiException> end = codings(head).or(() -> length(head));
    if (end.isPresent() || head.decoderResult().isFailure()) {
      return end;
    }
    return AbsoluteTarget.resolve(head).or(() -> callers.objection(head));
  }

  /** A length that is none would be asked for by what comes after, which takes it for a number. */
  private static Optional<ApiException> length(HttpRequest head) {
    return head.headers().getAll(HttpHeaderNames.CONTENT_LENGTH).stream()
        .filter(length -> !LENGTH.matcher(length).matches())
        .findFirst()
        .map(length -> ApiException.invalid("Content-Length is '" + length + "', no number"));
  }

  /** What is wrong with the transfer codings: the only one that is known is chunked, once. */
  private static Optional<ApiException> codings(HttpRequest head) {
    List<String> codings =
        head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING).stream()
            .flatMap(value -> Arrays.stream(value.split(",", -1)))
            .map(coding -> coding.strip().toLowerCase(Locale.ROOT))
            .filter(coding -> !coding.isEmpty())
            .toList();
    Optional<String> unknown = codings.stream().filter(c -> !c.equals(CHUNKED)).findFirst();
    if (unknown.isPresent()) {
      return Optional.of(
          new ApiException(
              Status.Code.UNIMPLEMENTED,
              "the transfer coding '" + unknown.get() + "' is not known"));
    }
    return codings.size() > 1
        ? Optional.of(ApiException.invalid("'chunked' stands twice in Transfer-Encoding"))
        : Optional.empty();
  }
}
