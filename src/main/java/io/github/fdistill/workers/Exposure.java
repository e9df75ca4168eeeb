package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Collections;
import java.util.Optional;

/**
 * Whether a port of this machine may be reached from the internet: TensorFlow's server listens at
 * all addresses of the machine, and does what anybody asks of it.
 */
public final class Exposure {
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
    byte[] bytes = address.getAddress();
    boolean shared = address instanceof Inet4Address && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
    boolean local = address instanceof Inet6Address && (bytes[0] & 0xfe) == 0xfc;
    return !shared
        && !local
        && !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isAnyLocalAddress()
        && !address.isMulticastAddress();
  }
}
