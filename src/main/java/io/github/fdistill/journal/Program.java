package io.github.fdistill.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
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
    URL here = Program.class.getResource("Program.class");
    if (!here.getProtocol().equals("jar")) {
      return of(new Manifest());
    }
    String jar = here.toString();
    try (InputStream manifest =
        URI.create(jar.substring(0, jar.indexOf("!/") + 2) + MANIFEST).toURL().openStream()) {
      return of(new Manifest(manifest));
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
