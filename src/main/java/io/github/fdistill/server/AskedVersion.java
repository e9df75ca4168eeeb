package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.logging.log4j.Logger;

/** Which version of a model answers a request, by what lies in the model's folder. */
public final class AskedVersion {
  private static final Logger LOG = Logs.of(AskedVersion.class);

  private AskedVersion() {}

  /**
   * The folder of a version: of the number that is asked, or that the label has in {@code
   * models.config}; where neither is said, of the newest that is served.
   *
   * @param model the model's folder, called as the model; it need not be there
   * @return nothing where the version is not there, or nothing here says which one is asked: what
   *     lies here need not be what a server has
   * @throws InputException when models.config gives other labels
   */
  public static Optional<Path> in(Path model, Optional<Long> number, Optional<String> label) {
    if (!Files.isDirectory(model)) {
      return Optional.empty();
    }
    VersionsFolder folder = new VersionsFolder(model.getFileName().toString(), model);
    NavigableMap<Long, Path> all = folder.numbered();
    if (number.isPresent()) {
      return Optional.ofNullable(all.get(number.get()));
    }
    VersionsFolder.Contents contents;
    try {
      contents = folder.contents();
    } catch (InputException e) {
      LOG.warn("What {} says of its versions is passed over: {}", model, e.getMessage());
      return Optional.empty();
    }
    if (label.isPresent() && contents.labels().isEmpty()) {
      return Optional.empty(); // Another server may know it, whose folder is not this one.
    }
    if (label.isPresent()) {
      return Optional.ofNullable(all.get(labelled(label.get(), contents.labels(), folder)));
    }
    return Optional.ofNullable(contents.versions().lastEntry()).map(Map.Entry::getValue);
  }

  private static long labelled(String label, Map<String, Long> labels, VersionsFolder folder) {
    if (!labels.containsKey(label)) {
      Path config = folder.path().resolve(VersionsFolder.CONFIG);
      String known = String.join(", ", new TreeSet<>(labels.keySet()));
      throw new InputException(
          "--label",
          "'" + label + "', which " + config + " gives to no version",
          known,
          "name another label, or the version: --version N");
    }
    return labels.get(label);
  }
}
