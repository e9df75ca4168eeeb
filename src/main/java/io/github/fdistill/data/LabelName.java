package io.github.fdistill.data;

import java.util.regex.Pattern;

/** What the name of an array in a .npz file says of whether it holds the labels of images. */
enum LabelName {
  /** Labels, targets or y, and at most a part: {@code y_train, trainy, test_labels}. */
  LABELS("labels?|targets?|y"),

  /** What each is called, or each class: {@code class_name, names}; of files they are neither. */
  NAMES("((.* )?(class|label|target|category|species) ?)?names?"),

  /** Some names, of files or what else. */
  OTHER_NAMES(".*names?"),

  /** A word for labels among others: {@code fine_labels}, but {@code target_size} too. */
  AMONG_OTHERS("(?!.*(size|map|mask|box|weight|mean|score)).*(label|target).*|(.* )?y( .*)?"),

  /** Another word that labels have, or a name that says nothing, such as {@code arr_1} and c. */
  PERHAPS(".*(class|categor).*|(.* )?(species|digits?|cls|gt|ytr)( .*)?"),

  /** Something else. */
  NONE(".*");

  private static final Pattern SAYS_NOTHING = Pattern.compile("(?i)arr_\\d+|[a-z]");

  private final Pattern words;

  LabelName(String words) {
    this.words = Pattern.compile(words);
  }

  /**
   * The first of these that it is.
   *
   * @param array without an ending
   */
  static LabelName of(String array) {
    String name = array.substring(array.lastIndexOf('/') + 1);
    String rest = PartName.rest(name);
    LabelName found = NONE;
    for (LabelName each : values()) {
      if (found == NONE && each.words.matcher(rest).matches()) {
        found = each;
      }
    }
    return found == NONE && SAYS_NOTHING.matcher(name).matches() ? PERHAPS : found;
  }
}
