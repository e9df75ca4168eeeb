package io.github.fdistill.serving;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Texts of the kit that the program brings along, with names to be filled in. */
final class KitTemplates {
  /** What starts servers in a cluster: TensorFlow Serving in Kubernetes, and KServe. */
  static final List<String> MANIFESTS = List.of("kubernetes.yaml", "kserve.yaml");

  private static final int LONGEST_NAME = 63;

  /** Seconds, of the manifest's startup probe. */
  private static final int BETWEEN_PROBES = 5;

  private KitTemplates() {}

  /** A text as it comes. */
  static String text(String file) {
    try (InputStream in = KitTemplates.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A manifest of a model. */
  static String manifest(String file, String name, Patience patience) {
    return text(file)
        .replace("@NAME@", name)
        .replace("@DNS@", dnsName(name))
        .replace("@MILLISECONDS@", Long.toString(1000 * patience.answer()))
        .replace("@PROBES@", Long.toString(-Math.floorDiv(-patience.loading(), BETWEEN_PROBES)));
  }

  /**
   * A name as a label of DNS (RFC 1035), which Kubernetes asks for: small letters, digits and
   * hyphens, a letter first, no hyphen last, at most 63.
   */
  static String dnsName(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String begun = plain.matches("[a-z].*") ? plain : "model-" + plain.replaceAll("^-", "");
    return begun.substring(0, Math.min(LONGEST_NAME, begun.length())).replaceAll("-+$", "");
  }
}
