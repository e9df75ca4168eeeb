package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom a server answers that a browser on its machine can reach. */
class CallersTest {
  private static Callers callers(String host, List<String> hosts, List<String> origins)
      throws Exception {
    LocalServer.Address address = new LocalServer.Address(host, 0, 0, hosts, origins, false, false);
    return Callers.of(address, InetAddress.getByName(host));
  }

  private static HttpRequest request(String host, String... more) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().add("Host", host);
    for (int i = 0; i < more.length; i += 2) {
      request.headers().add(more[i], more[i + 1]);
    }
    return request;
  }

  private static String code(Optional<io.github.fdistill.wire.ApiException> objection) {
    return objection.map(e -> e.code().name()).orElse("OK");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, OK",
    "127.0.0.1:8501, OK",
    "localhost, OK",
    "LocalHost:9000, OK",
    "127.9.9.9:1, OK",
    "[::1]:8501, OK",
    "evil.example, PERMISSION_DENIED",
    "evil.example:8501, PERMISSION_DENIED",
    "localhost.evil.example, PERMISSION_DENIED",
    "127.0.0.1.evil.example, PERMISSION_DENIED",
    "127.0.0.1@evil.example, PERMISSION_DENIED",
    "192.168.0.7, PERMISSION_DENIED",
  })
  void aServerOfThisMachineAnswersItsOwnNames(String host, String code) throws Exception {
    Callers callers = callers("127.0.0.1", List.of(), List.of());
    assertEquals(code, code(callers.objection(request(host))));
  }

  @Test
  void otherHostsAreAllowedByName() throws Exception {
    Callers callers = callers("127.0.0.1", List.of("gpu.lan"), List.of());
    assertEquals("OK", code(callers.objection(request("GPU.lan:80"))));
    assertEquals("OK", code(callers.objection(request("localhost"))));
    assertEquals("PERMISSION_DENIED", code(callers.objection(request("gpu2.lan"))));
    Callers any = callers("127.0.0.1", List.of("*"), List.of());
    assertEquals("OK", code(any.objection(request("gpu2.lan"))));
  }

  @ParameterizedTest
  @CsvSource({
    "my.example:8501, my.example",
    "MY.example, my.example:80",
    "::1:2, [::1:2]:8501",
    "[0:0:0:0:0:0:1:2]:8501, [::1:2]",
    "fe80::1%eth0, [fe80::1]:8501",
    "[fe80::1%nowhere]:8501, [fe80::1]",
  })
  void anAllowedHostIsTheOneThatIsMeant(String allowed, String host) throws Exception {
    Callers callers = callers("0.0.0.0", List.of(allowed), List.of());
    assertEquals("OK", code(callers.objection(request(host))));
  }

  /** Where its own address names a network, requests do not. */
  @Test
  void aServersOwnAddressIsTheOneThatIsMeant() throws Exception {
    LocalServer.Address address =
        new LocalServer.Address("fe80::1%eth0", 0, 0, List.of("gpu.lan"), List.of(), false, false);
    Callers callers = Callers.of(address, InetAddress.getByName("fe80::1"));
    assertEquals("OK", code(callers.objection(request("[fe80::1]:8501"))));
    assertEquals("PERMISSION_DENIED", code(callers.objection(request("[fe80::2]:8501"))));
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP://localhost:3000/, http://localhost:3000",
    "https://my.example:443, https://my.example",
    "http://my.example:80/, http://my.example",
    "http://my.example:443, http://my.example:443",
    "chrome-extension://abc, chrome-extension://abc",
    "http://[::1]:3000, http://[::1]:3000",
    "null, null",
  })
  void anAllowedOriginIsTheOneThatIsMeant(String allowed, String origin) throws Exception {
    Callers callers = callers("127.0.0.1", List.of(), List.of(allowed));
    assertEquals(Optional.of(origin), callers.allowed(origin));
  }

  /** Taken without a word they would let nobody in. */
  @Test
  void whatNoRequestNamesIsRefused() {
    for (String host : List.of("http://my.example", "my.example/", "*.example", "a b", "", "[x]")) {
      String said = refused(List.of(host), List.of());
      assertTrue(said.startsWith("allow-host: '" + host + "'"), said);
    }
    for (String origin :
        List.of("localhost:3000", "http://", "http://a/page", "http://*.example", "http://a:x")) {
      String said = refused(List.of(), List.of(origin));
      assertTrue(said.startsWith("allow-origin: '" + origin + "'"), said);
    }
  }

  private static String refused(List<String> hosts, List<String> origins) {
    return assertThrows(InputException.class, () -> callers("127.0.0.1", hosts, origins))
        .getMessage();
  }

  @Test
  void aServerOfEveryNetworkAnswersAnyNameUnlessSomeAreSaid() throws Exception {
    Callers open = callers("0.0.0.0", List.of(), List.of());
    assertEquals("OK", code(open.objection(request("gpu.lan:8501"))));
    Callers named = callers("0.0.0.0", List.of("gpu.lan"), List.of());
    assertEquals("PERMISSION_DENIED", code(named.objection(request("evil.example"))));
  }

  @Test
  void pagesFromElsewhereAreRefusedUnlessTheyAreNamed() throws Exception {
    HttpRequest own = request("127.0.0.1:8501", "Origin", "http://127.0.0.1:8501");
    HttpRequest other = request("127.0.0.1:8501", "Origin", "http://localhost:3000");
    HttpRequest sandboxed = request("127.0.0.1:8501", "Origin", "null");
    Callers none = callers("127.0.0.1", List.of(), List.of());
    assertEquals("OK", code(none.objection(own)));
    assertEquals("PERMISSION_DENIED", code(none.objection(other)));
    assertEquals("PERMISSION_DENIED", code(none.objection(sandboxed)));
    Callers one = callers("127.0.0.1", List.of(), List.of("http://localhost:3000"));
    assertEquals("OK", code(one.objection(other)));
    assertEquals("PERMISSION_DENIED", code(one.objection(sandboxed)));
    assertEquals(Optional.of("http://localhost:3000"), one.allowed("http://localhost:3000"));
    assertEquals(Optional.empty(), one.allowed("http://evil.example"));
    Callers all = callers("127.0.0.1", List.of(), List.of("*"));
    assertEquals("OK", code(all.objection(sandboxed)));
    assertEquals(Optional.of("*"), all.allowed("http://evil.example"));
  }

  @Test
  void aPictureInAnothersPageIsRefusedAndALinkToThePageIsNot() throws Exception {
    Callers callers = callers("127.0.0.1", List.of(), List.of());
    HttpRequest link =
        request("127.0.0.1", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate");
    assertEquals("OK", code(callers.objection(link)));
    link.setUri("/page/images?model=m");
    assertEquals("PERMISSION_DENIED", code(callers.objection(link)));
    HttpRequest picture =
        request("127.0.0.1", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors");
    assertEquals("PERMISSION_DENIED", code(callers.objection(picture)));
    HttpRequest typed = request("127.0.0.1", "Sec-Fetch-Site", "none");
    assertEquals("OK", code(callers.objection(typed)));
  }

  @Test
  void aRequestHasOneHost() throws Exception {
    Callers callers = callers("127.0.0.1", List.of(), List.of());
    HttpRequest two = request("127.0.0.1", "Host", "127.0.0.1");
    assertEquals("INVALID_ARGUMENT", code(callers.objection(two)));
    HttpRequest none = request("127.0.0.1");
    none.headers().remove("Host");
    assertEquals("INVALID_ARGUMENT", code(callers.objection(none)));
    none.setProtocolVersion(HttpVersion.HTTP_1_0);
    assertTrue(callers.objection(none).isEmpty());
  }
}
