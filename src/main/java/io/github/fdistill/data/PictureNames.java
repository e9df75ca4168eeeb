package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which pictures a folder or an archive holds, and of what class each is.
 *
 * @param names of the pictures among the files, as {@code a.png} or {@code cats/a.png}
 * @param labels of each
 * @param classNames empty where the classes have no names
 * @param labelFile the file that says the labels, if there is one
 * @param captions of the pictures
 * @param notFound pictures that the file tells of and that are not there, or that it tells of none
 *     that are, or nothing of them, in words
 */
record PictureNames(
    NamedFiles files,
    List<String> names,
    int[] labels,
    List<String> classNames,
    Optional<String> labelFile,
    PictureCaptions captions,
    Optional<String> notFound) {
  private static final Pattern PICTURE =
      Pattern.compile("(?is).+\\.(png|jpe?g|jpe|jfif|webp|gif|bmp|tiff?)");

  /** What the command {@code sample} writes. */
  private static final Pattern SAMPLE =
      Pattern.compile("class-(\\d{1,9})(?:-.*)?-seed-(-?\\d+)\\.png");

  static boolean isOne(String name) {
    return PICTURE.matcher(name).matches() && !NamedFiles.isHiddenPath(name);
  }

  /** Whether any of the files is a picture. */
  static boolean areIn(NamedFiles files) {
    return files.names().stream().anyMatch(PictureNames::isOne);
  }

  /**
   * Lists pictures by name: those in the folder itself, or those in a folder for each class, and in
   * folders in it, in the order of the classes' names (so do others, such as torchvision). A folder
   * that holds but one other, of folders or with a file that says labels or captions, is passed
   * through; of the parts of a set, {@code train/} and {@code test/}, {@link PictureParts} chooses
   * one.
   *
   * <p>Where there is a {@code dataset.json} as EDM and StyleGAN have it, it says the labels, and
   * folders say nothing; so it is with the labels and captions of a {@code metadata.jsonl}. Of
   * several the nearest above the pictures is read. A {@code dataset.json} that says nothing of
   * these pictures is passed over, and so is one above their folder that cannot be read so, but not
   * where it names a picture that is there before that.
   *
   * <p>Those of the folder itself all have the label 0, the only class; but if every name is one
   * that {@code sample --out FOLDER} writes, class-C-seed-S.png or class-C-NAME-seed-S.png, the
   * labels are the Cs.
   *
   * @throws InputException if there is no picture in it or in one of its classes, or pictures and
   *     folders beside each other
   */
  static PictureNames in(NamedFiles files, Split split) {
    List<String> pictures = new ArrayList<>(files.names());
    pictures.removeIf(name -> !isOne(name));
    Collections.sort(pictures);
    requireAny(files, "", pictures);
    String top = PictureParts.top(files, pictures, split);
    pictures.removeIf(name -> !name.startsWith(top));
    for (String folder = top; ; folder = folder.replaceFirst("[^/]+/$", "")) {
      Optional<DatasetJson> json =
          folder.equals(top)
              ? DatasetJson.in(files, top)
              : DatasetJson.above(pictures, files, folder);
      if (json.isPresent()) {
        return ofJson(files, pictures, json.get());
      } else if (PictureTable.isIn(files, folder)) {
        return ofTable(files, pictures, PictureTable.read(files, folder).of(pictures));
      } else if (folder.isEmpty()) {
        return ofFolders(files, top, pictures);
      }
    }
  }

  private static PictureNames ofJson(NamedFiles files, List<String> pictures, DatasetJson json) {
    return new PictureNames(
        files,
        pictures,
        json.of(pictures),
        List.of(),
        Optional.of(json.name()),
        json.hasCaptions() ? json : CaptionsBeside.of(files, pictures),
        notFound(files, json.name(), json.told()));
  }

  /** A table of labels alone says nothing of captions, which may lie beside the pictures. */
  private static PictureNames ofTable(NamedFiles files, List<String> pictures, PictureTable table) {
    return new PictureNames(
        files,
        pictures,
        table.labels(pictures),
        table.classNames(),
        table.labels().isEmpty() ? Optional.empty() : Optional.of(table.name()),
        table.labels().isEmpty() || table.hasCaptions()
            ? table
            : CaptionsBeside.of(files, pictures),
        notFound(files, table.name(), table.captions().keySet())
            .or(() -> noneTold(pictures, table))
            .or(table::silence));
  }

  private static Optional<String> noneTold(List<String> pictures, PictureTable table) {
    return pictures.stream().anyMatch(table.captions()::containsKey)
        ? Optional.empty()
        : Optional.of(table.name() + " tells of none of these pictures");
  }

  private static Optional<String> notFound(NamedFiles files, String file, Set<String> told) {
    Set<String> there = new HashSet<>(files.names());
    List<String> names = told.stream().filter(name -> !there.contains(name)).sorted().toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            file
                + " tells of pictures that are not there ("
                + names.size()
                + "): "
                + String.join(", ", names.subList(0, Math.min(3, names.size())))
                + (names.size() > 3 ? ", ..." : ""));
  }

  private static PictureNames ofFolders(NamedFiles files, String top, List<String> pictures) {
    Map<String, List<String>> classes = new TreeMap<>();
    List<String> loose = new ArrayList<>();
    for (String folder : files.folders()) {
      if (folder.startsWith(top) && folder.indexOf('/', top.length()) < 0) {
        classes.put(folder.substring(top.length()), new ArrayList<>());
      }
    }
    for (String name : pictures) {
      int end = name.indexOf('/', top.length());
      String folder = end < 0 ? "" : name.substring(top.length(), end);
      classes.getOrDefault(folder, loose).add(name); // A folder within a shard is none of a class.
    }
    if (loose.isEmpty() && areShards(files, top, classes)) {
      classes.values().forEach(loose::addAll);
      classes.clear();
    }
    if (loose.isEmpty()) {
      return ofClasses(files, top, classes);
    }
    classes.values().removeIf(List::isEmpty);
    if (!classes.isEmpty()) {
      throw mixture(files, top, loose, classes.keySet().iterator().next());
    }
    return new PictureNames(
        files,
        loose,
        sampled(top, loose),
        List.of(),
        Optional.empty(),
        CaptionsBeside.of(files, loose),
        Optional.empty());
  }

  /**
   * Whether folders cut a set where they are full, as those of img2dataset do: 00000_stats.json.
   */
  private static boolean areShards(
      NamedFiles files, String top, Map<String, List<String>> folders) {
    Set<String> names = new HashSet<>(files.names());
    return !folders.isEmpty()
        && folders.keySet().stream().allMatch(f -> names.contains(top + f + "_stats.json"));
  }

  private static PictureNames ofClasses(
      NamedFiles files, String top, Map<String, List<String>> classes) {
    List<String> names = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (Map.Entry<String, List<String>> entry : classes.entrySet()) {
      requireAny(files, top + entry.getKey(), entry.getValue());
      int label = names.isEmpty() ? 0 : labels.get(labels.size() - 1) + 1;
      entry.getValue().forEach(name -> labels.add(label));
      names.addAll(entry.getValue());
    }
    return new PictureNames(
        files,
        names,
        labels.stream().mapToInt(Integer::intValue).toArray(),
        List.copyOf(classes.keySet()),
        Optional.empty(),
        CaptionsBeside.of(files, names),
        Optional.empty());
  }

  /** A picture beside a folder could be of any class, or of none. */
  private static InputException mixture(
      NamedFiles files, String top, List<String> loose, String folder) {
    return new InputException(
        top.isEmpty() ? files.path().toString() : files.where(top),
        "pictures ("
            + loose.get(0).substring(top.length())
            + ") beside folders of pictures ("
            + folder
            + "/)",
        "pictures alone, of no class, or a folder of pictures for each class and no others",
        "put each picture into its class's folder, or name a folder that holds one kind");
  }

  private static void requireAny(NamedFiles files, String folder, List<String> pictures) {
    if (pictures.isEmpty()) {
      throw new InputException(
          folder.isEmpty() ? files.path().toString() : files.where(folder),
          "no pictures; it holds " + Listing.of(files, folder),
          "files .png, .jpg, .jpeg, .webp, .gif, .bmp or .tif in the folder itself, or in a folder"
              + " for each class",
          "choose the folder that holds them, convert them to PNG, or remove an empty class");
    }
  }

  private static int[] sampled(String top, List<String> names) {
    int[] labels = new int[names.size()];
    for (int i = 0; i < labels.length; i++) {
      Matcher name = SAMPLE.matcher(names.get(i).substring(top.length()));
      if (!name.matches()) {
        return new int[names.size()];
      }
      labels[i] = Integer.parseInt(name.group(1));
      if (labels[i] >= LabelRange.MOST_CLASSES) {
        throw new InputException(
            names.get(i),
            "the label " + labels[i],
            "classes from 0 on, below " + LabelRange.MOST_CLASSES,
            "number the classes from 0, or choose other names");
      }
    }
    return labels;
  }

  /** The same without some pictures. */
  PictureNames without(Set<String> left) {
    List<String> names = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < names().size(); i++) {
      if (!left.contains(names().get(i))) {
        names.add(names().get(i));
        labels.add(labels()[i]);
      }
    }
    return new PictureNames(
        files,
        names,
        labels.stream().mapToInt(Integer::intValue).toArray(),
        classNames,
        labelFile,
        captions,
        notFound);
  }

  String name(long index) {
    return names.get(Math.toIntExact(index));
  }

  /** The files that the images are read from: the pictures, and the one that says the labels. */
  List<String> all() {
    List<String> all = new ArrayList<>(names);
    labelFile.ifPresent(all::add);
    return all;
  }

  /** What is to be known of them, a line each: see {@link PictureNotes}. */
  List<String> notes() {
    return new PictureNotes(this).lines();
  }

  /** The file that says labels or captions of all of them, if there is one. */
  Optional<String> table() {
    return labelFile.or(
        () -> captions instanceof PictureTable table ? Optional.of(table.name()) : labelFile);
  }
}
