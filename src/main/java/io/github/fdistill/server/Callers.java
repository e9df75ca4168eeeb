package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom the server answers over HTTP. A browser on this machine reaches it for any page that it
 * shows: so a request names a host that is the server's, which the page of another name that leads
 * here does not (DNS rebinding), and is not sent by a page from elsewhere.
 *
 * @param hosts that requests may name, in lower case; empty: any
 * @param origins of pages elsewhere that may ask, such as "http://localhost:3000"; "*": all
 */
record Callers(Set<String> hosts, Set<String> origins) {
  private static final String ALL = "*";
  private static final Pattern HOST = Pattern.compile("(\\[[^\\]]*\\]|[^:]*)(:\\d{0,5})?");
  private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}|\\[::1\\]");

  /** A name, or an address of four numbers, as a browser sends it. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]+");

  /** Scheme, host, and a port that is not the scheme's own. RFC 6454, section 6.2. */
  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:\\d{1,5})?");

  /**
   * Of what a user opened a server's address for.
   *
   * @throws InputException when a host or an origin is none that a request could name
   */
  static Callers of(LocalServer.Address address, InetAddress bound) {
    Set<String> hosts = new HashSet<>();
    address.hosts().forEach(host -> hosts.add(host(host)));
    boolean any = hosts.contains(ALL) || (hosts.isEmpty() && !bound.isLoopbackAddress());
    hosts.add("localhost");
    hosts.add(lower(address.host()));
    hosts.add(lower("[" + address.host() + "]"));
    ipV6(address.host()).ifPresent(hosts::add);
    Set<String> origins = new HashSet<>();
    address.origins().forEach(origin -> origins.add(origin(origin)));
    return new Callers(any ? Set.of() : Set.copyOf(hosts), Set.copyOf(origins));
  }

  /** As a request names it; its port may be any. */
  private static String host(String given) {
    Optional<String> address = ipV6(given);
    if (address.isPresent()) {
      return address.get();
    }
    String name = lower(given).replaceFirst(":\\d{1,5}$", "");
    if (!given.equals(ALL) && !NAME.matcher(name).matches()) {
      throw InputException.ofValue(
          "allow-host", given, "a name without scheme and path, such as my.example, or *");
    }
    return name;
  }

  /** As a browser writes an address of IPv6; empty: it is none. */
  private static Optional<String> ipV6(String given) {
    // The network's name after % is of this machine alone: no request has it.
    String address = given.replaceFirst("^\\[(.*)\\](:\\d{1,5})?$", "$1").replaceFirst("%.*$", "");
    return NetUtil.isValidIpV6Address(address)
        ? Optional.of("[" + NetUtil.toAddressString(NetUtil.getByName(address)) + "]")
        : Optional.empty();
  }

  /** As a browser writes it. */
  private static String origin(String given) {
    String origin = lower(given).replaceFirst("/$", "");
    boolean none = given.equals("null") || given.equals(ALL);
    if (!none && !ORIGIN.matcher(origin).matches()) {
      throw InputException.ofValue(
          "allow-origin",
          given,
          "an origin with its scheme and without a path, such as http://localhost:3000, or *");
    }
    return origin.replaceFirst("^(http://.*):80$|^(https://.*):443$", "$1$2"); // Its scheme's own.
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Why a request is not answered; empty: it is. */
  Optional<ApiException> objection(HttpRequest request) {
    List<String> named = request.headers().getAll(HttpHeaderNames.HOST);
    String host = named.isEmpty() ? "" : lower(named.get(0));
    if (named.size() > 1 || (named.isEmpty() && request.protocolVersion().minorVersion() > 0)) {
      return Optional.of(ApiException.invalid("a request has one header 'Host'"));
    }
    if (!named.isEmpty() && !isOurs(host)) {
      return refused("requests to the host '" + host + "' are not answered here (--allow-host)");
    }
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    if (origin != null && !isOfHost(lower(origin), host) && allowed(origin).isEmpty()) {
      return refused("pages from '" + origin + "' are not answered here (--allow-origin)");
    }
    if (origin == null && isOfAnotherSite(request) && !origins.contains(ALL)) {
      return refused("other sites' pages are not answered here (--allow-origin)");
    }
    return Optional.empty();
  }

  private static Optional<ApiException> refused(String why) {
    return Optional.of(new ApiException(Status.Code.PERMISSION_DENIED, why));
  }

  private boolean isOurs(String host) {
    Matcher parts = HOST.matcher(host);
    return hosts.isEmpty()
        || (parts.matches()
            && (hosts.contains(parts.group(1)) || LOOPBACK.matcher(parts.group(1)).matches()));
  }

  private static boolean isOfHost(String origin, String host) {
    return origin.equals("http://" + host) || origin.equals("https://" + host);
  }

  /**
   * As browsers tell where a request has no Origin, as that for a picture. To follow a link to the
   * page is no harm.
   */
  private static boolean isOfAnotherSite(HttpRequest request) {
    HttpHeaders headers = request.headers();
    String site = lower(headers.get("Sec-Fetch-Site", "none"));
    boolean link =
        request.method().equals(HttpMethod.GET)
            && request.uri().equals("/")
            && lower(headers.get("Sec-Fetch-Mode", "")).equals("navigate");
    return (site.equals("cross-site") || site.equals("same-site")) && !link;
  }

  /** What an answer to a page from elsewhere says that it is for; empty: nothing. */
  Optional<String> allowed(String origin) {
    if (origins.contains(ALL)) {
      return Optional.of(ALL);
    }
    return Optional.ofNullable(origin).filter(from -> origins.contains(lower(from)));
  }
}
