package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Request targets in absolute form, as proxies are asked: {@code GET http://HOST:PORT/PATH}. A
 * server takes them too, and the host that they name counts, whatever the header Host says (RFC
 * 9112, section 3.2.2).
 */
final class AbsoluteTarget {
  private static final Pattern FORM = Pattern.compile("(?i)https?://([^/?#]*)([^#]*)(?:#.*)?");

  private AbsoluteTarget() {}

  /**
   * Gives a request in this form the form and the header that others have; leaves others as they
   * are.
   *
   * @return what is wrong with it; empty: nothing
   */
  static Optional<ApiException> resolve(HttpRequest request) {
    Matcher target = FORM.matcher(request.uri());
    if (!target.matches()) {
      return Optional.empty();
    }
    String host = target.group(1);
    if (host.isEmpty() || host.startsWith(":") || host.contains("@")) {
      return Optional.of(ApiException.invalid("the request's target names no host"));
    }
    HttpHeaders headers = request.headers();
    if (headers.getAll(HttpHeaderNames.HOST).size() <= 1 && mayLackHost(request)) {
      headers.set(HttpHeaderNames.HOST, host);
    }
    String path = target.group(2);
    request.setUri(path.startsWith("/") ? path : "/" + path);
    return Optional.empty();
  }

  /** A request of HTTP/1.1 without the header is refused in either form. */
  private static boolean mayLackHost(HttpRequest request) {
    return request.headers().contains(HttpHeaderNames.HOST)
        || request.protocolVersion().minorVersion() == 0;
  }
}
