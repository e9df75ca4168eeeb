package io.github.fdistill.journal;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/**
 * Which program this is, as the manifest of its jar says.
 *
 * @param version "development" where the classes run without a jar
 * @param commit the git commit it was built of, with "-dirty" where files under git had been
 *     changed; "unknown" where it was built without git or the classes run without a jar
 */
public record Program(String version, String commit) {
  private static final String MANIFEST = "META-INF/MANIFEST.MF";
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{40,64}");

  /** The one that runs. */
  public static Program running() {
    Optional<String> jar = jar();
    if (jar.isEmpty()) {
      return of(new Manifest());
    }
    try (InputStream manifest =
        URI.create("jar:" + jar.get() + "!/" + MANIFEST).toURL().openStream()) {
      return of(new Manifest(manifest));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the jar is that the classes run from; nothing where they run without. */
  private static Optional<String> jar() {
    String here = Program.class.getResource("Program.class").toString();
    return Optional.of(here)
        .filter(url -> url.startsWith("jar:"))
        .map(url -> url.substring("jar:".length(), url.indexOf("!/")));
  }

  /**
   * What tells this program from any other: its version and commit, and where the commit does not
   * say what was built, the SHA-256 of the jar that runs.
   */
  public String told() {
    boolean says = HASH.matcher(commit).matches();
    String jar = says ? "" : jar().map(Program::hash).orElse("");
    return version + " (commit " + commit + jar + ")";
  }

  private static String hash(String jar) {
    try {
      return ", jar " + Sha256.of(Path.of(URI.create(jar)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Program of(Manifest manifest) {
    Attributes entries = manifest.getMainAttributes();
    String version = entries.getValue(Attributes.Name.IMPLEMENTATION_VERSION);
    String commit = entries.getValue("Source-Commit");
    boolean known = commit != null && HASH.matcher(commit).matches();
    boolean changed = Boolean.parseBoolean(entries.getValue("Source-Changed"));
    return new Program(
        version == null ? "development" : version,
        known ? commit + (changed ? "-dirty" : "") : "unknown");
  }
}
