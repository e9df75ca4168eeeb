package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What is to be known of the pictures of a set, and of the files beside them. */
record PictureNotes(PictureNames pictures) {
  /** Endings of tables in which others keep labels and captions. */
  private static final List<String> TABLES = List.of(".csv", ".tsv", ".parquet");

  /** What was found and is no picture, or shares its name with another, a line each. */
  List<String> lines() {
    List<String> notes = new ArrayList<>();
    addUnused(notes);
    notes.addAll(PictureParts.notes(pictures.files()));
    List<String> classes = pictures.classNames();
    PictureParts.note(pictures.labelFile().isEmpty() ? classes : List.of()).ifPresent(notes::add);
    twins().ifPresent(notes::add);
    alike().ifPresent(notes::add);
    NameForms.alike(classes)
        .forEach(
            name -> notes.add("two classes are called " + name + ", in two of Unicode's forms"));
    strayLinks().ifPresent(notes::add);
    notes.addAll(pictures.files().notes());
    pictures.notFound().ifPresent(notes::add);
    return notes;
  }

  private void addUnused(List<String> notes) {
    Map<String, Integer> endings = new TreeMap<>();
    List<String> unread = new ArrayList<>();
    Set<String> folders = folders();
    Set<String> stray = Set.copyOf(pictures.files().strayLinks());
    for (String name : pictures.files().names()) {
      if (stray.contains(name)) {
        continue; // It is told by its name.
      }
      String file = name.substring(name.lastIndexOf('/') + 1);
      boolean table = file.equals(DatasetJson.NAME) || file.equals(PictureTable.NAME);
      boolean read = pictures.table().equals(Optional.of(name));
      if (table && !read && isPassedOver(name, file)) {
        notes.add(name + " says nothing of these pictures that can be read, and is passed over");
      } else if (table && !read && folders.contains(NamedFiles.folder(name))) {
        unread.add(name);
      } else if (table && pictures.table().isPresent()) {
        continue; // It is read, or that of another part.
      } else if (!PictureNames.isOne(name) && !pictures.captions().isFile(name)) {
        int dot = file.lastIndexOf('.');
        endings.merge(dot > 0 ? file.substring(dot) : "without an ending", 1, Integer::sum);
      }
    }
    if (!unread.isEmpty()) {
      notes.add(
          "not read: "
              + Listing.first(unread.stream().sorted().toList(), ", ")
              + "; one file tells of all pictures, in the nearest folder above them all");
    }
    if (!endings.isEmpty()) {
      notes.add(leftOut(endings));
    }
  }

  /** All that these pictures lie in. */
  private Set<String> folders() {
    Set<String> folders = new HashSet<>(Set.of(""));
    for (String name : pictures.names()) {
      String folder = NamedFiles.folder(name);
      while (folders.add(folder)) {
        folder = NamedFiles.folder(folder.substring(0, folder.length() - 1));
      }
    }
    return folders;
  }

  /** Whether it may be of all pictures, and was asked, for no nearer one is read. */
  private boolean isPassedOver(String name, String file) {
    String folder = NamedFiles.folder(name);
    return file.equals(DatasetJson.NAME)
        && pictures.names().stream().allMatch(picture -> picture.startsWith(folder))
        && pictures.table().stream().allMatch(read -> folder.startsWith(NamedFiles.folder(read)));
  }

  private static String leftOut(Map<String, Integer> endings) {
    int sum = endings.values().stream().mapToInt(Integer::intValue).sum();
    List<String> kinds = new ArrayList<>();
    endings.forEach((ending, count) -> kinds.add(count + " " + ending));
    String files = sum == 1 ? "1 file is no picture" : sum + " files are no pictures";
    return files
        + " of a form that is read, and left out: "
        + Listing.first(kinds, ", ")
        + (TABLES.stream().noneMatch(endings::containsKey)
            ? ""
            : "; of tables one is read that is called "
                + PictureTable.NAME
                + " (docs/data.md, Captions), with labels and captions");
  }

  /**
   * Links, pipes and devices, but for captions, which are refused where they are read. What may
   * have been a class's folder, or a file of labels, comes before pictures.
   */
  private Optional<String> strayLinks() {
    List<String> links =
        pictures.files().strayLinks().stream()
            .filter(name -> !pictures.captions().isFile(name))
            .sorted(Comparator.comparing(PictureNames::isOne).thenComparing(name -> name))
            .toList();
    boolean one = links.size() == 1;
    return links.isEmpty()
        ? Optional.empty()
        : Optional.of(
            (one ? "1 name leads" : links.size() + " names lead")
                + " to no file or folder that can be read, left out: "
                + Listing.first(links, ", "));
  }

  /**
   * Accents as a letter with its own code point, and apart from it: one picture twice, it may be.
   */
  private Optional<String> alike() {
    List<String> alike = NameForms.alike(pictures.names());
    return alike.isEmpty()
        ? Optional.empty()
        : Optional.of(
            alike.size()
                + (alike.size() == 1 ? " picture has" : " pictures have")
                + " the name of another in another of Unicode's forms, and count beside it: "
                + alike.get(0)
                + (alike.size() == 1 ? "" : ", ..."));
  }

  /** a.png beside a.jpg, or in a shard a.seg.png beside a.img.png: one twice, it may be. */
  private Optional<String> twins() {
    Set<String> stems = new HashSet<>();
    String first = "";
    int twins = 0;
    for (String name : pictures.names()) {
      if (!stems.add(pictures.files().key(name))) {
        first = twins == 0 ? name : first;
        twins++;
      }
    }
    return twins == 0
        ? Optional.empty()
        : Optional.of(
            twins
                + (twins == 1 ? " picture has" : " pictures have")
                + (" " + pictures.files().sharedKey() + ", and count beside it: ")
                + first
                + (twins == 1 ? "" : ", ..."));
  }
}
