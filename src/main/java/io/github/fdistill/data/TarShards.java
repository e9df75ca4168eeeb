package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The files of all tar archives in a folder, as webdataset's shards lie there: {@code
 * 00000.tar:000000012.jpg}; or of those in a folder for each part: {@code
 * train/00000.tar:000000012.jpg}.
 *
 * @param shards by their names
 * @param damaged why some were left out, by their names
 */
record TarShards(Path path, Map<String, Archive> shards, Map<String, String> damaged)
    implements NamedFiles {
  private static final String ENDING = ".tar";

  /** Whether a folder holds such archives. */
  static boolean areIn(FolderFiles folder) {
    return !in(folder).isEmpty();
  }

  /** Those in the folder itself, or else in the folders of parts there. */
  private static List<String> in(FolderFiles folder) {
    List<String> all = folder.names().stream().filter(TarShards::isOne).toList();
    List<String> own = all.stream().filter(name -> name.indexOf('/') < 0).toList();
    return own.isEmpty() && PictureParts.areIn(all) ? all : own;
  }

  private static boolean isOne(String name) {
    return name.toLowerCase(Locale.ROOT).endsWith(ENDING);
  }

  /** Whether a name is that of a file or a folder within a shard. */
  static boolean isWithin(String name) {
    return name.toLowerCase(Locale.ROOT).contains(ENDING + ":");
  }

  /** By their names: of images for tests beside those for training nobody would know. */
  private static void requireOnePart(FolderFiles folder, List<String> shards) {
    Map<Split, String> parts = new EnumMap<>(Split.class);
    for (String shard : shards) {
      if (shard.indexOf('/') < 0) {
        PartName.split(shard).ifPresent(split -> parts.merge(split, shard, TarShards::first));
      }
    }
    if (parts.size() > 1) {
      throw new InputException(
          folder.path().toString(),
          "shards of two parts in one folder, "
              + parts.get(Split.TRAIN)
              + " and "
              + parts.get(Split.TEST),
          "a folder for each part, train/ and test/, or shards of one",
          "move them into such folders there: these are the parts then");
    }
  }

  private static String first(String a, String b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /**
   * Lists the files of all shards.
   *
   * @param skipDamaged whether shards that are damaged are left out
   * @throws InputException if one is, or all are, or their names tell of two parts in one folder
   */
  static TarShards open(FolderFiles folder, boolean skipDamaged) {
    Map<String, Archive> shards = new TreeMap<>();
    Map<String, String> damaged = new TreeMap<>();
    List<String> names = in(folder);
    requireOnePart(folder, names);
    long held = 0;
    for (String name : names) {
      try {
        Archive shard = TarArchive.open(folder.path().resolve(name), false);
        shards.put(name, shard);
        held += shard.held();
        Heap.require(folder.path().toString(), "names of so many files in shards", held);
      } catch (InputException e) {
        if (!skipDamaged) {
          throw e;
        }
        damaged.put(name, e.lasting().found());
      }
    }
    if (shards.isEmpty()) {
      throw new InputException(
          folder.path().toString(),
          "all " + damaged.size() + " shards are damaged",
          "at least one that is whole",
          "copy them again");
    }
    return new TarShards(folder.path(), shards, damaged);
  }

  private Archive shard(String name) {
    return shards.get(shardOf(name));
  }

  /** The name of the shard that a file is in; of a file in none, its own. */
  private String shardOf(String name) {
    return name.substring(0, end(name) < 0 ? name.length() : end(name));
  }

  private String inside(String name) {
    return name.substring(end(name) + 1);
  }

  /** Where the name of the shard ends, which may hold colons itself; -1 where there is none. */
  private int end(String name) {
    int end = name.indexOf(':');
    while (end >= 0 && !shards.containsKey(name.substring(0, end))) {
      end = name.indexOf(':', end + 1);
    }
    return end;
  }

  /** As webdataset has it: up to the first dot, of {@code 0.img.png} it is {@code 0}. */
  @Override
  public String key(String picture) {
    String inside = inside(picture);
    int dot = inside.indexOf('.', inside.lastIndexOf('/') + 1);
    return picture.substring(0, end(picture) + 1) + inside.substring(0, dot);
  }

  @Override
  public String sharedKey() {
    return "the key of another, its name up to the first dot";
  }

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    shards.forEach((shard, files) -> files.names().forEach(n -> names.add(shard + ":" + n)));
    return names;
  }

  /** Shards cut a set where they are full: no folder is a class. */
  @Override
  public List<String> folders() {
    return List.of();
  }

  @Override
  public List<String> strayLinks() {
    List<String> links = new ArrayList<>();
    shards.forEach((shard, files) -> files.strayLinks().forEach(n -> links.add(shard + ":" + n)));
    return links;
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (!damaged.isEmpty()) {
      notes.add("damaged shards are skipped: " + damaged);
    }
    shards.values().stream()
        .flatMap(shard -> folders(shard).stream())
        .findFirst()
        .ifPresent(notes::add);
    List<String> endless = tars().stream().filter(name -> !shards.get(name).hasEnd()).toList();
    if (!endless.isEmpty()) {
      boolean one = endless.size() == 1;
      notes.add(
          (one
                  ? "1 shard does not say where it ends"
                  : endless.size() + " shards do not say where they end")
              + ", and may be cut short between two files: "
              + endless.get(0)
              + (one ? "" : ", ..."));
    }
    return notes;
  }

  /** Of folders that could be meant to be classes: a shard with pictures in several. */
  private static Optional<String> folders(Archive shard) {
    TreeSet<String> folders = new TreeSet<>();
    for (String name : shard.names()) {
      if (PictureNames.isOne(name)) {
        folders.add(NamedFiles.folder(name));
      }
    }
    return folders.size() < 2
        ? Optional.empty()
        : Optional.of(
            "folders within shards are no classes: "
                + folders.last()
                + " in "
                + shard.path().getFileName()
                + "; unpacked into one folder they are");
  }

  @Override
  public byte[] read(String name) {
    return shard(name).read(inside(name));
  }

  @Override
  public byte[] start(String name, int bytes) {
    return shard(name).start(inside(name), bytes);
  }

  @Override
  public String where(String name) {
    return end(name) < 0 ? path.resolve(name).toString() : shard(name).where(inside(name));
  }

  /** That of the shards, and of which files in them these are. */
  @Override
  public String fingerprint(List<String> names, Map<String, String> others) {
    Map<String, String> shardsThen = new TreeMap<>();
    others.forEach((name, line) -> shardsThen.put(shardOf(name), line));
    String sum = FolderFingerprint.of(path, tars(), shardsThen);
    return Sha256.ofText(sum + "\n" + String.join("\n", names) + "\n");
  }

  private List<String> tars() {
    return List.copyOf(shards.keySet());
  }

  /** What its shard adds to the fingerprint of all. */
  @Override
  public String line(List<String> names, String name) {
    return FolderFingerprint.line(path, tars(), shardOf(name));
  }

  @Override
  public boolean isSmall(List<String> names) {
    return FolderFingerprint.isRead(path, tars()) && names.size() <= FolderFingerprint.MOST_FILES;
  }

  @Override
  public String stamp(List<String> names) {
    return FolderFingerprint.ofExactStamps(path, tars())
        + " "
        + Sha256.ofText(String.join("\n", names));
  }
}
