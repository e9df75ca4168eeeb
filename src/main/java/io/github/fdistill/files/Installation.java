package io.github.fdistill.files;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What comes with the program: networks, models and images beside its launcher. Who starts the
 * program elsewhere finds them by the same names, such as {@code graphs/fashion-mnist}; what the
 * folder that is worked in has of that name comes first. Nothing is written here.
 *
 * @param home the folder of the launcher; empty where the program is used as a library
 */
public record Installation(Optional<Path> home) {
  /** The property that the launcher sets. */
  private static final String HOME = "fdistill.home";

  private static final Set<String> FOLDERS = Set.of("graphs", "savedmodels", "datasets");

  /** The one whose launcher started this program, if one did. */
  public static Installation ofThisProgram() {
    return new Installation(
        Optional.ofNullable(System.getProperty(HOME))
            .map(text -> Path.of(text).toAbsolutePath().normalize()));
  }

  /**
   * The path that a text means: below {@code root}, but what comes with the program where only that
   * is there. The folders that hold it are always those below {@code root}: new models go there.
   *
   * @param text relative or absolute
   */
  public Path find(Path root, String text) {
    Path there = root.resolve(text);
    Path name = Path.of(text).normalize();
    if (home.isEmpty() || !isBrought(name) || Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      return there;
    }
    Path brought = home.get().resolve(name);
    return Files.exists(brought) ? brought : there;
  }

  /**
   * The folders in which {@link #find} looks for what lies in one, as far as they are there.
   *
   * @param folder relative, such as savedmodels
   */
  public List<Path> folders(Path root, String folder) {
    Optional<Path> brought = home.filter(h -> FOLDERS.contains(folder)).map(h -> h.resolve(folder));
    return Stream.concat(Stream.of(root.resolve(folder)), brought.stream())
        .filter(Files::isDirectory)
        .toList();
  }

  /** The name by which {@link #find} finds this path of the installation, whatever the root. */
  public Optional<Path> name(Path path) {
    Path full = path.toAbsolutePath().normalize();
    return home.filter(full::startsWith).map(h -> h.relativize(full)).filter(this::isBrought);
  }

  private boolean isBrought(Path name) {
    return !name.isAbsolute()
        && name.getNameCount() > 1
        && FOLDERS.contains(name.getName(0).toString());
  }
}
