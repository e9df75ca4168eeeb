package io.github.fdistill.savedmodel;

import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What may be meant by a path at which no such thing is: where else its name is, and what is. */
public final class NamesNear {
  /** The folders in which the program looks for names. */
  private static final Set<String> HOMES = Set.of("savedmodels", "runs", "datasets", "graphs");

  /** So many names are told; what is left is counted. */
  private static final int MOST = 30;

  private NamesNear() {}

  /**
   * In words, for a remedy: the folder that it lies in, or else the names in the one that it should
   * lie in, also of what comes with the program.
   *
   * @param homes where such things lie, such as "savedmodels", the likeliest first
   */
  public static String of(Path path, String... homes) {
    return of(Installation.ofThisProgram(), path, List.of(homes));
  }

  static String of(Installation program, Path path, List<String> homes) {
    Path full = path.toAbsolutePath().normalize();
    Path parent = full.getParent();
    if (parent == null) {
      return "it is the root of all folders";
    }
    String in = String.valueOf(parent.getFileName());
    Path root = HOMES.contains(in) ? parent.getParent() : parent;
    boolean worked = root.equals(Path.of("").toAbsolutePath().normalize());
    Installation brought = worked ? program : new Installation(Optional.empty());
    for (String home : homes) {
      Path there = Path.of(home).resolve(full.getFileName());
      Path found = brought.find(root, there.toString());
      if (!found.equals(full) && Files.isDirectory(found)) {
        return "name it with the folder that it lies in: " + there;
      }
    }
    boolean elsewhere = root.equals(parent) && brought.folders(root, homes.get(0)).isEmpty();
    return homes.contains(in) || elsewhere
        ? names(parent, brought.folders(root, root.relativize(parent).toString()))
        : names(root.resolve(homes.get(0)), brought.folders(root, homes.get(0)));
  }

  private static String names(Path wanted, List<Path> folders) {
    Set<String> names = new TreeSet<>();
    for (Path folder : folders) {
      try (Stream<Path> children = Files.list(folder)) {
        children
            .filter(Files::isDirectory)
            .map(child -> child.getFileName().toString())
            .filter(name -> !name.startsWith("."))
            .forEach(names::add);
      } catch (IOException e) {
        return "the folder " + folder + " cannot be listed: " + DiskRefusal.reason(e);
      }
    }
    if (folders.isEmpty()) {
      return "there is no folder " + wanted;
    }
    int left = names.size() - MOST;
    return "in "
        + wanted.getFileName()
        + " there are "
        + (names.isEmpty() ? "no folders" : names.stream().limit(MOST).toList())
        + (left > 0 ? " and " + left + " more" : "");
  }
}
