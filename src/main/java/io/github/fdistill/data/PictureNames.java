package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which pictures a folder holds, and of what class each is.
 *
 * @param names of the files, from the folder, as {@code a.png} or {@code cats/a.png}
 * @param labels of each
 * @param classNames empty where there are no folders of classes
 */
record PictureNames(Path folder, List<String> names, int[] labels, List<String> classNames) {
  private static final Pattern PICTURE = Pattern.compile("(?i)[^.].*\\.(png|jpe?g)");

  /** What the command {@code sample} writes. */
  private static final Pattern SAMPLE =
      Pattern.compile("class-(\\d{1,9})(?:-.*)?-seed-(-?\\d+)\\.png");

  /**
   * What a folder holds itself, by name; hidden entries (named .*) are left out.
   *
   * @param folders links to folders too
   */
  private record Entries(Path folder, List<String> pictures, List<String> folders) {
    static Entries of(Path folder) {
      Entries entries = new Entries(folder, new ArrayList<>(), new ArrayList<>());
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
        for (Path path : paths) {
          entries.add(path);
        }
      } catch (DirectoryIteratorException | IOException e) {
        throw unreadable(folder, e);
      }
      Collections.sort(entries.pictures);
      Collections.sort(entries.folders);
      return entries;
    }

    private void add(Path path) {
      String name = path.getFileName().toString();
      if (isOne(path)) {
        pictures.add(name);
      } else if (!name.startsWith(".") && Files.isDirectory(path)) {
        folders.add(name);
      }
    }

    /** A picture beside a folder could be of any class, or of none. */
    void requireNoMixture() {
      if (!pictures.isEmpty() && !folders.isEmpty()) {
        throw new InputException(
            folder.toString(),
            "pictures (" + pictures.get(0) + ") beside folders (" + folders.get(0) + "/)",
            "pictures alone, of no class, or a folder of pictures for each class and no others",
            "put each picture into its class's folder, or name a folder that holds one kind");
      }
    }
  }

  /** Whether there is any picture in a folder, or in a folder in it. */
  static boolean areIn(Path folder) {
    return holdsOne(folder)
        || Entries.of(folder).folders.stream().anyMatch(name -> holdsOne(folder.resolve(name)));
  }

  private static boolean holdsOne(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.anyMatch(PictureNames::isOne);
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static boolean isOne(Path path) {
    return PICTURE.matcher(path.getFileName().toString()).matches() && Files.isRegularFile(path);
  }

  private static InputException unreadable(Path folder, Exception e) {
    return new InputException(
        folder.toString(), "cannot be read: " + e, "a readable folder", "mend its permissions", e);
  }

  /**
   * Lists files .png, .jpg and .jpeg by name: those in the folder itself, or those in a folder for
   * each class, in the order of the classes' names (so do others, such as torchvision).
   *
   * <p>Those of the folder itself all have the label 0, the only class; but if every name is one
   * that {@code sample --out FOLDER} writes, class-C-seed-S.png or class-C-NAME-seed-S.png, the
   * labels are the Cs.
   *
   * @throws InputException if there is no such folder, no picture in it or in one of its classes,
   *     or pictures and folders beside each other
   */
  static PictureNames in(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          folder.toString(), "no such folder", "a folder of pictures", "choose one that exists");
    }
    Entries entries = Entries.of(folder);
    entries.requireNoMixture();
    if (entries.folders.isEmpty()) {
      requireAny(entries);
      return new PictureNames(folder, entries.pictures, sampled(entries.pictures), List.of());
    }
    return ofClasses(folder, entries.folders);
  }

  private static PictureNames ofClasses(Path folder, List<String> classes) {
    List<String> names = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    for (String name : classes) {
      Entries entries = Entries.of(folder.resolve(name));
      entries.requireNoMixture();
      requireAny(entries);
      entries.pictures.forEach(picture -> names.add(name + "/" + picture));
      ends.add(names.size());
    }
    int[] labels = new int[names.size()];
    for (int label = 0, i = 0; label < classes.size(); label++) {
      for (; i < ends.get(label); i++) {
        labels[i] = label;
      }
    }
    return new PictureNames(folder, names, labels, classes);
  }

  private static void requireAny(Entries entries) {
    if (entries.pictures.isEmpty()) {
      throw new InputException(
          entries.folder.toString(),
          "no pictures; it holds " + Listing.of(entries.folder, path -> true),
          "files .png, .jpg or .jpeg in the folder itself, or in a folder for each class",
          "choose the folder that holds them, convert them to PNG, or remove an empty class");
    }
  }

  private static int[] sampled(List<String> names) {
    int[] labels = new int[names.size()];
    for (int i = 0; i < labels.length; i++) {
      Matcher name = SAMPLE.matcher(names.get(i));
      if (!name.matches()) {
        return new int[names.size()];
      }
      labels[i] = Integer.parseInt(name.group(1));
    }
    return labels;
  }

  Path file(long index) {
    return folder.resolve(names.get(Math.toIntExact(index)));
  }
}
