package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.UnknownHostException;

/**
 * Where a worker is reached.
 *
 * @param host a name or an address; one of IPv6 in brackets
 * @param port of TensorFlow's server; what workers tell each other goes through the next one
 */
public record Address(String host, int port) {
  private static final int MOST = 65534;

  /**
   * Reads {@code HOST:PORT}.
   *
   * @param where it stands, for messages
   * @throws InputException when it is none
   */
  public static Address parse(String where, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    boolean named = host.matches("[\\w.-]{1,253}|\\[[0-9a-fA-F:.%\\w]{2,60}\\]");
    if (!named || !port.matches("\\d{1,5}")) {
      throw refused(where, text);
    }
    int number = Integer.parseInt(port);
    if (number < 1 || number > MOST) {
      throw refused(where, text);
    }
    return new Address(host, number);
  }

  private static InputException refused(String where, String text) {
    return new InputException(
        where,
        "'" + text + "'",
        "HOST:PORT, with a port from 1 to " + MOST,
        "name every worker so, such as 10.0.0.1:2222");
  }

  /** Why it is not reached. */
  String why(IOException e) {
    return e instanceof UnknownHostException
        ? "nobody knows the name " + host
        : String.valueOf(e.getMessage());
  }

  /** The host as Java's sockets take it. */
  String socketHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
