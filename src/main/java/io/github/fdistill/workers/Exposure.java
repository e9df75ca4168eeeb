package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Whether a port of this machine may be reached from the internet: TensorFlow's server listens at
 * all addresses of the machine, and does what anybody asks of it.
 */
public final class Exposure {
  /**
   * Ranges that the internet knows no way to: shared by a provider's customers (RFC 6598), for
   * benchmarks (2544, 5180), for documentation (5737, 3849, 9637), and a site's own (4193).
   */
  private static final List<String> CLOSED =
      List.of(
          "100.64.0.0/10",
          "198.18.0.0/15",
          "2001:2::/48",
          "192.0.2.0/24",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "2001:db8::/32",
          "3fff::/20",
          "fc00::/7");

  private Exposure() {}

  /**
   * Refuses a machine with a public address.
   *
   * @param picked whether the program chose the ports, and nobody knows them beforehand
   * @param allow what says that it is wanted nevertheless
   * @throws InputException when it has one
   */
  public static void requireNone(boolean picked, String allow) throws IOException {
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      Optional<InetAddress> open =
          Collections.list(each.getInetAddresses()).stream().filter(Exposure::isPublic).findFirst();
      if (open.isPresent()) {
        throw refusal(open.get(), picked, allow);
      }
    }
  }

  /** Workers on this machine that are given by their number alone listen at any free ports. */
  static InputException refusal(InetAddress open, boolean picked, String allow) {
    return new InputException(
        "this machine",
        "it has the public address "
            + open.getHostAddress()
            + ", and TensorFlow's server listens at every address",
        "a machine in a network of its own, or a firewall before the workers' ports",
        picked
            ? "close this machine's ports from outside (docs/workers.md has the lines), and say "
                + allow
                + "; to close the workers' alone, name them: --workers"
                + " 127.0.0.1:2222,127.0.0.1:2224 --worker I"
            : "let only the workers reach these ports (docs/workers.md has the lines), and say "
                + allow);
  }

  /** Whether the internet knows the way to it. */
  static boolean isPublic(InetAddress address) {
    return CLOSED.stream().noneMatch(range -> isIn(range, address.getAddress()))
        && !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isAnyLocalAddress()
        && !address.isMulticastAddress();
  }

  /** Whether an address begins with as many bits of a range's first as stand after its slash. */
  private static boolean isIn(String range, byte[] address) {
    String[] parts = range.split("/");
    byte[] first = bytes(parts[0]);
    int others = 8 * address.length - Integer.parseInt(parts[1]);
    return first.length == address.length
        && new BigInteger(address).xor(new BigInteger(first)).shiftRight(others).signum() == 0;
  }

  private static byte[] bytes(String literal) {
    try {
      return InetAddress.getByName(literal).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException(literal, e);
    }
  }
}
